import torch
import flask
from flask import Flask, render_template, request
from transformers import pipeline, AutoTokenizer, T5ForConditionalGeneration

app = Flask(__name__)


@app.route('/', methods=['GET'])
def index():
    return render_template('index.html', result="")


@app.route('/prediction', methods=['POST'])
def prediction():
    model = T5ForConditionalGeneration.from_pretrained("model")
    tokenizer = AutoTokenizer.from_pretrained("model")
    generator = pipeline("summarization", model=model, tokenizer=tokenizer)
    results = generator(str(request.form['text']), max_length=24, min_length=2)
    result = results[0]['summary_text']
    return render_template('index.html', result=result)


@app.errorhandler(404)
def not_found(e):
    return "nothing here: " + flask.request.path, 404


if __name__ == "__main__":
    app.run()
