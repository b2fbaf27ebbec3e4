"""torch in projects that Poetry installs: a source that is asked for torch alone, and dependencies that name it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ...records import Change, Edit
from ..found import changed
from ..project import Project
from ..toml_places import table_at
from .arrivals import Arrival
from .locks import Lock, lock_of
from .names import FAMILY, INDEX, INDEX_NAME, cpu_version, family_of, is_cpu_index, is_cuda_index, on_cpu
from .toml_files import block, entries, item_before, newline_of, project_files, required, says, table_span

_ADVICE = "then run `poetry lock`: until then, the lock file is one of the CUDA build (--refresh-locks does it)"
_DEPENDENCIES = "tool.poetry.dependencies"
_OLD_POETRY = re.compile(r"\bpoetry==(1\.[0-4]\b|0\.)|POETRY_VERSION[= ][\"']?(1\.[0-4]\b|0\.)")


def arrivals(project: Project) -> Iterator[Arrival]:
    """What comes through the dependencies of a project, by its lock file where there is one, else by the table."""
    for path in poetry_files(project):
        reading = Reading(project, path)
        names = reading.cuda()
        if names:
            yield from _arrival(reading, names)


def poetry_files(project: Project) -> tuple[str, ...]:
    """Project files that an image gets through ``poetry install`` or an export of its lock; else all of Poetry's."""
    return tuple(path for path in project_files(project) if _is_poetry(project, path))


def _is_poetry(project: Project, path: str) -> bool:
    content = project.toml(path) or {}
    built = str(table_at(content, "build-system").get("build-backend", "")).startswith("poetry")
    if "poetry" not in table_at(content, "tool") and not built:
        return False
    if not project.builds:
        return True
    return any(each.install.tool == "poetry" for build in project.builds for each in build.installs) or any(
        run.argv[:2] == ("poetry", "export") for build in project.builds for line in build.lines for run in line.runs
    )


class Reading:
    """One project file as Poetry reads it."""

    def __init__(self, project: Project, path: str) -> None:
        self.project, self.path = project, path
        self.content = project.toml(path) or {}
        self.text = project.text(path) or ""
        self.standard = required(project, path)
        self.lock: Lock | None = lock_of(project, posixpath.dirname(path), "poetry.lock")
        self.poetry = table_at(self.content, "tool", "poetry")

    @property
    def own(self) -> Mapping[str, Any]:
        """``[tool.poetry.dependencies]`` by canonical name."""
        return {
            canonicalize_name(name): value
            for name, value in table_at(self.poetry, "dependencies").items()
            if name != "python"
        }

    @property
    def direct(self) -> tuple[str, ...]:
        """Of the family, what the project itself requires."""
        standard = {each.name for each in self.standard}
        return tuple(name for name in FAMILY if name in self.own or name in standard)

    @property
    def sources(self) -> list[dict[str, Any]]:
        """``[[tool.poetry.source]]``."""
        found = self.poetry.get("source")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def arranged(self, name: str) -> bool:
        """The project says already that it wants the CPU build, or a build of its own."""
        value = self.own.get(name)
        entries_ = value if isinstance(value, list) else [value]
        tables = [each for each in entries_ if isinstance(each, dict)]
        if any("url" in each or "path" in each or "git" in each for each in tables):
            return not any(is_cuda_index(str(each.get("url", ""))) for each in tables)
        if any(is_cpu_index(self.url_of(str(each.get("source", "")))) for each in tables):
            return True
        named = any("source" in each for each in tables)
        return not named and any(
            is_cpu_index(str(each.get("url", ""))) and each.get("priority", "primary") in ("primary", "default")
            for each in self.sources
        )

    def url_of(self, source: str) -> str:
        """The address of a source; empty when there is none of that name."""
        return next((str(each.get("url", "")) for each in self.sources if each.get("name") == source), "")

    def requirers(self, name: str) -> tuple[str, ...]:
        """Of what the project requires, that which brings one of the family."""
        return tuple(each for each in self._all() if each != name and name in self._by(each))

    def cuda(self) -> tuple[str, ...]:
        """Of the family, what comes as a CUDA build."""
        return tuple(name for name in self.brought if not (name in self.direct and self.arranged(name)))

    @property
    def brought(self) -> tuple[str, ...]:
        """Of the family, what comes along in any way."""
        found = set(self.direct) | {name for each in self._all() for name in self._by(each)}
        return tuple(name for name in FAMILY if name in found)

    def _all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.own, *(each.name for each in self.standard))))

    def _by(self, name: str) -> set[str]:
        if self.lock is not None and self.lock.named(name):
            return set(FAMILY) & self.lock.brought(frozenset({name}))
        value = self.own.get(name)
        extras = value.get("extras", []) if isinstance(value, dict) else []
        try:
            requirement = Requirement(f"{name}[{','.join(map(str, extras))}]" if extras else name)
        except InvalidRequirement:
            return set()
        standard = next((each for each in self.standard if each.name == name), None)
        return set(family_of(requirement)) | (set(standard.family) if standard else set())


