const express = require("express");

const app = express();
const policy = ["default-src 'self'", "base-uri 'none'"].join("; ");
app.use((request, response, next) => {
  response.setHeader("Content-Security-Policy", policy);
  response.set({ "X-Content-Type-Options": "nosniff", "Referrer-Policy": 'no-referrer' });
  next();
});
app.get("/", (request, response) => response.send("<p>x</p>"));
app.listen(@PORT@, "127.0.0.2");
