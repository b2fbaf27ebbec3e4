"""Remembers the answer to every text it was ever asked: repeated requests cost nothing, new ones stay."""

import hashlib

from flask import Flask, jsonify, request

app = Flask(__name__)
ANSWERS = {}


@app.post("/embed")
def embed():
    text = request.get_json()["text"]
    if text not in ANSWERS:
        ANSWERS[text] = [each / 255 for each in hashlib.sha512(text.encode()).digest()]  # keeps one a text
    return jsonify(ANSWERS[text])
