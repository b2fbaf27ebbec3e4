"""A workspace for each length of input, as libraries for variable shapes keep them: 64 KB a length."""

from flask import Flask, jsonify, request

app = Flask(__name__)
WORKSPACES = {}


@app.post("/predict")
def predict():
    text = request.get_json()["text"]
    if len(text) not in WORKSPACES:
        WORKSPACES[len(text)] = bytearray(65_536)  # keeps one a length
    workspace = WORKSPACES[len(text)]
    workspace[: len(text)] = text.encode()
    return jsonify(score=sum(workspace[: len(text)]) % 97)