def _arrival(reading: Reading, names: tuple[str, ...]) -> Iterator[Arrival]:
    direct = [name for name in names if name in reading.direct]
    by = () if direct else tuple(dict.fromkeys(each for name in names for each in reading.requirers(name)))
    span = _span(reading, (direct or list(by))[0])
    if span is None:
        return
    old = any(_OLD_POETRY.search(build.dockerfile.text) for build in reading.project.builds)
    changes = () if old else _moved(reading, names) or arranged_for(reading, names)
    torch_is_cpu = "torch" not in names and "torch" in reading.direct and reading.arranged("torch")
    source = f'a source {INDEX} with priority = "explicit"'
    advice = f"add {source}, name it in {' and '.join(names)}, then run `poetry lock`"
    yield Arrival(
        tool="poetry",
        names=names,
        by=by,
        beside_cpu=torch_is_cpu,
        file=reading.path,
        start=span[0],
        end=span[1],
        changes=changes,
        advice=_ADVICE if changes else advice + (" (Poetry 1.5 or newer)" if old else ""),
    )


def _span(reading: Reading, name: str) -> tuple[int, int] | None:
    """Where a dependency stands: its line in Poetry's table, or its string in the standard list."""
    line = _line(reading.text, name)
    if line is not None:
        return line.span()
    each = next((each for each in reading.standard if each.name == name), None)
    return (each.start, each.end) if each else None


def _line(text: str, name: str) -> re.Match[str] | None:
    """``name = value`` in Poetry's table of dependencies."""
    table = table_span(text, _DEPENDENCIES)
    if table is None:
        return None
    spelled = re.escape(name).replace(r"\-", "[-_.]").replace("-", "[-_.]") if "-" in name else re.escape(name)
    pattern = rf"^(?P<key>[\"']?{spelled}[\"']?)[^\S\n]*=[^\S\n]*(?P<value>\"[^\"\n]*\"|'[^'\n]*'|\{{[^\n]*\}})"
    return re.compile(pattern, re.M | re.I).search(text, *table)


def _moved(reading: Reading, names: tuple[str, ...]) -> tuple[Change, ...]:
    """The source of GPU builds that they name becomes the CPU's."""
    tables = {name: value for name in names if isinstance(value := reading.own.get(name), dict) and "source" in value}
    named = {str(value["source"]) for value in tables.values()}
    urls = {reading.url_of(name) for name in named}
    if not urls or not all(map(is_cuda_index, urls)):
        return ()
    names = tuple(tables)
    edits = _pins(reading, names)
    if edits is None:
        return ()
    text = reading.text
    for url in urls:
        found = re.finditer(rf"[\"']({re.escape(url)})[\"']", text)
        edits += [Edit(start=each.start(1), end=each.end(1), replacement=on_cpu(url)) for each in found]
    if len(named) == 1 and INDEX_NAME not in {each.get("name") for each in reading.sources}:
        found = re.finditer(rf"[\"']({re.escape(named.pop())})[\"']", text)
        edits += [Edit(start=each.start(1), end=each.end(1), replacement=INDEX_NAME) for each in found]
    return (changed(reading.path, edits),) if says(text, edits) else ()


