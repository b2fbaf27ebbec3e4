"""Optimum's dynamic quantization for AVX-512 VNNI as it comes: a scale a tensor."""

from __future__ import annotations

from pathlib import Path

from . import optimum_int8

NAME = "Optimum int8 per tensor"
REQUIREMENTS = optimum_int8.REQUIREMENTS
FILES = optimum_int8.FILES
load = optimum_int8.load


def convert(checkpoint: Path, into: Path) -> None:
    """``optimum-cli onnxruntime quantize --avx512_vnni``."""
    optimum_int8.quantized(checkpoint, into, per_channel=False)
