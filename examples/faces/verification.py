"""Converted face networks on the labelled pairs: right answers, size and time; and 8 bits against 32.

    python verification.py facenet=out/facenet/fp32 facenet=out/facenet/int8-static mobilefacenet=…

The first folder of a network is what its other folders are held against: how alike the embeddings of one face are
needs no labels.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

import jettison_runtime

HERE = Path(__file__).parent


def main(arguments):
    pairs = [json.loads(line) for line in (HERE / "data" / "pairs.jsonl").read_text().splitlines()]
    first = {}
    print(f"{'model':<30}{'size':>9}{'a face':>10}{'right':>9}{'AUC':>8}{'same':>15}{'different':>15}{'alike':>9}")
    for argument in arguments:
        name, _, place = argument.partition("=")
        model = jettison_runtime.load(place, threads=1)
        faces = np.load(HERE / "data" / f"{name}-faces.npy")
        embeddings, seconds = embedded(model, faces)
        alike = (embeddings * first.setdefault(name, embeddings)).sum(1)
        row = judged(embeddings, pairs)
        size = sum(file.stat().st_size for file in Path(place).iterdir())
        print(
            f"{name + ' ' + Path(place).name:<30}{size / 1e6:>6.1f} MB{1000 * seconds:>7.2f} ms{row['right']:>9.1%}"
            f"{row['auc']:>8.4f}{row['same']:>15}{row['different']:>15}{alike.mean():>9.4f}"
        )


def embedded(model, faces):
    """Embeddings of length 1, and the median time of one face in seconds."""
    (given,), (gives,) = model.inputs, model.outputs
    found, times = [], []
    for face in faces:
        start = time.perf_counter()
        found.append(model.run({given.name: face[None]})[gives.name][0])
        times.append(time.perf_counter() - start)
    found = np.stack(found)
    return found / np.linalg.norm(found, axis=1, keepdims=True), float(np.median(times))


def judged(embeddings, pairs):
    """Share of right answers at the best threshold, area under the curve, and how alike pairs are."""
    asked = [pair["input"] for pair in pairs]
    alike = np.array([embeddings[each["first"]] @ embeddings[each["second"]] for each in asked])
    same = np.array([pair["target"] == "same" for pair in pairs])
    right = max(((alike >= threshold) == same).mean() for threshold in alike)
    wins = (alike[same][:, None] > alike[~same]).mean() + (alike[same][:, None] == alike[~same]).mean() / 2
    return {
        "right": right,
        "auc": wins,
        "same": f"{alike[same].min():.2f} … {alike[same].max():.2f}",
        "different": f"{alike[~same].min():.2f} … {alike[~same].max():.2f}",
    }


if __name__ == "__main__":
    main(sys.argv[1:])
