"""Which Python the service runs on, from whatever says so first."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from .build import Build
from .documents import table, text_at, toml_at, yaml_at

_MINORS = range(6, 20)

# Which Python a distribution's own python3 is; from the distributions' package lists, as of 2025-10.
_DISTRIBUTIONS = {
    "ubuntu:18.04": "3.6", "ubuntu:bionic": "3.6", "ubuntu18.04": "3.6",
    "ubuntu:20.04": "3.8", "ubuntu:focal": "3.8", "ubuntu20.04": "3.8",
    "ubuntu:22.04": "3.10", "ubuntu:jammy": "3.10", "ubuntu22.04": "3.10",
    "ubuntu:24.04": "3.12", "ubuntu:noble": "3.12", "ubuntu24.04": "3.12", "ubuntu:latest": "3.12",
    "debian:10": "3.7", "debian:buster": "3.7",
    "debian:11": "3.9", "debian:bullseye": "3.9",
    "debian:12": "3.11", "debian:bookworm": "3.11",
    "debian:13": "3.13", "debian:trixie": "3.13",
}  # fmt: skip


def python_version(build: Build, settled: str | None, notes: list[str]) -> str:
    """``3.11``: major and minor version.

    :param settled: what the settings say.
    """
    if settled:
        return _minor(settled) or settled
    if build.base_image and (found := _of_image(build.base_image)):
        return found
    of_distribution = (f"the base image {build.base_image}", _of_distribution(build.base_image or ""))
    for place, found in (
        ("a line of the Dockerfile that installs it", _of_install_lines(build)),
        *([of_distribution] if _takes_the_distributions(build) else []),
        *_of_project(build.folder, notes),
        of_distribution,
    ):
        if found:
            notes.append(f"Python {found}: from {place}")
            return found
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    notes.append(f"Python {own} is this machine's own: nothing in the folder names one ([service] python does)")
    return own


def _of_image(image: str) -> str | None:
    """Of ``python:3.11-slim``, ``tiangolo/uvicorn-gunicorn:python3.9``, ``…/python:4-python3.10``."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    if match := re.search(r"python[-_:]?(\d\.\d+)", tag):
        return match[1]
    if re.search(r"(^|/)python(-\d+)?$", name) and "functions" not in name and (match := re.match(r"(\d\.\d+)", tag)):
        return match[1]
    if match := re.search(r"(?:^|[-_.])py(?:thon)?(\d)\.?(\d{1,2})(?:$|[-_.])", tag):
        return f"{match[1]}.{match[2]}"
    return None


def _of_distribution(image: str) -> str | None:
    return next((version for mark, version in _DISTRIBUTIONS.items() if mark in image), None)


def _takes_the_distributions(build: Build) -> bool:
    """Whether the image gets its distribution's own Python from apt."""
    pattern = re.compile(r"\bapt(-get)?\b[^;|]*\binstall\b[^;|]*\bpython3(-(dev|pip|venv|full|minimal))?\b(?!\.)")
    return any(step.instruction.word == "RUN" and pattern.search(step.instruction.body) for step in build.steps())


def _of_install_lines(build: Build) -> str | None:
    """Of ``uv venv --python 3.12``, ``conda create … python=3.10``, ``apt-get install python3.9``."""
    pattern = re.compile(r"(?:--python[= ]|python install |\bpython=+|install[^&;|]*\bpython)(3\.\d+)")
    for step in build.steps():
        if step.instruction.word == "RUN" and (match := pattern.search(step.instruction.body)):
            return match[1]
    return None


def _of_project(root: Path, notes: list[str]) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name in (".python-version", "runtime.txt"):
        if (root / name).is_file():
            found.append((name, _minor(text_at(root / name, notes) or "")))
    if (root / "pyproject.toml").is_file():
        project = toml_at(root / "pyproject.toml", [])
        bounds = table(project, "project").get("requires-python")
        found.append(("requires-python in pyproject.toml", _newest_allowed(bounds)))
        poetry = table(project, "tool", "poetry", "dependencies").get("python")
        found.append(("pyproject.toml", _minor(poetry) if isinstance(poetry, str) else None))
    if (root / "Pipfile").is_file():
        requires = table(toml_at(root / "Pipfile", []), "requires")
        found.append(
            ("the Pipfile", _minor(str(requires.get("python_version") or requires.get("python_full_version"))))
        )
    for name in ("environment.yml", "environment.yaml"):
        if (root / name).is_file():
            listed = table({"all": yaml_at(root / name, [])}, "all").get("dependencies")
            pins = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
            found += [(name, _minor(pin)) for pin in pins if re.match(r"python\s*[=<>~ ]", pin)]
    return found


def _minor(text: str) -> str | None:
    match = re.search(r"(?<![\d.])(3\.\d{1,2})(?![\d])", text)
    return match[1] if match else None


def _newest_allowed(bounds: object) -> str | None:
    """What ``>=3.9,<3.12`` most likely means: the newest when there is an upper bound, else the lowest."""
    if not isinstance(bounds, str):
        return None
    try:
        allowed = [minor for minor in _MINORS if SpecifierSet(bounds).contains(Version(f"3.{minor}.99"))]
        exact = [minor for minor in _MINORS if SpecifierSet(bounds).contains(Version(f"3.{minor}.0"))]
    except (InvalidSpecifier, InvalidVersion):
        return None
    allowed = sorted({*allowed, *exact})
    if not allowed:
        return _minor(bounds)
    bounded_above = allowed[-1] != _MINORS[-1]
    return f"3.{allowed[-1] if bounded_above else allowed[0]}"
