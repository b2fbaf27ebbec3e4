"""Distributions that exist in two forms, one for GPUs and one for CPUs: where one is asked for, and as the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..records import Change, Edit
from .cpu_torch.arrivals import shared_with_gpu
from .cpu_torch.asked import asked
from .cpu_torch.compiled import compiled
from .cpu_torch.installed import Named, named_in
from .cpu_torch.locks import locks
from .cpu_torch.poetry_projects import poetry_files
from .cpu_torch.toml_files import required
from .cpu_torch.uv_projects import uv_files
from .found import changed
from .project import Project
from .toml_places import table_at


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A place that asks for a distribution."""

    name: str
    file: str
    start: int
    end: int
    specifier: SpecifierSet
    other_names: frozenset[str]
    """What else the same command or project asks for."""
    renamed: tuple[Change, ...]
    """The change to the other form; empty where it cannot be written (hashes, a variable, a form of its own), and where
    an image for GPUs is made of the same file."""
    removed: tuple[Change, ...]
    """The change that takes it away, for where the other form is asked for too; else empty."""

    @property
    def versions(self) -> tuple[str, ...]:
        """Those that ``==`` asks for."""
        return tuple(each.version for each in self.specifier if each.operator in ("==", "==="))


def asked_for(project: Project, names: Iterable[str], other: str) -> Iterator[Asked]:
    """Every place that asks for one of these, with the change to the other form.

    :param other: what takes its place, with the same specifier and without extras
    """
    wanted, seen = frozenset(names), set[tuple[str, int]]()
    shared = shared_with_gpu(project)
    for asking in asked(project):
        all_names = frozenset(each.name for each in asking.named)
        for each in asking.named:
            if each.name in wanted and not each.because_of and (each.file, each.start) not in seen:
                seen.add((each.file, each.start))
                found = _of_pip(project, each, all_names, other)
                yield replace(found, renamed=(), removed=()) if each.file in shared else found
    for path in dict.fromkeys((*uv_files(project), *poetry_files(project))):
        yield from _of_project(project, path, wanted, other)


def lock_requires(project: Project, name: str) -> tuple[str, ...]:
    """What requires a distribution, by the folder's lock files."""
    return tuple(dict.fromkeys(each for lock in locks(project) for each in lock.requirers(name)))


def exists(versions: Iterable[str], *, first: str, last: str, missing: Iterable[str] = ()) -> bool:
    """Whether pinned versions are among those of the other form, by a dated range."""
    try:
        found = [Version(each) for each in versions]
    except InvalidVersion:
        return False
    return all(
        Version(first) <= each <= Version(last) and str(each) not in missing and not each.local for each in found
    )


def _of_pip(project: Project, each: Named, all_names: frozenset[str], other: str) -> Asked:
    text = next(
        (build.dockerfile.text for build in project.builds if build.path == each.file), project.text(each.file) or ""
    )
    hashed = each.line is not None and each.line.is_hashed
    edits: dict[str, list[Edit]] = {}
    if each.has_place and not hashed and not each.requirement.url:
        edits[each.file] = [_rename(text, each.start, each.end, each.name, other)]
        made = compiled(project, each.of) if each.of is not None else None
        for path in made.sources if made is not None else ():
            source = next((file for file in project.requirement_files if file.path == path), None)
            for one in named_in(source) if source is not None else ():
                if one.name == each.name:
                    edits.setdefault(path, []).append(
                        _rename(source.text if source else "", one.start, one.end, one.name, other)
                    )
    removed: tuple[Change, ...] = ()
    if edits:
        before = re.search(r"[^\S\n]*$", text[: each.start]) if each.of is None else None
        ending = re.compile(r"\r?\n").match(text, each.end) if each.of is not None else None
        start, end = before.start() if before else each.start, ending.end() if ending else each.end
        removed = (changed(each.file, [Edit(start=start, end=end, replacement="")]),) if len(edits) == 1 else ()
    return Asked(
        name=each.name,
        file=each.file,
        start=each.start,
        end=each.end,
        specifier=each.requirement.specifier,
        other_names=all_names - {each.name},
        renamed=tuple(changed(file, found) for file, found in edits.items()),
        removed=removed,
    )


def _of_project(project: Project, path: str, wanted: frozenset[str], other: str) -> Iterator[Asked]:
    text = project.text(path) or ""
    entries = required(project, path)
    poetry = table_at(project.toml(path), "tool", "poetry", "dependencies")
    names = frozenset((*(each.name for each in entries), *(canonicalize_name(str(name)) for name in poetry)))
    for each in entries:
        if each.name in wanted:
            edit = _rename(text, each.start, each.end, each.name, other)
            yield _in_project(path, (each.start, each.end), edit, (each.name, each.requirement.specifier), names)
    for line in re.finditer(r"^(?P<key>[\w.-]+)[^\S\n]*=[^\S\n]*[^\n]*$", text, re.M):
        name = canonicalize_name(line["key"])
        if name in wanted and line["key"] in poetry and isinstance(poetry[line["key"]], str):
            edit = Edit(start=line.start("key"), end=line.end("key"), replacement=other)
            version = poetry[line["key"]]
            pinned = SpecifierSet(f"=={version}" if version[:1].isdigit() else "")
            yield _in_project(path, line.span(), edit, (name, pinned), names)


def _in_project(
    path: str, span: tuple[int, int], edit: Edit, wanted: tuple[str, SpecifierSet], names: frozenset[str]
) -> Asked:
    name, specifier = wanted
    return Asked(
        name=name,
        file=path,
        start=span[0],
        end=span[1],
        specifier=specifier,
        other_names=names - {name},
        renamed=(changed(path, [edit]),),
        removed=(),
    )


def _rename(text: str, start: int, end: int, name: str, other: str) -> Edit:
    """The name, and its extras with it, become the other one."""
    spelled = re.compile(
        rf"{re.escape(name).replace('-', '[-_.]').replace(chr(92) + '[', '[')}(\s*\[[^\]]*\])?", re.IGNORECASE
    )
    found = spelled.search(text, start, end)
    return Edit(start=found.start() if found else start, end=found.end() if found else start, replacement=other)
