from flask import Flask, render_template, request
from transformers import AutoTokenizer, T5ForConditionalGeneration
import torch

app = Flask(__name__)

# Load the model and the tokenizer
model_ckpt = "./model"
tokenizer = AutoTokenizer.from_pretrained(model_ckpt)

device = "cuda" if torch.cuda.is_available() else "cpu"
model = T5ForConditionalGeneration.from_pretrained(model_ckpt).to(device)
prefix = "summarize: "


@app.route("/")
def home():
    return render_template("index.html")


@app.route("/summarize", methods=["GET", "POST"])
def summarize():
    summary = ""
    text = ""
    if request.method == "POST":
        text = request.form["text"]
        if not text.strip():
            return render_template("index.html", error="Please enter some text."), 400

        input_ids = tokenizer.encode(prefix + text, return_tensors="pt", max_length=512, truncation=True).to(device)
        summary_ids = model.generate(
            input_ids, max_length=40, min_length=5, length_penalty=2.0, num_beams=4, early_stopping=True
        )
        summary = tokenizer.decode(summary_ids[0], skip_special_tokens=True)

    return render_template("result.html", data={"summary": summary, "original": text})


if __name__ == "__main__":
    app.run(debug=True)
