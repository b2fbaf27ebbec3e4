"""FastT5's recipe on a current ONNX Runtime: three graphs, each quantized dynamically, per channel, reduced range.

FastT5 itself pins an ONNX Runtime of 2021 that no current Python has.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from . import Generate, optimum_fp32
from .huggingface import generation

NAME = "FastT5 recipe int8"
REQUIREMENTS = optimum_fp32.REQUIREMENTS
FILES = ("encoder_model.onnx", "decoder_model.onnx", "decoder_with_past_model.onnx")


def convert(checkpoint: Path, into: Path) -> None:
    """Export without merging the decoders, then ``quantize_dynamic`` on each graph."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from optimum.exporters.onnx import main_export

    with tempfile.TemporaryDirectory(dir=into) as plain:
        main_export(
            str(checkpoint),
            output=plain,
            task="text2text-generation-with-past",
            do_validation=False,
            no_post_process=True,
        )
        for name in FILES:
            quantize_dynamic(
                Path(plain) / name, into / name, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
            )
        for settings in Path(plain).glob("*.json"):
            shutil.copyfile(settings, into / settings.name)


def load(folder: Path, threads: int) -> Generate:
    """As its users run it: a ``generate`` over three sessions."""
    return generation(optimum_fp32.sessions(folder, threads, merged=False), threads)
