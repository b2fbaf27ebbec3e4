"""The JSON files of a model folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jettison.errors import ModelUnreadable

_LARGEST_BYTES = 32 << 20


def json_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty when there is no such file.

    :raises ModelUnreadable: something else is in it.
    """
    if not path.is_file():
        return {}
    if path.stat().st_size > _LARGEST_BYTES:
        raise ModelUnreadable(
            f"{path.name} has {path.stat().st_size / 1e6:.0f} MB: such a file holds settings",
            where=str(path),
            next_step="copy it again",
        )
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as cause:
        raise ModelUnreadable(
            f"{path.name} is nested too deeply", where=str(path), next_step="copy it again"
        ) from cause
    except ValueError as cause:
        raise ModelUnreadable(
            f"{path.name} is not JSON: {cause}", where=str(path), next_step="copy it again"
        ) from cause
    if not isinstance(value, dict):
        raise ModelUnreadable(f"{path.name} is not a JSON object", where=str(path), next_step="copy it again")
    return value
