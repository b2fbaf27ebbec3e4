"""Ours: what ``jettison convert`` writes and `jettison_runtime` loads, by the commands that a user has."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import Answer

REQUIREMENTS: tuple[str, ...] = ()
"""None of its own: it runs in jettison's environment."""
FILES: tuple[str, ...] = ("*",)


def convert(checkpoint: Path, into: Path, forms: Sequence[str]) -> None:
    """``jettison convert CHECKPOINT``; kept is the first of `forms` that this kind of model has."""
    from jettison.commands import main

    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        code = main(["convert", str(checkpoint), "--out", f"{folder}/out"])
        if code:
            raise RuntimeError(f"jettison convert ended with {code}")
        made = [name for name in forms if (Path(folder) / "out" / name).is_dir()]
        shutil.copytree(Path(folder) / "out" / made[0], into, dirs_exist_ok=True)


def load(folder: Path, threads: int) -> Answer:
    """``jettison_runtime.load``, its digests checked, as every server start does."""
    import numpy as np

    import jettison_runtime

    loaded: Any = jettison_runtime.load(folder, threads=threads)

    def answer(kind: str, given: Any, new: int) -> Any:
        if kind == "image":
            return next(iter(loaded.run({next(iter(loaded.inputs)): given}).values()))
        model, mask = loaded.model, np.ones(given.shape, np.int32)
        if kind == "seq2seq":
            asked = {"max_new_tokens": new, "min_new_tokens": new, "num_beams": 1}
            return model.tokens(given, mask, model.settings.updated(asked))[:, 1:]
        found = model.outputs(given, mask)
        return next(found[name] for name in ("logits", "start_logits", "last_hidden_state") if name in found)

    return answer
