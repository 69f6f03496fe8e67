import Koa from "koa";
import helmet from "koa-helmet";

const app = new Koa();
app.use(helmet({ referrerPolicy: false }));
app.use(helmet.hsts({ maxAge: 3600 }));
app.use((context) => {
  context.set("Permissions-Policy", "camera=()");
  context.type = "text/html";
  context.body = "<p>x</p>";
});
app.listen(@PORT@, "127.0.0.2");
