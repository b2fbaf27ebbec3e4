"""uv.lock, poetry.lock and pdm.lock: what they hold, from where, and who requires it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from ..project import Project
from ..toml_places import table_at
from .names import FAMILY, is_cpu_index, is_cuda

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")


@dataclass(frozen=True, kw_only=True)
class Locked:
    """One package of a lock file."""

    name: str
    version: str
    origin: str
    """The index, or the name of the source, that it is from; empty for the default one of Poetry."""
    requires: frozenset[str]
    is_project: bool = False
    """It is a project of the folder itself."""

    @property
    def on_cpu(self) -> bool:
        """A CPU build, by its version or the place that it is from."""
        return "+cpu" in self.version or is_cpu_index(self.origin)


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock file."""

    path: str
    packages: tuple[Locked, ...] = field(repr=False)

    def named(self, name: str) -> tuple[Locked, ...]:
        """Every version of a package."""
        return tuple(each for each in self.packages if each.name == name)

    def requirers(self, name: str) -> tuple[str, ...]:
        """Packages that require one, the family and the project itself left out."""
        found = (each.name for each in self.packages if name in each.requires and not each.is_project)
        return tuple(dict.fromkeys(each for each in found if each not in FAMILY))

    def brought(self, names: frozenset[str]) -> frozenset[str]:
        """All that these packages bring along, themselves too."""
        by_name: dict[str, set[str]] = {}
        for each in self.packages:
            by_name.setdefault(each.name, set()).update(each.requires)
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += by_name.get(name, ())
        return frozenset(found)

    @property
    def cuda(self) -> tuple[str, ...]:
        """Packages that are there for CUDA, sorted."""
        return tuple(sorted({each.name for each in self.packages if is_cuda(each.name)}))


def lock_of(project: Project, folder: str, name: str) -> Lock | None:
    """The lock file of a project, in its folder or, of a workspace, above it; None when there is none."""
    while True:
        path = posixpath.join(folder, name)
        if path in project.paths:
            return _read(project).get(path)
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def locks(project: Project) -> tuple[Lock, ...]:
    """Every lock file of the folder that parses."""
    return tuple(_read(project).values())


def _read(project: Project) -> dict[str, Lock]:
    return project.once(_all)


def _all(project: Project) -> dict[str, Lock]:
    found: dict[str, Lock] = {}
    for path in sorted(project.paths):
        if posixpath.basename(path) in LOCKS and "site-packages/" not in path:
            content = project.toml(path)
            if content is not None:
                packages = content.get("package")
                made = (
                    [_locked(each) for each in packages if isinstance(each, dict)] if isinstance(packages, list) else []
                )
                found[path] = Lock(path=path, packages=tuple(made))
    return found


def _locked(entry: dict[str, Any]) -> Locked:
    source = table_at(entry, "source")
    places = [str(source[key]) for key in ("registry", "url", "reference", "git") if key in source]
    own = any(key in source for key in ("editable", "virtual", "workspace"))
    names: set[str] = set()
    lists = [
        entry.get("dependencies"),
        *table_at(entry, "optional-dependencies").values(),
        *table_at(entry, "dev-dependencies").values(),
    ]
    for each in lists:
        if isinstance(each, list):  # uv: tables with a name; pdm: requirement lines
            names.update(str(one.get("name")) if isinstance(one, dict) else _first_word(str(one)) for one in each)
        elif isinstance(each, dict):  # poetry
            names.update(map(str, each))
    return Locked(
        name=canonicalize_name(str(entry.get("name", ""))),
        version=str(entry.get("version", "")),
        origin=" ".join(places),
        requires=frozenset(canonicalize_name(name) for name in names),
        is_project=own,
    )


def _first_word(line: str) -> str:
    for index, character in enumerate(line):
        if not (character.isalnum() or character in "-_."):
            return line[:index]
    return line
