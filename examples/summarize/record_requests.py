"""Writes requests.jsonl: articles of 5 to 700 words out of Python's help topics (PSF licence), and awkward ones."""

import json
import pydoc_data.topics
import random
from pathlib import Path

HERE = Path(__file__).parent


def post(body):
    return {"method": "POST", "path": "/summarize", "json": body}


def articles(rng):
    words = " ".join(text for _, text in sorted(pydoc_data.topics.topics.items())).split()
    for length in [5, 8, 12, 20, 30, 45, 60, 80, 100, 120, 150, 180, 220, 260, 300, 350, 400, 500, 600, 700]:
        start = rng.randrange(len(words) - length)
        yield " ".join(words[start : start + length])


def requests():
    rng = random.Random(11)
    for number, text in enumerate(articles(rng)):
        yield post({"text": text} if number % 4 else {"text": text, "max_length": rng.randrange(8, 64)})
    odd = [
        "a",
        "naïve café — “quotes”",
        "日本語の文章。",
        "    spaces   and\ttabs\n",
        "word " * 800,
        "<extra_id_0> <pad>",
    ]
    yield from (post({"text": text}) for text in odd)
    yield from (post(body) for body in [{}, {"text": ""}, {"text": 7}, {"text": "fine", "max_length": 7}, [], None])
    yield {"method": "GET", "path": "/health"}
    yield {"method": "GET", "path": "/nothing-here"}


if __name__ == "__main__":
    with (HERE / "requests.jsonl").open("w", encoding="utf-8") as out:
        for each in requests():
            out.write(json.dumps(each, ensure_ascii=False) + "\n")
