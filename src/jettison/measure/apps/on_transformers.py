"""A Hugging Face folder, answered by torch and transformers."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

torch.set_num_threads(1)
FOLDER = Path(os.environ["MODEL"])
TASK = os.environ.get("TASK", "text2text-generation")
OPTIONS = json.loads(os.environ.get("OPTIONS", "{}"))
TOKENIZER = transformers.AutoTokenizer.from_pretrained(FOLDER)


def _generating() -> Callable[[Any], dict[str, Any]]:
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(FOLDER).eval()
    limit = TOKENIZER.model_max_length if TOKENIZER.model_max_length < 10**9 else None

    def answer(text: Any) -> dict[str, Any]:
        inputs = TOKENIZER(text, return_tensors="pt", truncation=limit is not None, max_length=limit)
        output = model.generate(**inputs, **OPTIONS)
        return {"text": TOKENIZER.decode(output[0], skip_special_tokens=True)}

    return answer


def _classifying() -> Callable[[Any], dict[str, Any]]:
    pipe = transformers.pipeline("text-classification", model=str(FOLDER), tokenizer=TOKENIZER)

    def answer(text: Any) -> dict[str, Any]:
        scores = pipe([text], top_k=None, truncation=True)[0]
        best = max(scores, key=lambda each: each["score"])
        return {"label": best["label"], "scores": {each["label"]: each["score"] for each in scores}}

    return answer


def _tagging() -> Callable[[Any], dict[str, Any]]:
    pipe = transformers.pipeline(
        "token-classification", model=str(FOLDER), tokenizer=TOKENIZER, aggregation_strategy="simple"
    )

    def answer(text: Any) -> dict[str, Any]:
        found = pipe(text)
        return {"text": "; ".join(f"{each['entity_group']} {each['start']}-{each['end']}" for each in found)}

    return answer


def _answering() -> Callable[[Any], dict[str, Any]]:
    pipe = transformers.pipeline("question-answering", model=str(FOLDER), tokenizer=TOKENIZER)
    return lambda asked: {"text": pipe(question=asked["question"], context=asked["context"])["answer"]}


def _filling() -> Callable[[Any], dict[str, Any]]:
    pipe = transformers.pipeline("fill-mask", model=str(FOLDER), tokenizer=TOKENIZER, top_k=1)

    def answer(text: Any) -> dict[str, Any]:
        found = pipe(text)
        masks = found if isinstance(found[0], list) else [found]
        return {"text": " ".join(mask[0]["token_str"].strip() for mask in masks)}

    return answer


def _embedding() -> Callable[[Any], dict[str, Any]]:
    """Pooled over the tokens as sentence-transformers' own files say, else their mean."""
    model = transformers.AutoModel.from_pretrained(FOLDER).eval()
    pooling = _read("1_Pooling/config.json")
    unit = any(module["type"].endswith("Normalize") for module in _read("modules.json"))
    longest = _read("sentence_bert_config.json").get("max_seq_length") or min(TOKENIZER.model_max_length, 512)

    def vector_of(text: str) -> Any:
        inputs = TOKENIZER(text, return_tensors="pt", truncation=True, max_length=longest)
        states = model(**inputs).last_hidden_state[0]
        if pooling.get("pooling_mode_cls_token"):
            vector = states[0]
        elif pooling.get("pooling_mode_max_tokens"):
            vector = states.max(dim=0).values
        else:
            vector = states.mean(dim=0)
        return torch.nn.functional.normalize(vector, dim=0) if unit else vector

    def answer(asked: Any) -> dict[str, Any]:
        if not isinstance(asked, list):
            return {"vector": vector_of(asked).tolist()}
        one, other = (vector_of(text) for text in asked)
        return {"score": torch.nn.functional.cosine_similarity(one, other, dim=0).item()}

    return answer


def _read(name: str) -> Any:
    path = FOLDER / name
    return json.loads(path.read_text()) if path.is_file() else {}


TASKS = {
    "text2text-generation": _generating,
    "text-classification": _classifying,
    "token-classification": _tagging,
    "question-answering": _answering,
    "fill-mask": _filling,
    "feature-extraction": _embedding,
}
ANSWER = TASKS[TASK]()


def app(environ, start_response):  # type: ignore[no-untyped-def]
    """One input in, one answer out."""
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["input"]
    with torch.no_grad():
        body = json.dumps(ANSWER(asked)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
