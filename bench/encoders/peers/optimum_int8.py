"""Optimum's dynamic quantization for AVX-512 VNNI, a scale a channel: the most accurate of its dynamic recipes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import Embed, optimum_fp32

NAME = "Optimum int8 per channel"
REQUIREMENTS = optimum_fp32.REQUIREMENTS
FILES: tuple[str, ...] = ("model_quantized.onnx",)


def convert(checkpoint: Path, into: Path) -> None:
    """Export, then ``optimum-cli onnxruntime quantize --avx512_vnni --per_channel``."""
    quantized(checkpoint, into, per_channel=True)


def quantized(checkpoint: Path, into: Path, *, per_channel: bool) -> None:
    """By its Python door."""
    from optimum.onnxruntime import ORTQuantizer
    from optimum.onnxruntime.configuration import AutoQuantizationConfig

    with tempfile.TemporaryDirectory(dir=into) as plain:
        optimum_fp32.convert(checkpoint, Path(plain))
        quantizer = ORTQuantizer.from_pretrained(plain, file_name="model.onnx")
        recipe = AutoQuantizationConfig.avx512_vnni(is_static=False, per_channel=per_channel)
        quantizer.quantize(save_dir=into, quantization_config=recipe)


def load(folder: Path, threads: int) -> Embed:
    """A plain session."""
    return optimum_fp32.session(folder / "model_quantized.onnx", threads)
