from flask import Flask
from flask_talisman import Talisman

app = Flask(__name__)
Talisman(
    app,
    force_https=False,
    content_security_policy={"default-src": "'self'", "script-src": ["'self'", "https://cdn.example.com"]},
    frame_options="DENY",
    referrer_policy=False,
)


@app.route("/")
def index():
    return "<p>x</p>"


app.run(host="127.0.0.2", port=@PORT@)
