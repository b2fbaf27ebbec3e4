"""Ours: what ``jettison convert`` writes and `jettison_runtime` loads, by the commands that a user has."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from . import Embed
from .documentation import documentation

REQUIREMENTS: tuple[str, ...] = ()
"""None of its own: it runs in jettison's environment."""
FILES: tuple[str, ...] = ("*",)
_TEXTS, _WORDS = 12, 90


def convert(checkpoint: Path, into: Path, form: str) -> None:
    """``jettison convert CHECKPOINT --form FORM --texts TEXTS``."""
    from jettison.commands import main

    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        texts = Path(folder) / "texts.txt"
        words = documentation().split()
        lines = (" ".join(words[first : first + _WORDS]) for first in range(0, _TEXTS * _WORDS, _WORDS))
        texts.write_text("".join(f"{line}\n" for line in lines))
        given = ["--form", form, "--texts", str(texts), "--out", f"{folder}/out"]
        code = main(["convert", str(checkpoint), *given])
        if code:
            raise RuntimeError(f"jettison convert ended with {code}")
        shutil.copytree(Path(folder) / "out" / form, into, dirs_exist_ok=True)


def load(folder: Path, threads: int) -> Embed:
    """The encoder of ``jettison_runtime.load``, its digests checked, as every server start does."""
    import numpy as np

    import jettison_runtime

    model: Any = jettison_runtime.load(folder, threads=threads).model

    def embed(ids: Any) -> Any:
        return model.outputs(ids, np.ones(ids.shape, np.int32))["last_hidden_state"].mean(1)

    return embed
