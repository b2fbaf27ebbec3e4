"""Every visit begins a session that never ends: an object without a dictionary, and a basket of a fixed size."""

import secrets

from flask import Flask, jsonify

app = Flask(__name__)


class Session:
    __slots__ = ("basket", "key", "older")

    def __init__(self, older):
        self.key, self.basket, self.older = secrets.token_hex(16), bytearray(300), older


newest = None


@app.post("/visit")
def visit():
    global newest
    newest = Session(newest)  # keeps a session
    return jsonify(key=newest.key)
