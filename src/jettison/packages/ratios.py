"""Measured ratios for what cannot be read exactly, with date and source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure by ratio, and where the ratio comes from."""

    size_bytes: int
    pulled_bytes: int
    source: str


def bytecode(python_bytes: int) -> Estimate:
    """The .pyc files that compiling that many bytes of .py leaves."""
    row = _table()["bytecode"]
    size = round(python_bytes * row["pyc_bytes_per_py_byte"])
    return Estimate(size_bytes=size, pulled_bytes=round(size * row["deflated_bytes_per_pyc_byte"]), source=_source(row))


def unpacked(archive_bytes: int) -> Estimate:
    """What a wheel or source distribution of that size takes when unpacked."""
    row = _table()["wheel"]
    large = archive_bytes >= row["large_from_bytes"]
    ratio = row["unpacked_bytes_per_byte_of_large" if large else "unpacked_bytes_per_byte"]
    return Estimate(size_bytes=round(archive_bytes * ratio), pulled_bytes=archive_bytes, source=_source(row))


def debian(name: str, installed_bytes: int, *, slim: bool) -> int:
    """What a Debian package of that Installed-Size takes in an image.

    :param slim: of an image that leaves out manuals and translations
    """
    row = _debian_sizes()
    left_out = row["left_out"].get(name, 0) if slim else 0
    return round(max(0, installed_bytes - left_out) * float(row["bytes_per_installed_byte"]))


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("ratios.toml").read_text("utf-8"))


@cache
def _debian_sizes() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("debian_sizes.toml").read_text("utf-8"))


def _source(row: dict[str, Any]) -> str:
    return f"by ratio, measured {row['date']} on {row['source']}"
