"""Conda packages: what an environment file and ``conda install`` ask for, under the names of the package index.

Conda has its own packages; what is weighed in their place is the wheel of the same software, where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ..documents import table, texts, yaml_at
from .requirements import Wanted

# Conda's name → the index's name, where they differ.
_NAMES = {
    "pytorch": "torch", "pytorch-cpu": "torch", "pytorch-gpu": "torch", "torchvision-cpu": "torchvision",
    "pytorch-lightning": "pytorch-lightning", "opencv": "opencv-python", "py-opencv": "opencv-python",
    "faiss-cpu": "faiss-cpu", "faiss": "faiss-cpu", "msgpack-python": "msgpack", "matplotlib-base": "matplotlib",
    "tensorflow-base": "tensorflow", "tensorflow-mkl": "tensorflow", "py-xgboost": "xgboost", "xgboost-cpu": "xgboost",
    "python-dateutil": "python-dateutil", "huggingface_hub": "huggingface-hub", "onnxruntime-cpu": "onnxruntime",
}  # fmt: skip
_NOT_ON_THE_INDEX = re.compile(
    r"(python|pip|setuptools|wheel|conda|mamba|cuda.*|cudatoolkit|cudnn|nccl|mkl|openblas|libblas|blas|libstdcxx.*|gcc.*|gxx.*"
    r"|compilers|make|cmake|ffmpeg|git|curl|nodejs|openssl|ca-certificates|certifi|cpuonly|pytorch-cuda|pytorch-mutex|_.*|lib.*"
    r"|ninja|sqlite|tk|xz|zlib|readline|ncurses|bzip2|openjdk|r-.*|glib|jpeg|freetype)"
)


def environment_wanted(path: Path, notes: list[str]) -> tuple[Wanted, list[str]]:
    """What an environment file asks for: under the index's names, and the lines of its ``pip`` part as they stand."""
    listed = table({"file": yaml_at(path, notes)}, "file").get("dependencies")
    packages: list[str] = []
    pip_lines: list[str] = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, str):
            packages.append(each)
        elif isinstance(each, dict):
            pip_lines += texts(each.get("pip"))
    return conda_wanted(packages, notes), pip_lines


def conda_wanted(packages: Iterable[str], notes: list[str]) -> Wanted:
    """What conda's own specifications ask for, as requirements: ``conda-forge::numpy=1.26`` → ``numpy==1.26.*``."""
    found = Wanted()
    skipped: list[str] = []
    for each in packages:
        match = re.match(r"(?:[\w.-]+::)?([\w.-]+)\s*(.*)$", each.strip())
        if not match:
            continue
        name = match[1].lower()
        if _NOT_ON_THE_INDEX.fullmatch(name):
            skipped += [name] if name not in ("python", "pip") else []
            continue
        found.requirements.append(_NAMES.get(name, name) + _bounds(match[2]))
    if skipped:
        notes.append(f"conda packages without a wheel are not counted: {', '.join(dict.fromkeys(skipped))}")
    return found


def _bounds(text: str) -> str:
    """Conda's ``=1.2=py_0``, ``==1.2``, ``>=1,<2`` as PEP 440."""
    text = text.strip().strip("'\"").split("[")[0].strip()
    if exact := re.fullmatch(r"==\s*([\w.+!]+)(=.*)?", text):
        return f"=={exact[1]}"
    if fuzzy := re.fullmatch(r"=?\s*(\d[\w.+!]*?)(?:\.?\*)?((?:\s|=).*)?", text):
        # name=1.2=build is that version; name=1.2 is any version that begins so.
        return f"=={fuzzy[1]}" if fuzzy[2] else f"=={fuzzy[1]}.*"
    bounds = [each for each in re.split(r"\s*,\s*", text) if re.fullmatch(r"[<>=!~]=?\s*[\w.*+!]+", each)]
    return ",".join(each.replace(" ", "") for each in bounds)
