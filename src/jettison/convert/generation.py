"""The generation settings that transformers takes for a model's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jettison.errors import UnsupportedModel

from .json_files import json_object

_FILE = "generation_config.json"
_SILENT = {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
"""The tokens of a config.json that names none: those of transformers' T5Config."""
_NEXT = f"state in {_FILE} what is meant; else the service can still be packed with CPU torch"


def generation(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """generation_config.json as it is; where there is none, what config.json says of generation.

    :raises UnsupportedModel: settings that the runtime lacks, or of which versions of transformers take different ones.
    """
    from jettison_runtime.generation.settings import TOKENS, from_model, held_by

    held, file = held_by(config), folder / _FILE
    stated = json_object(file)
    if not file.is_file():
        found = {**_SILENT, **{name: config[name] for name in TOKENS if name in config}, **held}
    else:
        # transformers 4 makes such a file anew from config.json when that says more; transformers 5 reads the file.
        if stated.get("_from_model_config") and (doubted := [n for n in held if stated.get(n) != held[n]]):
            raise UnsupportedModel(
                f"config.json and {_FILE} differ in {', '.join(doubted)}, and versions of transformers differ in "
                "which they take",
                where=str(file),
                next_step=f"take {doubted[0]} out of config.json, or _from_model_config out of {_FILE}",
            )
        found = {name: value for name, value in stated.items() if not name.startswith("_")}
        if found.get("decoder_start_token_id") is None:
            found["decoder_start_token_id"] = found.get("bos_token_id")
    if found["decoder_start_token_id"] is None:
        raise UnsupportedModel(
            "the model does not say which token starts an answer (decoder_start_token_id)",
            where=str(file),
            next_step=_NEXT,
        )
    try:
        from_model(found)
    except (ValueError, TypeError) as cause:
        raise UnsupportedModel(
            f"the model's own generation settings cannot be kept: {cause}", where=str(file), next_step=_NEXT
        ) from cause
    return found
