"""What a base image weighs and holds: from its registry when one answers, else from a dated table.

The table (``base_images.toml``) holds published figures only. A tag that is not in it takes the row of the same family
and says so; a family that is not in it is unknown.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..records import Part

_REGISTRY_SECONDS = 4.0
_LIBRARY = re.compile(
    r"^((index\.)?docker\.io/|public\.ecr\.aws/docker/|mirror\.gcr\.io/|mcr\.microsoft\.com/)?(library/)?"
)
_VARIANTS = ("slim", "alpine", "devel", "runtime", "base")


@dataclass(frozen=True, kw_only=True)
class BaseImage:
    """A base image as the table knows it."""

    reference: str
    """As the Dockerfile names it."""
    pulled_bytes: int | None
    unpacked_bytes: int
    source: str
    """Where the figures come from, of what date, and in what they may differ."""
    suite: str
    """Of Debian or Ubuntu; ``alpine``; empty elsewhere."""
    installed: frozenset[str] = frozenset()
    """Debian packages that are in it, complete in themselves."""
    asked: tuple[str, ...] = ()
    """Debian packages that were installed on top, with everything that they depend on."""

    @property
    def has_compilers(self) -> bool:
        """A full image: a compiler and headers are in it."""
        return "gcc" in {*self.asked, *self.installed}

    @property
    def is_slim(self) -> bool:
        """It leaves manuals and translations out of what is installed, later too."""
        return _parsed(self.reference).variant == "slim"

    @property
    def is_debian(self) -> bool:
        """Its packages can be looked up in Debian's catalogue."""
        return bool(self.installed)


@dataclass(frozen=True, kw_only=True)
class _Tag:
    """What decides which row of the table fits; two tags that are equal here weigh the same."""

    family: str
    variant: str
    suite: str
    version: str
    """``3.11`` of a Python image; empty where the suite says it all; the whole tag elsewhere."""


def base_image(reference: str) -> BaseImage | None:
    """The row of the table for an image; None for a family that is not in it."""
    tag = _parsed(reference)
    rows = [row for row in _table()["image"] if row["repository"] == tag.family and row["variant"] == tag.variant]
    row = next((row for row in rows if row["suite"] == tag.suite), None) or next(iter(rows), None)
    if row is None:
        return None
    lists = _table()["packages"]
    asked = [name for names in row.get("asked", []) for name in lists[names].split()]
    return BaseImage(
        reference=reference,
        pulled_bytes=row.get("pulled_bytes"),
        unpacked_bytes=row["unpacked_bytes"],
        source=_source(row, reference, tag),
        suite=row["suite"],
        installed=frozenset(lists[row["installed"]].split()) if "installed" in row else frozenset(),
        asked=tuple(asked),
    )


def base_part(reference: str) -> Part | None:
    """What the base image adds; None when neither a registry nor the table knows it."""
    row = base_image(reference)
    pulled = _pulled_bytes(reference)
    if row is not None:
        unpacked, source = row.unpacked_bytes, row.source
    elif pulled is not None:
        ratio, of = _unpacked_per_pulled()
        unpacked, source = round(pulled * ratio), f"unpacked size by the ratio {ratio:.2f} of {of} images in the table"
    else:
        return None
    return Part(
        name=reference,
        group="base",
        pulled_bytes=pulled or (row.pulled_bytes if row else None),
        unpacked_bytes=unpacked,
        known="table",
        source=f"{source}; pulled size from its registry" if pulled else source,
    )


def provided(reference: str) -> tuple[tuple[str, str], ...]:
    """Python distributions that an image of a framework holds, with their version where the tag tells it."""
    repository, label = _named(reference)
    version = re.match(r"\d+(\.\d+)+", label)
    names = _table()["provides"].get(repository, [])
    return tuple((name, version[0] if version and name == names[0] else "") for name in names)


def package_lists_part() -> Part:
    """What ``apt-get update`` leaves in ``/var/lib/apt/lists``."""
    row = _table()["package_lists"]
    return Part(
        name="package lists of apt",
        group="cache",
        pulled_bytes=row["pulled_bytes"],
        unpacked_bytes=row["unpacked_bytes"],
        known="table",
        source=row["source"],
    )


@cache
def _pulled_bytes(reference: str) -> int | None:
    from .registry import pulled_bytes

    return pulled_bytes(reference, seconds=_REGISTRY_SECONDS)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("base_images.toml").read_text("utf-8"))


def _unpacked_per_pulled() -> tuple[float, int]:
    rows = [row for row in _table()["image"] if "pulled_bytes" in row]
    return sum(row["unpacked_bytes"] for row in rows) / sum(row["pulled_bytes"] for row in rows), len(rows)


def _parsed(reference: str) -> _Tag:
    """Family, variant, suite and version from a name like ``python:3.11.4-slim-bookworm``."""
    repository, label = _named(reference)
    family = _table()["stands_on"].get(repository, repository)
    words = label.lower().split("-")
    variant = next((variant for variant in _VARIANTS if any(word.startswith(variant) for word in words)), "full")
    python = re.search(r"3\.\d+", label)
    version = {"python": python[0] if python else "", "debian": "", "ubuntu": ""}.get(family, label)
    return _Tag(family=family, variant=variant, suite=_suite(family, variant, words, version), version=version)


def _named(reference: str) -> tuple[str, str]:
    """Repository without the registries that mirror Docker's library, and tag."""
    name = reference.partition("@")[0]
    path, colon, label = name.rpartition(":")
    if not colon or "/" in label:
        path, label = name, "latest"
    return _LIBRARY.sub("", path), label


def _suite(family: str, variant: str, words: list[str], version: str) -> str:
    """The name of the distribution's release; empty in families without a table of them."""
    suites = _table()["suites"].get(family)
    if suites is None or variant == "alpine":
        return variant if variant == "alpine" else ""
    named = [word for word in words if word.isalpha() and word not in (*_VARIANTS, "latest", "stable")]
    if named:
        return named[0]
    first = words[0] if words[0] in suites else words[0].partition(".")[0]
    return str(suites.get(version or first, suites["default"]))


def _source(row: dict[str, Any], reference: str, tag: _Tag) -> str:
    sentences = [str(row["source"])]
    if _parsed(str(row["measured"])) != tag:
        sentences.append(f"figures of {row['measured']}, the nearest that the table has")
    if _named(reference)[0] in _table()["stands_on"]:
        sentences.append("what it adds to the Python image under it is not known")
    if "remark" in row:
        sentences.append(str(row["remark"]))
    return "; ".join(sentences)
