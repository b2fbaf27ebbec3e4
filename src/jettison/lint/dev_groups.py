"""Where a project keeps what only its developers need, and the change that moves a dependency there."""

from __future__ import annotations

import posixpath
import re

from ..records import Change, Edit
from .dependencies import Dependency, is_dev
from .found import inserted
from .project import Project
from .toml_places import TomlEntry, TomlPlaces, toml_places


def moved_to_dev(project: Project, each: Dependency) -> tuple[Change, ...]:
    """The change that moves a dependency out of what ships; none when another file would have to follow."""
    text = project.text(each.file)
    removed = each.removed()
    if not removed or text is None or each.is_hashed:
        return ()
    if each.form == "command":
        return removed
    if posixpath.basename(each.file) in ("pyproject.toml", "Pipfile"):
        added = _added_in_toml(text, each)
        return (Change(file=each.file, edits=(*removed[0].edits, added)),) if added else ()
    if each.form == "requirements" and not each.file.endswith((".yml", ".yaml")):
        return (*removed, _added_in_requirements(project, each, text[each.start : each.end].strip("\ufeff \t")))
    return ()


def _added_in_requirements(project: Project, each: Dependency, line: str) -> Change:
    folder = posixpath.dirname(each.file)
    beside = [file for file in project.requirement_files if posixpath.dirname(file.path) == folder]
    shipped = {other.file for other in project.dependencies if other.ships}
    for file in beside:
        is_for_it = is_dev(posixpath.basename(file.path)) and not file.is_compiled and file.path.endswith(".txt")
        if is_for_it and file.path not in shipped and "constraint" not in file.path:
            before = "" if not file.text or file.text.endswith("\n") else file.newline
            return inserted(file.path, len(file.text), f"{before}{line}{file.newline}")
    name = posixpath.basename(each.file)
    made = name.replace("requirements", "requirements-dev", 1) if "requirements" in name else f"dev-{name}"
    return Change(file=posixpath.join(folder, made), content=f"-r {name}\n{line}\n")


def _added_in_toml(text: str, each: Dependency) -> Edit | None:
    places = toml_places(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    entry = text[each.start : each.end]
    if each.form == "pep621":
        for group in (("dependency-groups", "dev"), ("project", "optional-dependencies", "dev")):
            if (listed := places.by_path.get(group)) is not None:
                return _added_to_array(text, listed, entry, newline)
        return _added_to_table(text, places, ("dependency-groups",), f"dev = [{entry}]", newline)
    if each.form == "poetry":
        old = ("tool", "poetry", "dev-dependencies")
        table = old if places.header(*old) else ("tool", "poetry", "group", "dev", "dependencies")
        return _added_to_table(text, places, table, entry, newline)
    return _added_to_table(text, places, ("dev-packages",), entry, newline)


def _added_to_table(text: str, places: TomlPlaces, table: tuple[str, ...], entry: str, newline: str) -> Edit:
    header = places.header(*table)
    if header is not None:
        end = text.find("\n", header.end)
        at = len(text) if end < 0 else end + 1
        return Edit(start=at, end=at, replacement=("" if end >= 0 else newline) + entry + newline)
    before = "" if text.endswith("\n") else newline
    made = f"{before}{newline}[{'.'.join(table)}]{newline}{entry}{newline}"
    return Edit(start=len(text), end=len(text), replacement=made)


def _added_to_array(text: str, listed: TomlEntry, entry: str, newline: str) -> Edit | None:
    items = listed.value.items
    if not items:
        return Edit(start=listed.value.start, end=listed.value.end, replacement=f"[{entry}]")
    last = items[-1]
    begin = text.rfind("\n", 0, last.start) + 1
    indent = text[begin : last.start]
    if indent.strip() or "\n" not in text[listed.value.start : last.start]:  # all on one line
        return Edit(start=last.end, end=last.end, replacement=f", {entry}")
    rest = re.compile(r"(,?)([ \t]*(?:#[^\r\n]*)?)").match(text, last.end)
    if rest is None:
        return None
    return Edit(
        start=last.end,
        end=rest.end(),
        replacement=f",{rest[2]}{newline}{indent}{entry}{rest[1]}",
    )
