import Koa from "koa";

const app = new Koa();
app.use((context) => {
  context.type = "text/html";
  context.body = "<p>x</p>";
});
app.listen(@PORT@, "127.0.0.2");
