"""PyTorch as services run it: eager, 32-bit floats."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from . import Embed

NAME = "PyTorch eager fp32"
REQUIREMENTS: tuple[str, ...] = ("torch", "transformers", "numpy")
FILES = ("*.safetensors",)


def convert(checkpoint: Path, into: Path) -> None:
    """Nothing to convert."""
    shutil.copytree(checkpoint, into, copy_function=os.link, dirs_exist_ok=True)


def load(folder: Path, threads: int) -> Embed:
    """``AutoModel.from_pretrained``."""
    return embedding(model(folder, threads))


def model(folder: Path, threads: int) -> Any:
    """The network, on so many threads."""
    import torch
    from transformers import AutoModel

    torch.set_num_threads(threads)
    return AutoModel.from_pretrained(folder).eval()


def embedding(network: Any) -> Embed:
    """The mean of the last hidden states of anything that is called as transformers' models are."""
    import torch

    def embed(ids: Any) -> Any:
        rows = torch.from_numpy(ids)
        with torch.inference_mode():
            found = network(input_ids=rows, attention_mask=torch.ones_like(rows), token_type_ids=torch.zeros_like(rows))
        return found.last_hidden_state.mean(1).numpy()

    return embed
