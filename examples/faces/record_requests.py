"""Write requests.jsonl: the pairs of data/pairs.jsonl as a client would send them, and a few that are wrong."""

import base64
import io
import json
from pathlib import Path

from finding import Finder, boxed
from PIL import Image

HERE = Path(__file__).parent


def main():
    finder = Finder(HERE / "model")
    faces = []
    for path in sorted((HERE / "pictures").iterdir()):
        picture = Image.open(path).convert("RGB")
        faces += [encoded(boxed(picture, box)) for box in finder.boxes(picture)]
    numbers = [json.loads(line)["input"] for line in (HERE / "data" / "pairs.jsonl").read_text().splitlines()]
    pairs = [{name: faces[number] for name, number in pair.items()} for pair in numbers]
    wrong = [{}, {"first": faces[0]}, {"first": "no picture", "second": faces[0]}]
    lines = [{"method": "POST", "path": "/verify", "json": body} for body in (*pairs, *wrong)]
    (HERE / "requests.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    print(f"{len(lines)} requests")


def encoded(picture):
    raw = io.BytesIO()
    picture.save(raw, "jpeg", quality=90)
    return base64.b64encode(raw.getvalue()).decode()


if __name__ == "__main__":
    main()
