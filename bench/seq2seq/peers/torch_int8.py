"""PyTorch's dynamic quantization of every linear layer, at load."""

from __future__ import annotations

from pathlib import Path

from . import Generate, eager
from .huggingface import generation

NAME = "PyTorch dynamic int8"
REQUIREMENTS = eager.REQUIREMENTS
FILES = eager.FILES
convert = eager.convert


def load(folder: Path, threads: int) -> Generate:
    """``quantize_dynamic`` on the loaded model."""
    import torch
    from transformers import T5ForConditionalGeneration

    model = T5ForConditionalGeneration.from_pretrained(folder).eval()
    quantized = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
    return generation(quantized, threads)
