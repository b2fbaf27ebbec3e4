import argparse
import json
import re

from flask import Flask, Response, request
from transformers import AutoTokenizer, T5ForConditionalGeneration, pipeline


class Translator:
    def __init__(self, model_dir, prefix=""):
        self.prefix = prefix
        self.pipe = pipeline(
            task="text2text-generation",
            model=T5ForConditionalGeneration.from_pretrained(model_dir),
            tokenizer=AutoTokenizer.from_pretrained(model_dir),
            device=-1,
        )

    def split(self, text):
        return [s for s in re.split(r"(?<=[.!?])\s+", text) if s]

    def __call__(self, text):
        sentences = self.split(text)
        if not sentences:
            return []
        results = self.pipe([self.prefix + s for s in sentences], max_new_tokens=24, batch_size=2)
        return [{"source": s, "target": r["generated_text"]} for s, r in zip(sentences, results)]


def create_app(model_dir="model"):
    app = Flask(__name__)
    translator = Translator(model_dir, prefix="say: ")

    @app.route("/translate")
    def translate():
        text = request.args.get("text", default="")
        body = json.dumps({"sentences": translator(text)}, ensure_ascii=False)
        return Response(body, mimetype="application/json")

    return app


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="model")
    parser.add_argument("--port", type=int, default=8080)
    args = parser.parse_args()

    from waitress import serve

    serve(create_app(args.model), host="0.0.0.0", port=args.port, threads=4)


if __name__ == "__main__":
    main()
