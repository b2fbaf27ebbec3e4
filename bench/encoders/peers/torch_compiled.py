"""``torch.compile`` with its default backend, compiled before the first question counts."""

from __future__ import annotations

from pathlib import Path

from . import Embed, eager

NAME = "PyTorch compiled fp32"
REQUIREMENTS = eager.REQUIREMENTS
FILES = eager.FILES
convert = eager.convert


def load(folder: Path, threads: int) -> Embed:
    """Compiled for any length, as a service needs it; the rounds that warm up compile what is left."""
    import torch

    return eager.embedding(torch.compile(eager.model(folder, threads), dynamic=True))
