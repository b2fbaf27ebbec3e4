import time

from flask import Flask, request, jsonify
from transformers import AutoTokenizer, AutoModelForSeq2SeqLM
import torch

MODEL_NAME = "model"
LANGS = {"de": "German", "fr": "French", "ro": "Romanian"}
BATCH_SIZE = 4

app = Flask(__name__)
app.config["JSON_AS_ASCII"] = False


def load():
    tok = AutoTokenizer.from_pretrained(MODEL_NAME)
    mdl = AutoModelForSeq2SeqLM.from_pretrained(MODEL_NAME)
    if torch.cuda.is_available():
        mdl = mdl.cuda()
    mdl.eval()
    return tok, mdl


tokenizer, model = load()


def chunks(items, n):
    for i in range(0, len(items), n):
        yield items[i:i + n]


@torch.no_grad()
def translate_batch(sentences, lang):
    prefix = f"translate English to {LANGS[lang]}: "
    batch = tokenizer([prefix + s for s in sentences], return_tensors="pt", padding=True, truncation=True, max_length=60)
    batch = {k: v.to(model.device) for k, v in batch.items()}
    generated = model.generate(**batch, max_new_tokens=20, num_beams=1, do_sample=False)
    n_tokens = (generated != tokenizer.pad_token_id).sum().item()
    return tokenizer.batch_decode(generated, skip_special_tokens=True), n_tokens


@app.route("/translate", methods=["POST"])
def translate():
    body = request.get_json()
    q = body.get("q")
    target = body.get("target", "de")
    if target not in LANGS:
        return jsonify(error=f"unknown language {target}", supported=sorted(LANGS)), 422
    if isinstance(q, str):
        q = [q]
    start = time.time()
    out, total = [], 0
    for part in chunks(q, BATCH_SIZE):
        texts, n = translate_batch(part, target)
        out.extend(texts)
        total += n
    app.logger.info("%d sentences in %.2fs", len(q), time.time() - start)
    return jsonify({"translations": out, "tokens": total})


@app.get("/languages")
def languages():
    return jsonify(LANGS)


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080)
