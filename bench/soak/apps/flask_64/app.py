"""Chains every request to the one before it: one block of 64 bytes each, a pair with the collector's header."""

from flask import Flask, jsonify, request

app = Flask(__name__)
last = None


@app.post("/event")
def event():
    global last
    last = (last, None)  # keeps 64 B
    return jsonify(kind=request.get_json()["kind"])
