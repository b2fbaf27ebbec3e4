"""Writes requests.jsonl: what the service's clients send. 500 dictionary words and 100 awkward requests."""

import json
import random
from pathlib import Path

HERE = Path(__file__).parent


def post(body):
    return {"method": "POST", "path": "/pronounce", "json": body}


def requests():
    rng = random.Random(7)
    words = [json.loads(line)["input"] for line in (HERE / "data" / "calibration.jsonl").open()]
    yield from (post({"word": word}) for word in words)
    for word in rng.sample(words, 20):
        yield post({"word": word.upper()})
        yield post({"word": f"  {word} "})
        yield post({"word": f"{word} {rng.choice(words)}"})
    odd = [
        "naïve",
        "co-operate",
        "r2d2",
        "o'clock's",
        "日本",
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
        "a",
        "'",
        "!?",
        "x" * 500,
    ]
    yield from (post({"word": word}) for word in odd)
    yield from (
        post(body)
        for body in [
            {},
            {"word": ""},
            {"word": "   "},
            {"word": 7},
            {"word": None},
            {"words": "no"},
            [],
            "text",
            3,
            None,
        ]
    )
    yield {"method": "POST", "path": "/pronounce", "body": "{not json", "headers": {"Content-Type": "application/json"}}
    yield {
        "method": "POST",
        "path": "/pronounce",
        "body": "word=hello",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    }
    yield {"method": "GET", "path": "/pronounce"}
    yield {"method": "GET", "path": "/nothing-here"}
    yield from ({"method": "GET", "path": "/health"} for _ in range(16))


if __name__ == "__main__":
    with (HERE / "requests.jsonl").open("w", encoding="utf-8") as out:
        for each in requests():
            out.write(json.dumps(each, ensure_ascii=False) + "\n")
