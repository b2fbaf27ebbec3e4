"""How the image starts: the command with real paths, and the modules that it starts from."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..errors import SettingsInvalid
from ..records import Blueprint
from .distributions import Distribution
from .imports import Place, imported
from .root import Root
from .rootfs.links import real_path

SCRIPTS = "usr/local/bin"
"""Where the command of a distribution lies in the image."""

_MODULE = re.compile(r"([A-Za-z_][\w.]*)(:.*)?")
_PYTHONS = ("python", "python3")


@dataclass(frozen=True, kw_only=True)
class Start:
    """What runs first."""

    command: tuple[str, ...]
    """Its program by its absolute path: there is no shell to look for it."""
    modules: tuple[str, ...]
    script: str = ""
    """Name of the command when a distribution brings it."""


def start(blueprint: Blueprint, root: Root, distributions: Iterable[Distribution]) -> Start:
    """Read the blueprint's command.

    :raises SettingsInvalid: the image has no such program
    """
    if not blueprint.command:
        raise _no_program("there is no command to start the service with", "")
    program = blueprint.command[0]
    scripts = {name: module for found in distributions for name, module in found.scripts}
    found = _started(program, blueprint, root, scripts)
    own = tuple(_own_modules(blueprint))
    named = [name for text in blueprint.command[1:] for name in _module_names(text, blueprint)]
    if not any(name in own for name in named):
        named.extend(own)
    return replace(found, modules=(*found.modules, *dict.fromkeys(named), *blueprint.keep))


def app_places(blueprint: Blueprint) -> tuple[Place, ...]:
    """Where the service's own modules are looked up: the working directory, then its PYTHONPATH."""
    paths = [blueprint.workdir, *dict(blueprint.environment).get("PYTHONPATH", "").split(":")]
    folders = (blueprint.app / path.strip("/") for path in paths if path)
    return tuple(Place(folder=folder, own=True) for folder in dict.fromkeys(folders))


def _started(program: str, blueprint: Blueprint, root: Root, scripts: dict[str, str]) -> Start:
    rest = blueprint.command[1:]
    if program in _PYTHONS:
        return Start(command=(f"/{root.executable}", *rest), modules=())
    name = posixpath.basename(program)
    if name in scripts and program in (name, f"/{SCRIPTS}/{name}"):
        return Start(command=(f"/{SCRIPTS}/{name}", *rest), modules=(scripts[name],), script=name)
    if program.startswith("/"):
        there = _is_program(root, program) or (blueprint.app / program.strip("/")).is_file()
        found = program if there else ""
    else:
        folders = dict(root.environment).get("PATH", "").split(":")
        found = next((f"{folder}/{program}" for folder in folders if _is_program(root, f"{folder}/{program}")), "")
    if not found:
        raise _no_program(f"the image would have no program {program!r}", " ".join(blueprint.command))
    return Start(command=(found, *rest), modules=())


def _is_program(root: Root, path: str) -> bool:
    return (root.folder / real_path(root.folder, path)).is_file()


def _module_names(text: str, blueprint: Blueprint) -> Iterator[str]:
    """Modules that an argument may mean: ``app:app``, ``app.py``, or Python code."""
    if text.endswith(".py"):
        path = posixpath.relpath(posixpath.join(blueprint.workdir, text), blueprint.workdir)
        yield path.removesuffix(".py").replace("/", ".")
    elif match := _MODULE.fullmatch(text):
        yield match[1]
    elif "import" in text:
        yield from (asked.name for asked in imported(text.encode(), "__main__", is_package=False))


def _own_modules(blueprint: Blueprint) -> Iterator[str]:
    for place in app_places(blueprint):
        for path in sorted(place.folder.rglob("*.py")):
            parts = list(path.relative_to(place.folder).with_suffix("").parts)
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _no_program(what: str, where: str) -> SettingsInvalid:
    return SettingsInvalid(
        what,
        where=where,
        next_step="start the service with `python -m …` or with a command of one of its requirements",
    )
