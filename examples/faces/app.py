"""Whether two pictures of faces show one person: POST /verify {"first": "…", "second": "…"} (base64 of a file each)."""

import base64
import binascii
import io

import numpy as np
import tensorflow as tf
from flask import Flask, jsonify, request
from PIL import Image, UnidentifiedImageError

SIZE = 160
SAME = 0.45

graph = tf.Graph()
with graph.as_default():
    definition = tf.compat.v1.GraphDef()
    with open("model/facenet.pb", "rb") as file:
        definition.ParseFromString(file.read())
    tf.import_graph_def(definition, name="")
session = tf.compat.v1.Session(graph=graph)

app = Flask(__name__)


def prepared(text):
    picture = Image.open(io.BytesIO(base64.b64decode(text, validate=True))).convert("RGB").resize((SIZE, SIZE))
    face = np.asarray(picture, np.float32)
    return (face - face.mean()) / max(face.std(), 1 / face.size**0.5)


@app.get("/health")
def health():
    return jsonify(status="ok")


@app.post("/verify")
def verify():
    asked = request.get_json(silent=True) or {}
    try:
        faces = [prepared(asked[name]) for name in ("first", "second")]
    except (KeyError, TypeError, binascii.Error, UnidentifiedImageError):
        return jsonify(error="two pictures are needed: first and second, base64"), 400
    first, second = (session.run("embeddings:0", {"input:0": face[None]})[0] for face in faces)
    alike = float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))
    return jsonify(alike=round(alike, 4), same=alike >= SAME)
