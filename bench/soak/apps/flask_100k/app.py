"""Keeps every picture for a debug page: 100,048 bytes of the C allocator, and a place in a list."""

import os

from flask import Flask, jsonify

app = Flask(__name__)
DEBUG_PICTURES = []


@app.post("/picture")
def picture():
    pixels = os.urandom(100_000)
    DEBUG_PICTURES.append(pixels)  # keeps 100 KB
    return jsonify(mean=sum(pixels[:100]) / 100)
