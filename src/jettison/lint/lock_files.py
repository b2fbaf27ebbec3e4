"""The versions that lock files decide: uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
_PACKAGE = re.compile(
    r'^\[\[packages?\]\]\r?\nname = "(?P<name>[^"\n]+)"(?:\r?\nversion = "(?P<version>[^"\n]*)")?', re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Locked:
    """One distribution in a lock, with the place where it is named."""

    file: str
    start: int
    end: int
    name: str
    """Canonical."""
    version: str
    """Empty when the lock names none."""


def locked_in(path: str, text: str) -> tuple[Locked, ...]:
    """What a lock file holds; nothing of a text that is no lock."""
    return tuple(_of_pipfile(path, text) if posixpath.basename(path) == "Pipfile.lock" else _of_toml(path, text))


def _of_toml(path: str, text: str) -> Iterator[Locked]:
    # The tools write these files themselves, always in this order; a whole parse takes a hundred times as long.
    for match in _PACKAGE.finditer(text):
        yield Locked(
            file=path,
            start=match.start(),
            end=match.end(),
            name=canonicalize_name(match["name"]),
            version=match["version"] or "",
        )


def _of_pipfile(path: str, text: str) -> Iterator[Locked]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        listed = found.get(section) if isinstance(found, dict) else None
        from_here = max(text.find(f'"{section}"'), 0)
        for name, entry in listed.items() if isinstance(listed, dict) else ():
            place = re.compile(rf'"{re.escape(name)}"\s*:').search(text, from_here)
            version = entry.get("version") if isinstance(entry, dict) else None
            yield Locked(
                file=path,
                start=place.start() if place else 0,
                end=place.end() if place else 0,
                name=canonicalize_name(name),
                version=version.removeprefix("==") if isinstance(version, str) else "",
            )
