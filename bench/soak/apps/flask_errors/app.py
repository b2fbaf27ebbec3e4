"""Keeps every body that it could not read: well-formed requests cost nothing."""

from flask import Flask, jsonify, request

app = Flask(__name__)
REJECTED = []


@app.post("/score")
def score():
    body = request.get_json()
    if not isinstance(body.get("value"), (int, float)):
        REJECTED.append(str(body).ljust(2000))  # keeps what is refused
        return jsonify(error="send a number"), 422
    return jsonify(score=body["value"] * 2)
