import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()


@app.middleware("http")
async def secure(request, call_next):
    response = await call_next(request)
    response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = f"default-src 'self'; script-src 'nonce-{request.url.port}'"
    return response


@app.get("/", response_class=HTMLResponse)
def index():
    return "<p>x</p>"


uvicorn.run(app, host="127.0.0.2", port=@PORT@, log_level="error")
