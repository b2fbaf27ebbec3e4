"""``python -m bench.inputs [NAME …]``: one row a model, written as dated JSON under ``evidence/``.

Weights are random, so that agreement is that of the arithmetic; pictures are smooth noise. Every kind is written by its
own framework first, and then goes through the commands' own door.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.dated import written
from bench.inputs import exporter_python
from jettison.convert import exporters
from jettison.convert.exporters import Exporter

_ROWS = 24


@dataclass(frozen=True, kw_only=True)
class Model:
    """One architecture, in the file of one framework."""

    exporter: Exporter
    name: str
    suffix: str = ""
    given: str = "image"
    layout: tuple[int, ...] = (3, 224, 224)

    @property
    def title(self) -> str:
        """In the table."""
        return f"{self.name} ({self.exporter.kind})"


_NHWC = (224, 224, 3)
_FOLDERS = ("ViT", "DeiT", "Beit", "ResNet", "RegNet", "ConvNext", "ConvNextV2", "MobileNetV1", "MobileNetV2", "Swin")
MODELS = (
    *(Model(exporter=exporters.MODULE, name=name, suffix=".py") for name in ("residual", "separable", "attentive")),
    Model(exporter=exporters.SCRIPT, name="residual", suffix=".pt"),
    *(Model(exporter=exporters.TRANSFORMERS, name=name, given="pixel_values") for name in (*_FOLDERS, "PoolFormer")),
    Model(exporter=exporters.FROZEN, name="MobileNetV2", suffix=".pb", given="picture", layout=_NHWC),
    Model(exporter=exporters.SAVED, name="ResNet50", layout=_NHWC),
    Model(exporter=exporters.KERAS, name="MobileNetV2", suffix=".keras", layout=_NHWC),
    Model(exporter=exporters.KERAS, name="EfficientNetV2B0", suffix=".keras", layout=_NHWC),
    Model(exporter=exporters.KERAS, name="DenseNet121", suffix=".keras", layout=_NHWC),
)


def main(names: list[str]) -> int:
    """Convert each and print its row."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            if not names or {model.name, model.exporter.kind, model.title} & set(names):
                rows.append(_row(model, Path(folder)))
                print(json.dumps(rows[-1]), flush=True)
    print(written("inputs", {"models": rows}))
    return 0 if all("error" not in row for row in rows) else 1


def _row(model: Model, folder: Path) -> dict[str, Any]:
    path = _made(model, folder / f"{model.exporter.kind.replace(' ', '-')}-{model.name}")
    data = folder / "samples.npz"
    np.savez(data, **{model.given: _pictures(model.layout)})
    out = folder / f"out-{path.name.replace(':', '-')}"
    command = [sys.executable, "-m", "jettison", "convert", str(path), "--data", str(data), "--out", str(out), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    if "error" in found:
        return {"model": model.title, "error": found["error"]["what"]}
    row: dict[str, Any] = {"model": model.title}
    for each in found["candidates"]:
        row[each["name"]] = {
            "cosine": each["check"]["cosine"],
            "worst_difference": each["check"]["worst_difference"],
            "megabytes": sum(size for _, size in each["model"]["file_bytes"]) / 1e6,
            "speed": float(each["recipe"][-1].split()[0]),
        }
    return row | {each["name"]: each["reason"] for each in found["rejected"]}


def _made(model: Model, place: Path) -> Path:
    """The model's file, written by its framework."""
    exporter = model.exporter
    torch = exporter.program == "with_torch.py"
    program = Path(__file__).with_name("makers_torch.py" if torch else "makers_tensorflow.py")
    subprocess.run(
        [str(exporter_python(exporter)), str(program), exporter.kind, model.name, str(place)],
        check=True,
        capture_output=True,
    )
    path = place.with_suffix(model.suffix) if model.suffix else place
    return path.with_name(f"{path.name}:make") if exporter == exporters.MODULE else path


def _pictures(layout: tuple[int, ...]) -> Any:
    random = np.random.default_rng(0)
    side = max(layout)
    coarse = random.standard_normal((_ROWS, 3, 14, 14)).repeat(side // 14, axis=2).repeat(side // 14, axis=3)
    return (coarse if layout[0] == 3 else coarse.transpose(0, 2, 3, 1)).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
