"""Remembers the last 300 profiles, for a thousand users that come in no order: full after a while."""

import functools
import random

from flask import Flask, jsonify

app = Flask(__name__)


@functools.lru_cache(maxsize=300)
def profile(user):
    return {"user": user, "scores": [random.random() for _ in range(20)], "note": "x" * random.randint(50, 500)}


@app.get("/profile")
def of_someone():
    return jsonify(profile(random.randrange(1000))["user"])
