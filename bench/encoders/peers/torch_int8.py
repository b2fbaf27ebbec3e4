"""PyTorch's dynamic quantization of every linear layer, at load."""

from __future__ import annotations

from pathlib import Path

from . import Embed, eager

NAME = "PyTorch dynamic int8"
REQUIREMENTS = eager.REQUIREMENTS
FILES = eager.FILES
convert = eager.convert


def load(folder: Path, threads: int) -> Embed:
    """``quantize_dynamic`` on the loaded model."""
    import torch

    network = eager.model(folder, threads)
    return eager.embedding(torch.ao.quantization.quantize_dynamic(network, {torch.nn.Linear}, dtype=torch.qint8))
