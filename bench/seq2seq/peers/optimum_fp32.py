"""Optimum's export to ONNX with a merged decoder, and its own ``generate`` over ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

from . import Generate
from .huggingface import generation

NAME = "Optimum ONNX fp32"
REQUIREMENTS = ("optimum-onnx[onnxruntime]==0.1.0", "transformers<4.58", "torch", "accelerate", "numpy")
FILES = ("encoder_model.onnx", "decoder_model_merged.onnx")


def convert(checkpoint: Path, into: Path) -> None:
    """``optimum-cli export onnx``, by its Python door."""
    from optimum.exporters.onnx import main_export

    main_export(str(checkpoint), output=str(into), task="text2text-generation-with-past", do_validation=False)


def load(folder: Path, threads: int) -> Generate:
    """One session each for encoder and decoder."""
    return generation(sessions(folder, threads, merged=True), threads)


def sessions(folder: Path, threads: int, *, merged: bool) -> object:
    """Optimum's model over the exported graphs."""
    import onnxruntime
    from optimum.onnxruntime import ORTModelForSeq2SeqLM

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return ORTModelForSeq2SeqLM.from_pretrained(folder, session_options=options, use_cache=True, use_merged=merged)
