import torch
from flask import Flask, render_template_string, request
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("model")
model = AutoModelForQuestionAnswering.from_pretrained("model")

app = Flask(__name__)
PAGE = "<h1>Answer</h1><p>{{ answer }}</p><p>{{ confidence }}</p>"


def find_answer(question, context):
    inputs = tokenizer(question, context, add_special_tokens=True, return_tensors="pt", truncation="only_second")
    input_ids = inputs["input_ids"].tolist()[0]
    with torch.no_grad():
        outputs = model(**inputs)
    answer_start = torch.argmax(outputs.start_logits)
    answer_end = torch.argmax(outputs.end_logits) + 1
    confidence = torch.max(torch.softmax(outputs.start_logits, dim=1)).item()
    return tokenizer.decode(input_ids[answer_start:answer_end]), round(confidence, 3)


@app.route("/", methods=["POST"])
def home():
    answer, confidence = find_answer(request.form["question"], request.form["context"])
    return render_template_string(PAGE, answer=answer, confidence=confidence)
