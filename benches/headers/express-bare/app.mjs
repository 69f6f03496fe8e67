import express from "express";

const app = express();
app.get("/", (request, response) => response.send("<p>x</p>"));
app.listen(@PORT@, "127.0.0.2");
