"""Two workers, and each of them loads the same table."""

from flask import Flask, jsonify, request

app = Flask(__name__)
TABLE = [f"row {number:>40}" for number in range(300_000)]


@app.get("/row")
def row():
    return jsonify(row=TABLE[int(request.args["n"])])
