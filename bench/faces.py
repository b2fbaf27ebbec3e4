"""``python -m bench.faces``: FaceNet against MobileFaceNet, fp32 and int8, as the README of ``examples/faces`` says.

Both networks and the pictures are taken out of packages into a copy of the example, in an environment of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .dated import ROOT, written

EXAMPLE = ROOT / "examples" / "faces"
_PACKAGES = ("flask", "numpy", "onnxruntime", "pillow")
_NETWORKS = {"facenet": "facenet.pb", "mobilefacenet": "mobilefacenet.onnx"}
_FORMS = ("fp32", "int8-static")


def measured() -> dict[str, Any]:
    """What ``jettison compare --json`` printed, and how alike each network's 8 bits are to its 32.

    :raises subprocess.CalledProcessError: a step did not end well; what it said is on stderr.
    """
    with tempfile.TemporaryDirectory() as folder:
        example = Path(folder) / "faces"
        shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("out", "model", "data"))
        python = _environment(Path(folder) / "venv")
        for script in ("fetch_models.py", "make_data.py"):
            _said(example, python, script)
        jettison = (sys.executable, "-m", "jettison")
        for name, file in _NETWORKS.items():
            data = f"data/{name}-samples.npz"
            _said(example, *jettison, "convert", f"model/{file}", "--data", data, "--out", f"out/{name}")
        folders = [f"out/{name}/{form}" for name in _NETWORKS for form in _FORMS]
        started = time.monotonic()
        compared = _said(
            example,
            *(*jettison, "compare", *folders, "--data", "data/pairs.jsonl", "--app", "pairing.py"),
            *("--answer", "score", "--metric", "auc", "--positive", "same", "--keep", "0.99", "--json"),
            codes=(0, 1, 3, 4),
        )
        seconds = time.monotonic() - started
        verified = _said(
            example, sys.executable, "verification.py", *(f"{path.split('/')[1]}={path}" for path in folders)
        )
    return {
        "compared": json.loads(compared.stdout),
        "exit_code": compared.returncode,
        "compare_seconds": seconds,
        "verification": verified.stdout.splitlines(),
    }


def _environment(folder: Path) -> str:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", "install", *quiet, *_PACKAGES], check=True)
    return python


def _said(folder: Path, *command: str, codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in codes:
        done.check_returncode()
    return done


if __name__ == "__main__":
    print(written("faces", measured()).relative_to(ROOT))
