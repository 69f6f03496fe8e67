import express from "express";
import helmet from "helmet";

const app = express();
app.use(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'self'"], scriptSrc: ["'self'", "https://cdn.example.com"], "base-uri": "'none'" },
    },
    hsts: { maxAge: 86400, includeSubDomains: false },
    frameguard: { action: "deny" },
    referrerPolicy: { policy: "same-origin" },
    xContentTypeOptions: false,
    crossOriginResourcePolicy: { policy: "cross-origin" },
  }),
);
app.get("/", (request, response) => response.send("<p>x</p>"));
app.listen(@PORT@, "127.0.0.2");
