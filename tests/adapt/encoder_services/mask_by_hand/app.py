import torch
from flask import Flask, jsonify, request
from transformers import BertForMaskedLM, BertTokenizer

tokenizer = BertTokenizer.from_pretrained("model")
model = BertForMaskedLM.from_pretrained("model").eval()
app = Flask(__name__)


@app.route("/fill", methods=["POST"])
def fill():
    inputs = tokenizer(request.json["text"], return_tensors="pt")
    mask_index = torch.where(inputs["input_ids"] == tokenizer.mask_token_id)[1]
    logits = model(**inputs).logits[0, mask_index, :]
    top = torch.topk(logits, 5, dim=1).indices[0].tolist()
    return jsonify([tokenizer.decode([t]) for t in top])
