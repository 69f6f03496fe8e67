import express from "express";
import helmet from "helmet";

const app = express();
app.use(helmet());
app.get("/", (request, response) => response.send("<p>x</p>"));
app.listen(@PORT@, "127.0.0.2");
