"""A converted model, answered by jettison-runtime."""

import json
import os
from typing import Any

import jettison_runtime

MODEL: Any = jettison_runtime.load(os.environ["MODEL"])
MODEL.model.check_canary()
OPTIONS = json.loads(os.environ.get("OPTIONS", "{}"))
TASK = os.environ.get("TASK", "text2text-generation")
if TASK == "text2text-generation":
    MODEL.model.settings.updated(OPTIONS)  # what it cannot do is an error now, not the answer to every request


def _generated(text: Any) -> dict[str, Any]:
    return {"text": MODEL.generate([text], **OPTIONS)[0]}


def _classified(text: Any) -> dict[str, Any]:
    scores = MODEL.classify([text], top_k=None, truncation=True)[0]
    best = max(scores, key=lambda each: each["score"])
    return {"label": best["label"], "scores": {each["label"]: float(each["score"]) for each in scores}}


def _tagged(text: Any) -> dict[str, Any]:
    found = MODEL.classify([text], aggregation_strategy="simple")[0]
    return {"text": "; ".join(f"{each['entity_group']} {each['start']}-{each['end']}" for each in found)}


def _answered(asked: Any) -> dict[str, Any]:
    return {"text": MODEL.answer(asked["question"], asked["context"])[0]["answer"]}


def _filled(text: Any) -> dict[str, Any]:
    return {"text": " ".join(mask[0]["token_str"].strip() for mask in MODEL.fill([text], top_k=1)[0])}


def _embedded(asked: Any) -> dict[str, Any]:
    if not isinstance(asked, list):
        return {"vector": MODEL.encode([asked])[0].tolist()}
    one, other = MODEL.encode(asked)
    return {"score": float((one * other).sum() / ((one * one).sum() * (other * other).sum()) ** 0.5)}


ANSWERS = {
    "text2text-generation": _generated,
    "text-classification": _classified,
    "token-classification": _tagged,
    "question-answering": _answered,
    "fill-mask": _filled,
    "feature-extraction": _embedded,
}
ANSWER = ANSWERS[TASK]


def app(environ, start_response):  # type: ignore[no-untyped-def]
    """One input in, one answer out."""
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["input"]
    body = json.dumps(ANSWER(asked)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
