"""Lock files: the versions that an install takes, as constraints."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.version import InvalidVersion, Version

from ..documents import table, tables, text_at, texts, toml_at
from .requirements import Find, Wanted

_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}


def lock_constraints(find: Find, folder: str, name: str, python: str, notes: list[str]) -> list[str]:
    """``name==version`` for every package of a lock file in the image that comes from an index.

    :param name: ``uv.lock``, ``poetry.lock``, ``pdm.lock`` or ``Pipfile.lock``.
    :param python: ``3.11``, for packages that are locked once for each Python.
    """
    path = find(posixpath.join(folder, name))
    if path is None:
        return []
    if name == "Pipfile.lock":
        return _of_pipfile_lock(text_at(path, notes) or "", notes)
    packages = tables(toml_at(path, notes, name).get("package"))
    counts: dict[str, list[str]] = {}
    for each in packages:
        if _from_index(each) and _holds(each, python):
            counts.setdefault(str(each.get("name")), []).append(str(each.get("version")))
    # A package that is locked in several versions for reasons unknown here is not narrowed.
    return [
        f"{package}=={versions[0]}"
        for package, versions in counts.items()
        if len({*versions}) == 1 and _is_version(versions[0])
    ]


def uv_lock_wanted(
    path: Path, package: str, chosen: tuple[tuple[str, ...], tuple[str, ...]], notes: list[str]
) -> Wanted | None:
    """What a project of a uv workspace asks for, by its lock file alone; None when the lock does not know it.

    :param package: its name; empty for the project in the lock's own folder.
    :param chosen: extras, and dependency groups.
    """
    extras, groups = chosen
    for each in tables(toml_at(path, notes, "uv.lock").get("package")):
        source = table(each, "source")
        place = source.get("editable") or source.get("virtual") or source.get("directory")
        if place is None or (each.get("name") != package if package else place != "."):
            continue
        found = Wanted()
        metadata = table(each, "metadata")
        for entry in tables(metadata.get("requires-dist")):
            extra = re.search(r"extra == '([^']+)'", str(entry.get("marker", "")))
            if extra is None or extra[1] in extras:
                _add_entry(found, entry)
        for group in groups:
            for entry in tables(table(metadata, "requires-dev").get(group)):
                _add_entry(found, entry)
        return found
    return None


def _add_entry(found: Wanted, entry: dict[str, Any]) -> None:
    name = str(entry.get("name"))
    place = entry.get("git") or entry.get("url") or entry.get("directory") or entry.get("editable")
    if place is not None:
        found.direct.append(f"{name} @ {'git+' if 'git' in entry else ''}{place}")
        return
    extras = f"[{','.join(texts(entry.get('extras')))}]" if texts(entry.get("extras")) else ""
    marker = re.sub(r"( and )?extra == '[^']+'( and )?", "", str(entry.get("marker", ""))).strip()
    index = f"--extra-index-url {entry['index']}" if isinstance(entry.get("index"), str) else ""
    if index and index not in found.index_options:
        found.index_options.append(index)
    found.requirements.append(f"{name}{extras}{entry.get('specifier', '')}{f'; {marker}' if marker else ''}")


def _from_index(package: dict[str, Any]) -> bool:
    source = table(package, "source")
    return not source or "registry" in source or source.get("type") == "legacy"


def _holds(package: dict[str, Any], python: str) -> bool:
    """Whether a package of the lock is meant for Linux and this Python."""
    marks = texts(package.get("resolution-markers")) or texts(package.get("markers"))
    known = {**_LINUX, "python_version": python, "python_full_version": f"{python}.0"}
    for mark in marks:
        try:
            if Marker(mark).evaluate(known):
                return True
        except (InvalidMarker, KeyError, ValueError):
            return True
    return not marks


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _of_pipfile_lock(text: str, notes: list[str]) -> list[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        notes.append("Pipfile.lock does not parse and was left out")
        return []
    versions = ((name, table(entry).get("version")) for name, entry in table(found, "default").items())
    return [f"{name}{version}" for name, version in versions if isinstance(version, str) and version.startswith("==")]
