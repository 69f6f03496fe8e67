from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "<p>x</p>"


app.run(host="127.0.0.2", port=@PORT@)
