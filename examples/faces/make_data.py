"""Faces out of the pictures, as each network wants them: samples to calibrate on, and labelled pairs to judge by.

Samples are the faces of the group pictures, each in six variants; the pairs are of all faces as they are: 10 of the
same person (by the names of the files), and all of which it is known that the people differ (two in one picture, or one
who is known by name).
"""

import json
from pathlib import Path

import numpy as np
from finding import Finder
from networks import NETWORKS
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

HERE = Path(__file__).parent
KNOWN = ("obama", "biden", "Tom_Hanks")


def main():
    finder = Finder(HERE / "model")
    samples = {name: [] for name in NETWORKS}
    faces = {name: [] for name in NETWORKS}
    people = []
    for path in sorted((HERE / "pictures").iterdir()):
        picture = Image.open(path).convert("RGB")
        for number, box in enumerate(finder.boxes(picture)):
            known = next((name for name in KNOWN if path.name.startswith(name)), "")
            people.append({"picture": path.name, "person": known or f"{path.stem} {number}"})
            points = finder.points(picture, box)
            for name, prepared in NETWORKS.items():
                faces[name].append(prepared(picture, box, points))
        if path.name.startswith("sample"):
            for variant in variants(picture):
                for box in finder.boxes(variant):
                    for name, prepared in NETWORKS.items():
                        samples[name].append(prepared(variant, box, finder.points(variant, box)))
    (HERE / "data").mkdir(exist_ok=True)
    for name in NETWORKS:
        np.savez(HERE / "data" / f"{name}-samples.npz", input=np.stack(samples[name]).astype(np.float32))
        np.save(HERE / "data" / f"{name}-faces.npy", np.stack(faces[name]).astype(np.float32))
    found = list(pairs(people))
    (HERE / "data" / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in found))
    same = sum(pair["target"] == "same" for pair in found)
    print(f"{len(people)} faces, {same} pairs of the same person, {len(found) - same} of different people")
    print(f"{len(samples['facenet'])} samples to calibrate on")


def variants(picture):
    """A picture as other cameras might have taken it."""
    yield picture
    yield ImageOps.mirror(picture)
    yield ImageEnhance.Brightness(picture).enhance(0.6)
    yield ImageEnhance.Contrast(picture).enhance(1.4)
    yield picture.filter(ImageFilter.GaussianBlur(3))
    yield picture.rotate(8, Image.Resampling.BILINEAR)


def pairs(people):
    """Every two faces of which it is known whether they are one person."""
    for second, one in enumerate(people):
        for first, other in enumerate(people[:second]):
            same = one["person"] == other["person"]
            known = any(each["person"] in KNOWN for each in (one, other))
            if same or known or one["picture"] == other["picture"]:
                yield {"input": {"first": first, "second": second}, "target": "same" if same else "different"}


if __name__ == "__main__":
    main()
