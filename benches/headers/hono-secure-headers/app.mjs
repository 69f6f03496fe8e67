import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";

const app = new Hono();
app.use(
  "*",
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'self'"], baseUri: ["'none'"] },
    xFrameOptions: "DENY",
    referrerPolicy: false,
  }),
);
app.get("/", (c) => c.html("<p>x</p>"));
serve({ fetch: app.fetch, port: @PORT@, hostname: "127.0.0.2" });
