"""Labelled data: requests whose right answers are known, in parts that share nothing."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SettingsInvalid
from ..records import Labelled, Request, Truth
from ..statistics import Metric, metric_named
from .apart import Part, check_apart, repeats, same_input
from .requests import BODIES, file_text, json_lines, request_of, wrong
from .settings import RequestTemplate, TruthSettings

_SELECTION_SHARE = 0.2
"""Of one `data` file, what goes into selection; the rest is for the verdict."""


_POSITIVE = ("1", "true", "yes", "positive", "pos", "same", "label_1")
"""Names that a positive label usually has."""


@dataclass(frozen=True, kw_only=True)
class _Item:
    """One line of the data."""

    request: Request
    target: str
    """Empty where none is asked for."""
    place: str


def truth(settled: TruthSettings, root: Path, notes: list[str]) -> Truth:
    """The labelled data that the settings name.

    :raises SettingsInvalid: a file or line that cannot be used, or the same input in two of the parts.
    """
    metric = metric_named(settled.metric)
    assert metric is not None  # the settings were checked
    if settled.data is not None:
        selection, verdict = _split(_labelled(settled, root / settled.data, "labelled", notes))
        counts = f"{len(selection)} lines for selection, {len(verdict)} for the verdict"
        notes.append(f"{settled.data} was split by the hash of each request: {counts}")
    else:
        selection = _labelled(settled, root / str(settled.selection), "selection", notes)
        verdict = _labelled(settled, root / str(settled.verdict), "verdict", notes)
    calibration = _items(settled, root / settled.calibration, labelled=False) if settled.calibration else ()
    for name, part in (("selection", selection), ("verdict", verdict)):
        if not part:
            raise SettingsInvalid(
                f"there is no labelled line for the {name}",
                where=f"[truth] {settled.data or name}",
                next_step="add some",
            )
    check_apart([_part("verdict", verdict), _part("selection", selection), _part("calibration", calibration)])
    return Truth(
        metric=metric.name,
        answer=settled.answer,
        positive=positive_label(metric, settled.positive, [each.target for each in (*selection, *verdict)]),
        code=_code(settled.metric, root),
        selection=tuple(Labelled(request=each.request, target=each.target) for each in selection),
        verdict=tuple(Labelled(request=each.request, target=each.target) for each in verdict),
        calibration=tuple(each.request for each in calibration),
    )


def positive_label(metric: Metric, said: str | None, targets: list[str]) -> str:
    """The label that counts as positive; empty for a metric that needs none.

    :raises SettingsInvalid: it was not said and does not show, or no item has it.
    """
    if not metric.positive:
        return ""
    labels = sorted(set(targets))
    usual = [each for each in labels if each.strip().lower() in _POSITIVE]
    found = said if said is not None else usual[0] if len(usual) == 1 and len(labels) == 2 else None
    if found in labels and len(labels) > 1:
        return str(found)
    shown = ", ".join(labels[:6]) + (", …" if len(labels) > 6 else "")
    raise SettingsInvalid(
        f"{metric.name} needs two labels at least, one of which is the positive one; "
        f"there are {shown or 'none'}, and the positive one is {found or 'not named'}",
        where="[truth] positive",
        next_step='name it: positive = "spam"; or take accuracy or f1_macro, which need none',
    )


def _code(metric: str, root: Path) -> str:
    """The source of a metric that is a function of the user's own; empty for the others.

    :raises SettingsInvalid: the file cannot be read, is no Python, or has no such function.
    """
    name, colon, function = metric.rpartition(":")
    if not colon:
        return ""
    text = file_text(root / name)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as cause:
        raise wrong(f"it is no Python: {cause}", name) from cause
    if not any(isinstance(each, ast.FunctionDef) and each.name == function for each in tree.body):
        raise wrong(f"it has no function {function}, which [truth] metric names", name)
    return text


def _labelled(settled: TruthSettings, path: Path, name: str, notes: list[str]) -> tuple[_Item, ...]:
    """The lines of a file, those that repeat an earlier one left out."""
    found = _items(settled, path, labelled=True)
    again, said = repeats(_part(name, found), [each.target for each in found])
    notes.extend(said)
    return tuple(each for number, each in enumerate(found) if number not in again)


def _items(settled: TruthSettings, path: Path, *, labelled: bool) -> tuple[_Item, ...]:
    found: list[_Item] = []
    for number, line in json_lines(file_text(path), path):
        place = f"{path.name}:{number}"
        if labelled and settled.target not in line:
            raise wrong(f"it has no field {settled.target!r}, which [truth] target names", place)
        target = line.get(settled.target, "")
        text = target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)
        request = request_of(_filled(settled.request, line, place), place, path.parent)
        found.append(_Item(request=request, target=text, place=place))
    return tuple(found)


def _part(name: str, items: tuple[_Item, ...]) -> Part:
    return Part(
        name=name,
        inputs=tuple(same_input(each.request) for each in items),
        places=tuple(each.place for each in items),
    )


def _filled(template: RequestTemplate, line: dict[str, Any], place: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "method": template.method,
        "path": _replaced(template.path, line, place),
        "headers": _replaced(template.headers, line, place),
    }
    for name in BODIES:
        if (stated := getattr(template, name)) is not None:
            made[name] = _replaced(stated, line, place)
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


def _split(found: tuple[_Item, ...]) -> tuple[tuple[_Item, ...], tuple[_Item, ...]]:
    """In two by the hash of the request, so that the same line always falls on the same side, whatever its order."""
    selection = tuple(each for each in found if _is_selection(each.request))
    return selection, tuple(each for each in found if not _is_selection(each.request))


def _is_selection(request: Request) -> bool:
    text = f"jettison selection\0{same_input(request)}"
    first = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return first < _SELECTION_SHARE * 2**64
