"""The JSON files of a model folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jettison.errors import ModelUnreadable


def json_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty when there is no such file.

    :raises ModelUnreadable: something else is in it.
    """
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as cause:
        raise ModelUnreadable(
            f"{path.name} is not JSON: {cause}", where=str(path), next_step="copy it again"
        ) from cause
    if not isinstance(value, dict):
        raise ModelUnreadable(f"{path.name} is not a JSON object", where=str(path), next_step="copy it again")
    return value
