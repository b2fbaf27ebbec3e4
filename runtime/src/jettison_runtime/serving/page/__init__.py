"""The page at ``/``: one HTML file to try the model by hand. Nothing is fetched from elsewhere, and only what stands in
it may run: its Content-Security-Policy names the digests of its script and its style.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Page:
    """The page of one model."""

    body: bytes
    policy: str
    """Its Content-Security-Policy."""


def page(facts: Mapping[str, Any]) -> Page:
    """The page of a model.

    :param facts: name, task, form and summary to show; for the script the path to ask, and either the fields, an
        example and the kind of answer, or tensors.
    """
    style, script = (_read(name) for name in ("page.css", "page.js"))
    filled = _read("page.html")
    # Within a script element, only "</" and "<!" would mean something.
    data = json.dumps(facts, ensure_ascii=True).replace("<", "\\u003c")
    told = {name: html.escape(str(facts[name])) for name in ("name", "task", "form", "summary")}
    parts = {**told, "title": f"{told['name']}: {told['task']}", "facts": data, "style": style, "script": script}
    pieces = filled.split("{{")
    # Each part is put in once, so that nothing in a part is taken for a place.
    body = pieces[0] + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces[1:]))
    policy = {
        "default-src": "'none'",
        "script-src": _digest(script),
        "style-src": _digest(style),
        "connect-src": "'self'",
        "img-src": "blob: data:",
        "media-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return Page(body=body.encode(), policy="; ".join(f"{name} {value}" for name, value in policy.items()))


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
