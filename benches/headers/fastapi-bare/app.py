import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()


@app.get("/", response_class=HTMLResponse)
def index():
    return "<p>x</p>"


uvicorn.run(app, host="127.0.0.2", port=@PORT@, log_level="error")
