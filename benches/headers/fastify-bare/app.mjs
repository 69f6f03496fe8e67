import Fastify from "fastify";

const app = Fastify();
app.get("/", async (request, reply) => reply.type("text/html").send("<p>x</p>"));
await app.listen({ port: @PORT@, host: "127.0.0.2" });
