"""Installed distributions, read from their ``.dist-info`` folders."""

from __future__ import annotations

import csv
import email.parser
import io
import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_ENTRY = re.compile(r"^\s*(?P<name>[^=\s]+)\s*=\s*(?P<target>[\w.]+)", re.MULTILINE)
_GROUP = re.compile(r"^\[(?P<name>[^]]+)\]\s*$", re.MULTILINE)
_NATIVE = re.compile(r".*\.so(\.[0-9.]+)?")


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One installed distribution."""

    name: str
    """Canonical: lower case, single dashes."""
    files: tuple[str, ...]
    """Everything in its RECORD, relative to the site folder."""
    requires: tuple[str, ...]
    """Canonical names of what it asks for on Linux, without its extras."""
    mentions: frozenset[str]
    """Those of everything that it asks for under any condition."""
    scripts: tuple[tuple[str, str], ...]
    """Name and module of every command."""
    plugs_into: tuple[str, ...]
    """Groups of entry points other than commands: ``flask.commands``."""

    @property
    def modules(self) -> frozenset[str]:
        """Names that it can be imported by: its top-level modules, and packages that hold code."""
        found = set()
        for file in self.files:
            first, slash, _ = file.partition("/")
            is_code = file.endswith(".py") or is_native(file)
            if is_code and not first.endswith((".dist-info", ".libs", ".data")) and first != "bin":
                found.add(first if slash else first.partition(".")[0])
        return frozenset(found)

    @property
    def has_native_code(self) -> bool:
        """It brings extension modules, whose imports no source shows."""
        return any(map(is_native, self.files))


def is_native(file: str) -> bool:
    """A shared library or extension module."""
    return bool(_NATIVE.fullmatch(file))


def distributions(site: Path) -> tuple[Distribution, ...]:
    """Every distribution of a site folder, by name."""
    found = (_distribution(site, info) for info in site.glob("*.dist-info"))
    return tuple(sorted(found, key=lambda distribution: distribution.name))


def _distribution(site: Path, info: Path) -> Distribution:
    metadata = email.parser.HeaderParser().parsestr(_text(info / "METADATA"))
    wishes = [wish for line in metadata.get_all("Requires-Dist", []) if (wish := _wish(line))]
    groups = _entry_points(_text(info / "entry_points.txt"))
    rows = csv.reader(io.StringIO(_text(info / "RECORD")))
    return Distribution(
        name=canonicalize_name(metadata.get("Name") or info.name.partition("-")[0]),
        files=tuple(sorted(row[0] for row in rows if row and not row[0].startswith(("/", "..")))),
        requires=tuple(sorted({canonicalize_name(wish.name) for wish in wishes if _holds(wish.marker)})),
        mentions=frozenset(canonicalize_name(wish.name) for wish in wishes),
        scripts=tuple(groups.get("console_scripts", ())),
        plugs_into=tuple(sorted(group for group in groups if group not in ("console_scripts", "gui_scripts"))),
    )


def _wish(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


def _holds(marker: Marker | None) -> bool:
    """On Linux without extras. The versions of Python and of the machine are this one's, which may ask for more."""
    here = {"extra": "", "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return marker is None or marker.evaluate(here)


def _entry_points(text: str) -> dict[str, list[tuple[str, str]]]:
    parts = _GROUP.split(text)
    return {
        group: [(match["name"], match["target"]) for match in _ENTRY.finditer(body)]
        for group, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
