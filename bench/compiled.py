"""``python -m bench.compiled``: numpy without BLAS, compiled in two fresh caches: time, bytes, what products then cost.

The image is the smallest that holds numpy: ONNX Runtime and a program that imports both.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from jettison import oci, pack
from jettison.records import Blueprint, Image, finished
from jettison.sandbox import container
from jettison.workspace import Workspace, file_digest

from .dated import ROOT, written

_PRODUCTS = """
import json, time
import numpy as np
draw = np.random.default_rng(0)
def seconds(work):
    best = float("inf")
    for _ in range(7):
        begun = time.perf_counter()
        for _ in range(5):
            work()
        best = min(best, (time.perf_counter() - begun) / 5)
    return best
made = {}
shapes = (1, 512, 1), (1, 384, 1000), (1000, 384, 1), (64, 384, 384), (300, 201, 80), (512, 512, 512)
for rows, inner, columns in shapes:
    a, b = draw.random((rows, inner), np.float32), draw.random((inner, columns), np.float32)
    made[f"{rows} x {inner} @ {inner} x {columns}"] = seconds(lambda: a @ b)
square = draw.random((100, 100))
made["linalg.svd of 100 x 100"] = seconds(lambda: np.linalg.svd(square))
print(json.dumps(made))
"""


def measured() -> dict[str, Any]:
    """Seconds and digest of either compilation, bytes of the images with and without, seconds of products in both."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "stage" / "app").mkdir(parents=True)
        (place / "stage" / "app" / "app.py").write_text("import numpy, onnxruntime\n")
        plan = Blueprint(
            reference="example.test/arrays:1",
            python="3.11",
            app=place / "stage",
            requirements=("onnxruntime", "numpy"),
            command=("python", "app.py"),
        )
        caches = [Workspace(root=place / name) for name in ("one", "two")]
        runs: list[dict[str, Any]] = []
        wheels: list[Path] = []
        for cache in caches:
            started = time.monotonic()
            made = finished(pack.compiled(plan, cache))
            if made.wheel is None:
                return {"failed": made.note}
            wheels.append(made.wheel)
            runs.append(
                {"seconds": time.monotonic() - started, "sha256": file_digest(made.wheel), "wheel": made.wheel.name}
            )
        images = {"wheel": plan, "compiled": replace(plan, compiled=tuple(wheels[1:]))}
        packed = {name: finished(pack.image(each, caches[1], place / f"image-{name}")) for name, each in images.items()}
        return {
            "note": made.note,
            "compilations": runs,
            "same_bytes": runs[0]["sha256"] == runs[1]["sha256"],
            "unpacked_bytes": {name: each.unpacked_bytes for name, each in packed.items()},
            "product_seconds": {name: _products(each, place / f"root-{name}") for name, each in packed.items()},
        }


def _products(image: Image, root: Path) -> dict[str, float]:
    """Of one thread, with what the image holds."""
    assert image.layout is not None
    stored = oci.stored(image.layout)
    finished(oci.unpacked(stored, root))
    variables = {**dict(stored.config.environment), "OPENBLAS_NUM_THREADS": "1"}
    argv = container.argv(root, [stored.config.command[0], "-c", _PRODUCTS], environment=variables)
    found: dict[str, float] = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    return found


def main() -> int:
    """Measure, and write the dated JSON."""
    print(written("compiled", measured()).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
