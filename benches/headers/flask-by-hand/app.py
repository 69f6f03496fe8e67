from flask import Flask

app = Flask(__name__)
POLICY = "; ".join(["default-src 'self'", "base-uri 'none'"])


@app.after_request
def secure(response):
    response.headers["Content-Security-Policy"] = POLICY
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.update({"X-Content-Type-Options": "nosniff"})
    return response


@app.route("/")
def index():
    return "<p>x</p>"


app.run(host="127.0.0.2", port=@PORT@)
