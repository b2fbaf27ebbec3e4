"""Labelled data: requests whose right answers are known, in two parts that share nothing."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from ..errors import SettingsInvalid
from ..records import Labelled, Truth
from .requests import file_text, json_lines, request_of, wrong
from .settings import RequestTemplate, TruthSettings

_SELECTION_SHARE = 0.2
"""Of one `data` file, what goes into selection; the rest is for the verdict."""


def truth(settled: TruthSettings, root: Path, notes: list[str]) -> Truth:
    """The labelled data that the settings name.

    :raises SettingsInvalid: a file or line that cannot be used, or the same request in both parts.
    """
    if settled.data is not None:
        selection, verdict = _split(_labelled(settled, root / settled.data))
        counts = f"{len(selection)} lines for selection, {len(verdict)} for the verdict"
        notes.append(f"{settled.data} was split by the hash of each request: {counts}")
    else:
        selection = _labelled(settled, root / str(settled.selection))
        verdict = _labelled(settled, root / str(settled.verdict))
    for name, part in (("selection", selection), ("verdict", verdict)):
        if not part:
            raise SettingsInvalid(
                f"there is no labelled line for the {name}",
                where=f"[truth] {settled.data or name}",
                next_step="add some",
            )
    shared = {each.request for each in selection} & {each.request for each in verdict}
    if shared:
        raise SettingsInvalid(
            f"{len(shared)} requests stand both in the selection data and in the verdict data",
            where=f"[truth] selection and verdict, for instance {next(iter(shared)).body[:80]}",
            next_step="take them out of one: what a choice was tuned on cannot judge it",
        )
    return Truth(metric=settled.metric, answer=settled.answer, selection=selection, verdict=verdict)


def _labelled(settled: TruthSettings, path: Path) -> tuple[Labelled, ...]:
    found: list[Labelled] = []
    for number, line in json_lines(file_text(path), path):
        place = f"{path.name}:{number}"
        if settled.target not in line:
            raise wrong(f"it has no field {settled.target!r}, which [truth] target names", place)
        target = line[settled.target]
        text = target if isinstance(target, str) else str(target)
        found.append(Labelled(request=request_of(_filled(settled.request, line, place), place), target=text))
    return tuple(found)


def _filled(template: RequestTemplate, line: dict[str, Any], place: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "method": template.method,
        "path": _replaced(template.path, line, place),
        "headers": _replaced(template.headers, line, place),
    }
    if template.json is not None:
        made["json"] = _replaced(template.json, line, place)
    if template.body is not None:
        made["body"] = _replaced(template.body, line, place)
    return made


def _replaced(value: Any, line: dict[str, Any], place: str) -> Any:
    """The value with ``{field}`` replaced inside its texts; a text that is nothing but ``{field}`` takes the field's
    own type."""
    if isinstance(value, dict):
        return {key: _replaced(each, line, place) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, line, place) for each in value]
    if not isinstance(value, str):
        return value
    fields = re.findall(r"\{(\w+)\}", value)
    missing = [name for name in fields if name not in line]
    if missing:
        raise wrong(f"it has no field {missing[0]!r}, which [truth] request names", place)
    if len(fields) == 1 and value == "{" + fields[0] + "}":
        return line[fields[0]]
    return re.sub(r"\{(\w+)\}", lambda match: str(line[match[1]]), value)


def _split(found: tuple[Labelled, ...]) -> tuple[tuple[Labelled, ...], tuple[Labelled, ...]]:
    """In two by the hash of the request, so that the same line always falls on the same side, whatever its order."""
    selection = tuple(each for each in found if _is_selection(each))
    return selection, tuple(each for each in found if not _is_selection(each))


def _is_selection(labelled: Labelled) -> bool:
    request = labelled.request
    text = f"jettison selection\0{request.method}\0{request.path}\0{request.body}"
    first = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return first < _SELECTION_SHARE * 2**64