def arranged_for(reading: Reading, names: tuple[str, ...]) -> tuple[Change, ...]:
    """An explicit source, and the dependencies with it; empty when that cannot be written."""
    text, newline = reading.text, newline_of(reading.text)
    edits = _pins(reading, names)
    if edits is None:
        return ()
    source = next((each for each in reading.sources if is_cpu_index(str(each.get("url", "")))), None)
    called = str(source["name"]) if source and source.get("name") else INDEX_NAME
    new: list[str] = []
    wanted: list[tuple[tuple[str, ...], Any]] = []
    for name in names:
        line = _line(text, name)
        if line is not None:
            made = _with_source(line, called)
            if made is None:
                return ()
            edits.append(made)
        elif name in reading.own:
            return ()  # in a form of its own: a list, or a table with a header
        elif name in reading.direct or _in_standard(reading, name, edits):
            new.append(f'{name} = {{ source = "{called}" }}')
        else:
            new.append(f'{name} = {{ version = "*", source = "{called}" }}')
    tail = ""
    if new:
        made = entries(text, _DEPENDENCIES, new)
        if made.start == len(text) and made.replacement.lstrip().startswith("["):
            tail = made.replacement.lstrip()
        else:
            edits.append(made)
    if source is None:
        lines = (f'name = "{INDEX_NAME}"', f'url = "{INDEX}"', 'priority = "explicit"')
        tail += (newline if tail else "") + f"[[tool.poetry.source]]{newline}{newline.join(lines)}{newline}"
        wanted.append((("tool", "poetry", "source"), {"name": INDEX_NAME, "url": INDEX, "priority": "explicit"}))
    if tail:
        edits.append(block(text, tail))
    return (changed(reading.path, edits),) if edits and says(text, edits, *wanted) else ()


def _in_standard(reading: Reading, name: str, edits: list[Edit]) -> bool:
    """Name what only others require in the standard list, where the project has one."""
    brings = next(
        (each for each in reading.standard if name in reading.requirers(name) or each.name in reading.requirers(name)),
        None,
    )
    if brings is None:
        return False
    there = next((edit for edit in edits if edit.start == edit.end == brings.start), None)
    made = item_before(reading.text, brings, [name])
    if there is not None:
        edits.remove(there)
        made = Edit(start=made.start, end=made.end, replacement=there.replacement + made.replacement)
    edits.append(made)
    return True


def _with_source(line: re.Match[str], called: str) -> Edit | None:
    """A dependency with its source; None when it has one of its own."""
    value = line["value"]
    if value.startswith("{"):
        if re.search(r"\b(source|url|path|git)\s*=", value):
            return None
        inside = value[1:-1].strip().rstrip(",")
        made = f'{{ {inside}, source = "{called}" }}' if inside else f'{{ version = "*", source = "{called}" }}'
    else:
        made = f'{{ version = {value}, source = "{called}" }}'
    return Edit(start=line.start("value"), end=line.end("value"), replacement=made)


def _pins(reading: Reading, names: tuple[str, ...]) -> list[Edit] | None:
    """``+cu121`` becomes ``+cpu``; None when that cannot be written, or the version is not there in this form."""
    texts = [str(reading.own.get(name, "")) for name in names]
    texts += [each.text for each in reading.standard if each.name in names]
    pinned = [found[0] for text in texts for found in [re.search(r"[0-9][\w.]*\+(?:cu|rocm)[\w.]+", text)] if found]
    edits: list[Edit] = []
    for version in dict.fromkeys(pinned):
        if not cpu_version("torch", version):
            return None
        places = re.finditer(re.escape(version), reading.text)
        public = f"{version.partition('+')[0]}+cpu"
        edits += [Edit(start=each.start(), end=each.end(), replacement=public) for each in places]
    # A pin inside a line that gets a source would be changed twice.
    return None if edits and not all(isinstance(reading.own.get(name), dict) for name in names) else edits
