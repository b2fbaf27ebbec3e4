import torch
from flask import Flask, jsonify, request
from transformers import AutoModelForTokenClassification, AutoTokenizer

app = Flask(__name__)
tokenizer = AutoTokenizer.from_pretrained("model", use_fast=True)
model = AutoModelForTokenClassification.from_pretrained("model")
model.eval()
label_list = list(model.config.id2label.values())


@app.route("/tag", methods=["POST"])
def tag():
    text = request.json["text"]
    tokens = tokenizer(text, return_tensors="pt", truncation=True)
    with torch.no_grad():
        logits = model(**tokens).logits
    predictions = torch.argmax(logits, dim=2)
    words = tokenizer.convert_ids_to_tokens(tokens["input_ids"][0])
    probabilities = torch.nn.functional.softmax(logits, dim=2).max(dim=2).values[0]
    out = []
    for word, p, conf in zip(words, predictions[0].tolist(), probabilities):
        if word in (tokenizer.cls_token, tokenizer.sep_token):
            continue
        out.append({"token": word, "tag": label_list[p], "p": f"{conf.item():.3f}"})
    return jsonify(out)


@app.route("/where", methods=["POST"])
def where():
    enc = tokenizer(request.json["text"], return_offsets_mapping=True, return_tensors="pt")
    offsets = enc.pop("offset_mapping")[0].tolist()
    tags = model(**enc).logits.argmax(-1).squeeze().tolist()
    return jsonify([[model.config.id2label[t], o] for t, o in zip(tags, offsets)])
