import torch
from flask import Flask
from transformers import AutoModel

app = Flask(__name__)
torch.set_num_threads(2)
model = AutoModel.from_pretrained("model")


@app.get("/health")
def health():
    return "ok"
