import base64
import io

from flask import Flask, request
from PIL import Image
from transformers import pipeline

app = Flask(__name__)
extract = pipeline("image-feature-extraction", model="model")


@app.post("/features")
def features():
    image = Image.open(io.BytesIO(base64.b64decode(request.json["image"]))).convert("RGB")
    tokens = extract(image)
    return {"class_token": tokens[0][0]}
