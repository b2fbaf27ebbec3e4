import torch
from flask import Flask, jsonify, request
from transformers import AutoTokenizer, T5ForConditionalGeneration

app = Flask(__name__)

tokenizer = AutoTokenizer.from_pretrained("model")
model = T5ForConditionalGeneration.from_pretrained("model")
model = torch.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
model.eval()


@app.route("/qa", methods=["POST"])
def qa():
    data = request.get_json()
    question, context = data["question"], data["context"]
    features = tokenizer([f"question: {question}  context: {context}"], return_tensors="pt", truncation=True)
    with torch.no_grad():
        output = model.generate(input_ids=features["input_ids"], attention_mask=features["attention_mask"], max_length=20)
    return jsonify({"answer": tokenizer.decode(output[0], skip_special_tokens=True)})


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
