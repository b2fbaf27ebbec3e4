"""A Hugging Face folder, answered by torch and transformers."""

import json
import os

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

torch.set_num_threads(1)
TOKENIZER = AutoTokenizer.from_pretrained(os.environ["MODEL"])
MODEL = AutoModelForSeq2SeqLM.from_pretrained(os.environ["MODEL"]).eval()
OPTIONS = json.loads(os.environ.get("OPTIONS", "{}"))


def app(environ, start_response):  # type: ignore[no-untyped-def]
    """One text in, one text out."""
    text = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["text"]
    limit = TOKENIZER.model_max_length if TOKENIZER.model_max_length < 10**9 else None
    inputs = TOKENIZER(text, return_tensors="pt", truncation=limit is not None, max_length=limit)
    with torch.no_grad():
        output = MODEL.generate(**inputs, **OPTIONS)
    body = json.dumps({"text": TOKENIZER.decode(output[0], skip_special_tokens=True)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
