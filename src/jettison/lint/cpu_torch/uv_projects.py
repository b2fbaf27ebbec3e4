"""torch in projects that uv installs: an index that is asked for torch alone, and a source for each of the family.

A source holds only for what the project itself requires: what others bring is named first.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ...records import Change, Edit
from ..found import changed
from ..project import Project
from ..toml_places import table_at
from .arrivals import Arrival
from .locks import Lock, lock_of
from .names import FAMILY, INDEX, INDEX_NAME, cpu_version, is_cpu_index, is_cuda_index, on_cpu
from .toml_files import Required, block, entries, item_before, newline_of, project_files, required, says

_ADVICE = "then run `uv lock`: until then, the lock file is one of the CUDA build (--refresh-locks does it)"


def arrivals(project: Project) -> Iterator[Arrival]:
    """What comes through the dependencies of a project, by its lock file where there is one, else by the table."""
    for path in uv_files(project):
        reading = Reading(project, path)
        names = reading.cuda()
        if names:
            yield _arrival(reading, names)


def uv_files(project: Project) -> tuple[str, ...]:
    """Project files that an image gets through ``uv sync`` or an export of its lock; without Dockerfile, all."""
    return tuple(path for path in project_files(project) if _is_uv(project, path))


def _is_uv(project: Project, path: str) -> bool:
    content = project.toml(path) or {}
    if not table_at(content, "project") or "poetry" in table_at(content, "tool"):
        return False
    if project.builds:
        return any(
            each.install.tool == "uv" and each.install.kind == "project"
            for build in project.builds
            for each in build.installs
        ) or any(
            run.argv[:2] == ("uv", "export") for build in project.builds for line in build.lines for run in line.runs
        )
    return "uv" in table_at(content, "tool") or lock_of(project, posixpath.dirname(path), "uv.lock") is not None


def _chosen(project: Project) -> set[str] | None:
    """The extras and groups that an image gets; None for all of them, or when there is no Dockerfile."""
    found = {""}
    for build in project.builds:
        for argv in (run.argv for line in build.lines for run in line.runs if run.argv[:1] == ("uv",)):
            if {"--all-extras", "--all-groups"} & set(argv):
                return None
            options = ("--extra", "--group", "--only-group")
            found.update(
                word.partition("=")[2] for word in argv if word.startswith(tuple(f"{each}=" for each in options))
            )
            found.update(after for word, after in pairwise(argv) if word in options)
    return found if project.builds else None


class Reading:
    """One project file as uv reads it."""

    def __init__(self, project: Project, path: str) -> None:
        self.project, self.path = project, path
        self.content = project.toml(path) or {}
        self.text = project.text(path) or ""
        chosen = _chosen(project)
        self.required = tuple(each for each in required(project, path) if chosen is None or each.group in chosen)
        self.lock: Lock | None = lock_of(project, posixpath.dirname(path), "uv.lock")
        root = project.toml(posixpath.join(posixpath.dirname(self.lock.path), "pyproject.toml")) if self.lock else None
        self.tables = [table_at(self.content, "tool", "uv"), table_at(root, "tool", "uv")]

    @property
    def direct(self) -> dict[str, Required]:
        """Of the family, what the project itself requires."""
        return {each.name: each for each in reversed(self.required) if each.name in FAMILY}

    @property
    def indexes(self) -> list[dict[str, Any]]:
        """``[[tool.uv.index]]``, the workspace's too."""
        return [each for table in self.tables for each in _listed(table.get("index")) if isinstance(each, dict)]

    @property
    def addresses(self) -> list[str]:
        """Indexes that are asked for every package."""
        found = [str(each.get("url", "")) for each in self.indexes if not each.get("explicit")]
        for table in self.tables:
            found += map(str, _listed(table.get("extra-index-url")))
            found += [str(table.get("index-url", ""))]
        return found

    def source(self, name: str) -> list[dict[str, Any]]:
        """Where a package shall come from, by its own source."""
        for table in self.tables:
            found = table_at(table, "sources").get(name)
            if found is not None:
                return [each for each in _listed(found) or [found] if isinstance(each, dict)]
        return []

    def url_of(self, source: dict[str, Any]) -> str:
        """The address of the index that a source names; empty when it names none."""
        return next((str(each.get("url", "")) for each in self.indexes if each.get("name") == source.get("index")), "")

    def arranged(self, name: str) -> bool:
        """The project says already that it wants the CPU build, or a build of its own."""
        sources = self.source(name) if name in self.direct else []
        if any("index" not in each for each in sources) or any(is_cpu_index(self.url_of(each)) for each in sources):
            return True
        cuda = any(is_cuda_index(self.url_of(each)) for each in sources)
        return not cuda and any(is_cpu_index(url) for url in self.addresses)

    def cuda(self) -> tuple[str, ...]:
        """Of the family, what comes as a CUDA build."""
        return tuple(name for name in FAMILY if name in self.brought and not self.arranged(name))

    def requirers(self, name: str) -> tuple[str, ...]:
        """Of what the project requires, that which brings one of the family."""
        return tuple(dict.fromkeys(each.name for each in self.required if each.name != name and name in self._by(each)))

    @property
    def brought(self) -> set[str]:
        """Of the family, what comes along in any way."""
        return set(self.direct) | {name for each in self.required for name in self._by(each)}

    def _by(self, each: Required) -> set[str]:
        if self.lock is None or not self.lock.named(each.name):
            return set(each.family)
        return set(FAMILY) & self.lock.brought(frozenset({each.name}))


