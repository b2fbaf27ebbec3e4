"""PyTorch as services run it: eager, 32-bit floats, ``generate``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import Generate
from .huggingface import generation

NAME = "PyTorch eager fp32"
REQUIREMENTS = ("torch", "transformers", "numpy")
FILES = ("*.safetensors",)


def convert(checkpoint: Path, into: Path) -> None:
    """Nothing to convert."""
    shutil.copytree(checkpoint, into, copy_function=os.link, dirs_exist_ok=True)


def load(folder: Path, threads: int) -> Generate:
    """``from_pretrained``."""
    from transformers import T5ForConditionalGeneration

    return generation(T5ForConditionalGeneration.from_pretrained(folder).eval(), threads)
