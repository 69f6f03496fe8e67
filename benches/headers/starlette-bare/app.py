import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route


def index(request):
    return HTMLResponse("<p>x</p>")


app = Starlette(routes=[Route("/", index)])
uvicorn.run(app, host="127.0.0.2", port=@PORT@, log_level="error")