def _arrival(reading: Reading, names: tuple[str, ...]) -> Arrival:
    direct = [reading.direct[name] for name in names if name in reading.direct]
    by = () if direct else tuple(dict.fromkeys(each for name in names for each in reading.requirers(name)))
    place = direct[0] if direct else next(each for each in reading.required if each.name in by)
    torch_is_cpu = "torch" not in names and (
        reading.arranged("torch") or any(each.on_cpu for each in (reading.lock.named("torch") if reading.lock else ()))
    )
    changes = _moved(reading, names) or arranged_for(reading, names)
    return Arrival(
        tool="uv",
        names=names,
        by=by,
        beside_cpu=torch_is_cpu,
        file=reading.path,
        start=place.start,
        end=place.end,
        changes=changes,
        advice=_ADVICE if changes else f"give {' and '.join(names)} a source with the index {INDEX}, and run `uv lock`",
    )


def _listed(value: object) -> list[Any]:
    """A file may hold anything where a list belongs."""
    return value if isinstance(value, list) else []


def _moved(reading: Reading, names: tuple[str, ...]) -> tuple[Change, ...]:
    """The index of GPU builds that their sources name becomes the CPU's."""
    sources = [each for name in names for each in reading.source(name)]
    urls = {reading.url_of(each) for each in sources}
    if not sources or any("extra" in each or "group" in each for each in sources) or not all(map(is_cuda_index, urls)):
        return ()
    text = reading.text
    edits = _pins(reading, names)
    if edits is None:
        return ()
    for url in urls:
        edits += [
            Edit(start=found.start(1), end=found.end(1), replacement=on_cpu(url))
            for found in re.finditer(rf"[\"']({re.escape(url)})[\"']", text)
        ]
    old = {str(each["index"]) for each in sources}
    if len(old) == 1 and INDEX_NAME not in {each.get("name") for each in reading.indexes}:
        name = old.pop()
        found_names = [match.span(1) for match in re.finditer(rf"[\"']({re.escape(name)})[\"']", text)]
        edits += [Edit(start=start, end=end, replacement=INDEX_NAME) for start, end in found_names]
    return (changed(reading.path, edits),) if edits and says(text, edits) else ()


def cpu_index_of(reading: Reading) -> dict[str, Any] | None:
    """The index of CPU builds that a project has already, with a name that sources can use."""
    return next((each for each in reading.indexes if is_cpu_index(str(each.get("url", ""))) and each.get("name")), None)


def arranged_for(reading: Reading, names: tuple[str, ...]) -> tuple[Change, ...]:
    """An explicit index, sources that name it, the requirements that these need; empty when it cannot be written."""
    text, newline = reading.text, newline_of(reading.text)
    edits = _pins(reading, names)
    if edits is None or any(reading.source(name) and name in reading.direct for name in names):
        return ()
    missing: dict[int, tuple[Required, list[str]]] = {}
    for name in names:
        if name not in reading.direct:
            brings = next((each for each in reading.required if each.name in reading.requirers(name)), None)
            if brings is None:
                return ()
            missing.setdefault(brings.start, (brings, []))[1].append(name)
    edits += [item_before(text, each, added) for each, added in missing.values()]
    index = cpu_index_of(reading)
    called = str(index["name"]) if index else INDEX_NAME
    tail = ""
    if index is None:
        lines = (f'name = "{INDEX_NAME}"', f'url = "{INDEX}"', "explicit = true")
        tail = f"[[tool.uv.index]]{newline}{newline.join(lines)}{newline}"
    unsaid = [name for name in names if not reading.source(name)]
    made = (
        entries(text, "tool.uv.sources", [f'{name} = {{ index = "{called}" }}' for name in unsaid]) if unsaid else None
    )
    if made is not None and made.start == len(text) and made.replacement.lstrip().startswith("["):
        tail += (newline if tail else "") + made.replacement.lstrip()
    elif made is not None:
        edits.append(made)
    if tail:
        edits.append(block(text, tail))
    wanted: list[tuple[tuple[str, ...], Any]] = [
        (("tool", "uv", "sources", name), {"index": called}) for name in unsaid
    ]
    if index is None:
        wanted.append((("tool", "uv", "index"), {"name": INDEX_NAME, "url": INDEX, "explicit": True}))
    return (changed(reading.path, edits),) if edits and says(text, edits, *wanted) else ()


def _pins(reading: Reading, names: tuple[str, ...]) -> list[Edit] | None:
    """``+cu121`` in what the project requires becomes ``+cpu``; None when that version is not there in this form."""
    edits: list[Edit] = []
    for name in names:
        each = reading.direct.get(name)
        found = re.search(r"==\s*([0-9][\w.]*\+(?:cu|rocm)[\w.]+)", each.text) if each else None
        if each is None or found is None:
            continue
        version = cpu_version(name, found[1])
        if not version:
            return None
        edits.append(
            Edit(start=each.start + 1 + found.start(1), end=each.start + 1 + found.end(1), replacement=version)
        )
    return edits
