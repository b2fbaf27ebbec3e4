import io
import json
import os

import numpy as np
from flask import Flask, Response, request
from PIL import Image, ImageOps
import torch
from transformers import AutoImageProcessor
from transformers import AutoModelForImageClassification as Classifier

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "model")


def get_model():
    processor = AutoImageProcessor.from_pretrained(PATH)
    model = Classifier.from_pretrained(PATH)
    return processor, model


processor, model = get_model()
server = Flask(__name__)


@torch.no_grad()
def run(images):
    batch = processor(images=images, return_tensors="pt")
    logits = model(batch.pixel_values).logits
    return logits.softmax(dim=1).detach().numpy()


@server.route("/api/v1/classify", methods=["POST"])
def classify():
    images = [ImageOps.exif_transpose(Image.open(f)).convert("RGB") for f in request.files.getlist("files")]
    if not images:
        return Response(json.dumps({"error": "no files"}), status=422, mimetype="application/json")
    probs = run(images)
    order = np.argsort(probs, axis=1)[:, ::-1]
    answer = [
        [{"label": model.config.id2label[int(c)], "p": round(float(row[c]), 5)} for c in ids[:2]]
        for row, ids in zip(probs, order)
    ]
    return Response(json.dumps(answer), mimetype="application/json")
