"""Two faces in, how alike they are out: what `jettison compare` asks each network through (see README.md).

``POST {"input": {"first": 3, "second": 1}}`` gives ``{"score": 0.71, "vector": […]}``: how alike both embeddings are,
and the embedding of the first face, for an agreement that needs no labels.
"""

import json
import os
from pathlib import Path

import numpy as np

import jettison_runtime

MODEL = jettison_runtime.load(os.environ["MODEL"], threads=1)
MODEL.check_canary()
(GIVEN,), (GIVES,) = MODEL.inputs, MODEL.outputs
NETWORK = {160: "facenet", 112: "mobilefacenet"}[GIVEN.shape[2]]
FACES = np.load(Path(os.environ["DATA"], f"{NETWORK}-faces.npy"), mmap_mode="r")


def embedding(number):
    found = MODEL.run({GIVEN.name: np.array(FACES[number : number + 1])})[GIVES.name][0]
    return found / np.linalg.norm(found)


def app(environ, start_response):
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["input"]
    first, second = embedding(asked["first"]), embedding(asked["second"])
    body = json.dumps({"score": float(first @ second), "vector": first.tolist()}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
