from flask import Flask, jsonify, request

import nlp

app = Flask(__name__)


@app.route("/summary", methods=["POST"])
def summary():
    text = request.get_data(as_text=True)
    result, n_tokens = nlp.summarize_long(text)
    return jsonify(summary=result, tokens=n_tokens)


@app.route("/tokens")
def tokens():
    return jsonify(nlp.top_tokens(request.args["text"]))


if __name__ == "__main__":
    from waitress import serve

    serve(app, listen="*:8080")
