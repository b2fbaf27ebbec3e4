import io

import numpy as np
import torch
from flask import Flask, jsonify, request
from PIL import Image
from transformers import AutoModel, ViTImageProcessor

processor = ViTImageProcessor.from_pretrained("./model")
model = AutoModel.from_pretrained("./model")
app = Flask(__name__)


@app.post("/vector")
def vector():
    image = Image.open(io.BytesIO(request.get_data())).convert("RGB")
    with torch.no_grad():
        pooled = model(**processor(image, return_tensors="pt")).pooler_output
    vector = pooled.squeeze().cpu().numpy()
    vector = vector / np.linalg.norm(vector)
    return jsonify(vector=vector.tolist(), size=int(vector.shape[0]))
