import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.get("/", (c) => c.html("<p>x</p>"));
serve({ fetch: app.fetch, port: @PORT@, hostname: "127.0.0.2" });
