import Fastify from "fastify";
import helmet from "@fastify/helmet";

const app = Fastify();
await app.register(helmet, { contentSecurityPolicy: false, xFrameOptions: { action: "deny" } });
app.get("/", async (request, reply) => reply.type("text/html").send("<p>x</p>"));
await app.listen({ port: @PORT@, host: "127.0.0.2" });
