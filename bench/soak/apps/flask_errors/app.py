"""Keeps every body that it could not read, 2,064 bytes and 8 to 9 in the list: well-formed requests cost nothing.

Of the 76 requests outside of the mix 24 are such, so one of them keeps 654 to 655 bytes on average.
"""

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
