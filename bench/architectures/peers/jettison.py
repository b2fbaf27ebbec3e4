"""Ours: what ``jettison convert`` writes and `jettison_runtime` loads, by the commands that a user has."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import Answer

REQUIREMENTS: tuple[str, ...] = ()
"""None of its own: it runs in jettison's environment."""
FILES: tuple[str, ...] = ("*",)
_SHARED = ("environments", "resolutions", "uv", "wheels")
"""Kinds of the user's cache that a model's own is linked to."""


def convert(checkpoint: Path, into: Path, forms: Mapping[str, Sequence[str]]) -> None:
    """``jettison convert CHECKPOINT``; kept is the first form that it makes.

    :param forms: by kind (``encoder``, ``seq2seq``, ``graph``), the wanted one first.
    :raises SystemExit: none of them can be made, with jettison's own reasons.
    """
    from jettison.convert.exporters import is_graph

    _own_cache(into.with_name("cache"))
    writes = "decoder_start_token_id" in (checkpoint / "config.json").read_text()
    kind = "graph" if is_graph(checkpoint) else "seq2seq" if writes else "encoder"
    options = [word for form in forms[kind] for word in ("--form", form)]
    if (checkpoint / "samples.npz").is_file():
        options += ["--data", str(checkpoint / "samples.npz")]
    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        out = Path(folder) / "out"
        found = _said(["convert", str(checkpoint), "--out", str(out), "--json", *options])
        made = [form for form in forms[kind] if (out / form).is_dir()]
        if not made:
            reasons = [f"{each['name']}: {each['reason']}" for each in found.get("rejected", ())]
            error = found.get("error", found)
            raise SystemExit("; ".join(reasons) or f"{error.get('what', error)} ({error.get('where', '')})")
        shutil.copytree(out / made[0], into, dirs_exist_ok=True)


def _said(command: list[str]) -> dict[str, Any]:
    """What the command printed as JSON."""
    from jettison.commands import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(command)
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def _own_cache(folder: Path) -> None:
    """A cache beside the model, which goes when the model goes: dozens of converted models would fill a disk."""
    from jettison.workspace import cache_root

    shared = cache_root()
    folder.mkdir(exist_ok=True)
    for kind in _SHARED:
        (shared / kind).mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (folder / kind).symlink_to(shared / kind)
    os.environ["JETTISON_CACHE"] = str(folder.absolute())


def load(folder: Path, threads: int) -> Answer:
    """``jettison_runtime.load``, its digests checked, as every server start does."""
    import numpy as np

    import jettison_runtime

    loaded: Any = jettison_runtime.load(folder, threads=threads)

    def answer(kind: str, given: Any, new: int) -> Any:
        model = getattr(loaded, "model", loaded)
        if kind == "graph":
            return next(iter(model.run({model.inputs[0].name: given}).values()))
        mask = np.ones(given.shape, np.int32)
        if kind == "seq2seq":
            asked = {"max_new_tokens": new, "min_new_tokens": new, "num_beams": 1}
            return model.tokens(given, mask, model.settings.updated(asked))[:, 1:]
        found = model.outputs(given, mask)
        return next(found[name] for name in ("logits", "start_logits", "last_hidden_state") if name in found)

    return answer
