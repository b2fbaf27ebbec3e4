"""Changing a written report, as a careless and as a careful forger would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jettison.records import Report, from_json
from jettison.report import verified
from jettison.report.formats.html import render
from jettison.report.identity import digest

Tree = dict[str, Any]


def broken(folder: Path) -> list[str]:
    """The claims that do not hold."""
    return [one.claim for one in verified(folder) if not one.holds]


def forge(folder: Path, change: Callable[[Tree], None], *, careful: bool = True) -> None:
    """Change report.json; a careful forger sets the digest right and renders the page again."""
    path = folder / "report.json"
    tree = json.loads(path.read_bytes())
    change(tree)
    if careful:
        report = from_json(json.dumps(tree["report"]).encode(), Report)
        tree["digest"] = digest(report)
        (folder / "report.html").write_bytes(render(report))
    path.write_text(json.dumps(tree))


def proof(tree: Tree, side: int) -> Tree:
    found: Tree = tree["report"]["proof"][side]
    return found


def stated(tree: Tree, key: str) -> Tree:
    (found,) = (one for one in tree["headlines"] if f"{one['subject']}: {one['name']}" == key)
    headline: Tree = found
    return headline


def put(tree: Any, field: str | int, value: object) -> None:
    tree[field] = value


def add(tree: Tree, field: str, more: float) -> None:
    tree[field] += more
