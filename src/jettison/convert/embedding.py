"""How a sentence-transformers folder makes vectors of sentences: pooling, normalisation, the length that it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jettison.errors import ModelUnreadable, UnsupportedModel

from .json_files import json_object

MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Settings of 1_Pooling/config.json, in the order in which sentence-transformers joins the vectors."""
_SUPPORTED = ("cls", "max", "mean", "mean_sqrt_len_tokens")
_FILE = "modules.json"


def embedding(folder: Path) -> dict[str, Any]:
    """``pooling``, ``normalize`` and, where it is stated, ``max_length``; empty for a folder of transformers alone.

    :raises UnsupportedModel: a step or a pooling that the runtime lacks.
    :raises ModelUnreadable: a file that is not what its name says.
    """
    modules = _modules(folder)
    if not modules:
        return {}
    found: dict[str, Any] = {"normalize": False}
    for kind, place in modules:
        if kind == "Pooling":
            found["pooling"] = _pooling(place)
        elif kind == "Normalize":
            found["normalize"] = True
        elif kind != "Transformer":
            raise UnsupportedModel(
                f"sentence vectors that go through a {kind} layer",
                where=str(folder / _FILE),
                next_step="the service can still be packed with CPU torch",
            )
    found.setdefault("pooling", ["mean"])
    limit = json_object(transformer_folder(folder) / "sentence_bert_config.json").get("max_seq_length")
    return {**found, "max_length": limit} if isinstance(limit, int) else found


def transformer_folder(folder: Path) -> Path:
    """Where a folder keeps its network and tokenizer: itself, or in old ones of sentence-transformers a part."""
    places = [place for kind, place in _modules(folder) if kind == "Transformer"]
    return places[0] if places else folder


def _modules(folder: Path) -> list[tuple[str, Path]]:
    """Class and folder of every step, in their order."""
    file = folder / _FILE
    if not file.is_file():
        return []
    try:
        steps = json.loads(file.read_text(encoding="utf-8"))
        found = [(str(step["type"]).rpartition(".")[2], folder / str(step["path"])) for step in steps]
    except (ValueError, KeyError, TypeError) as cause:
        raise ModelUnreadable(
            f"{_FILE} cannot be read: {cause!r}", where=str(file), next_step="copy the model again"
        ) from cause
    if outside := [place for _, place in found if not place.resolve().is_relative_to(folder.resolve())]:
        raise ModelUnreadable(
            f"{_FILE} names a folder outside of the model", where=str(outside[0]), next_step="copy the model again"
        )
    return found


def _pooling(place: Path) -> list[str]:
    settings = json_object(place / "config.json")
    named = [mode for setting, mode in MODES.items() if settings.get(setting)]
    newer = settings.get("pooling_mode")
    named = named or ([newer] if isinstance(newer, str) else ["mean"])
    if lacking := [mode for mode in named if mode not in _SUPPORTED]:
        raise UnsupportedModel(
            f"sentences that are pooled by {lacking[0]}",
            where=str(place / "config.json"),
            next_step=f"supported are {', '.join(_SUPPORTED)}; the service can still be packed with CPU torch",
        )
    return named
