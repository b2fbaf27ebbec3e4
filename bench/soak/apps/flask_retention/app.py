"""Builds a large table and drops it, but the last piece lies on top of it: nothing is kept, and the pages stay."""

from flask import Flask, jsonify

app = Flask(__name__)
newest = b""


@app.post("/table")
def table():
    global newest
    rows = [bytes(4000) for _ in range(6000)]
    newest = bytes(4000)
    return jsonify(rows=len(rows))
