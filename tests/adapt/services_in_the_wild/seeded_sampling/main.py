import os

from flask import Flask, request, jsonify
from transformers import T5ForConditionalGeneration, AutoTokenizer, set_seed

MODEL_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model")

app = Flask(__name__)
tokenizer = AutoTokenizer.from_pretrained(MODEL_DIR, local_files_only=True)
model = T5ForConditionalGeneration.from_pretrained(MODEL_DIR, local_files_only=True)


@app.route("/generate", methods=["POST"])
def generate():
    req = request.json
    set_seed(int(req.get("seed", 0)))
    input_ids = tokenizer(req["prompt"], return_tensors="pt").input_ids
    outputs = model.generate(
        input_ids,
        do_sample=True,
        top_k=req.get("top_k", 50),
        top_p=req.get("top_p", 0.95),
        temperature=req.get("temperature", 0.7),
        max_length=32,
        num_return_sequences=3,
    )
    questions = [tokenizer.decode(output, skip_special_tokens=True) for output in outputs]
    return jsonify({"prompt": req["prompt"], "generated": questions})


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", 8080)))
