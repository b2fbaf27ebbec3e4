"""Optimum's export to ONNX, over ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import Embed

NAME = "Optimum ONNX fp32"
REQUIREMENTS: tuple[str, ...] = ("optimum-onnx[onnxruntime]==0.1.0", "transformers<4.58", "torch", "numpy")
FILES: tuple[str, ...] = ("model.onnx",)


def convert(checkpoint: Path, into: Path) -> None:
    """``optimum-cli export onnx``, by its Python door."""
    from optimum.exporters.onnx import main_export

    main_export(str(checkpoint), output=str(into), task="feature-extraction", do_validation=False)


def load(folder: Path, threads: int) -> Embed:
    """The exported graph in a plain session: no part of the time is Optimum's own Python."""
    return session(folder / "model.onnx", threads)


def session(path: Path, threads: int) -> Embed:
    """The mean of ``last_hidden_state`` of a graph."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    opened = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = {each.name for each in opened.get_inputs()}

    def embed(ids: Any) -> Any:
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (hidden,) = opened.run(["last_hidden_state"], {name: each for name, each in feed.items() if name in names})
        return hidden.mean(1)

    return embed
