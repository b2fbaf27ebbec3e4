import torch
from flask import Flask, jsonify, request
from torch import nn
from transformers import AutoModel, AutoTokenizer

device = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")
tok = AutoTokenizer.from_pretrained("model")
bert = AutoModel.from_pretrained("model").to(device).eval()
cos = nn.CosineSimilarity(dim=0)

app = Flask(__name__)


def cls_vector(text):
    enc = tok(text, return_tensors="pt", truncation=True, max_length=24).to(device)
    with torch.no_grad():
        return bert(**enc).last_hidden_state[:, 0, :].squeeze(0)


@app.route("/duplicate", methods=["POST"])
def duplicate():
    body = request.get_json()
    similarity = cos(cls_vector(body["first"]), cls_vector(body["second"]))
    score = 1 / (1 + torch.exp(-4 * (similarity - 0.5)))
    return jsonify(similarity=similarity.item(), duplicate=bool(similarity.item() > 0.8), score=score.item())
