"""What goes on top of a base: pruned libraries with their bytecode, the model, the app."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .. import oci
from ..oci import Entry, entries
from ..records import Blueprint, Progress, Steps
from ..workspace import Workspace
from . import trimming
from .bytecode import compiled
from .imports import Module, Place
from .installed_records import mended
from .libraries import Libraries
from .pruning import RULES, Needed, Pruned, needed, pruned
from .root import Root
from .start import SCRIPTS, Start, app_places, start
from .trimming import Trimmed, trimmed


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Everything that lies on the base, and what was left out."""

    start: Start
    libraries: tuple[Entry, ...] = field(repr=False)
    models: tuple[Entry, ...] = field(repr=False)
    app: tuple[Entry, ...] = field(repr=False)
    lock: str
    """Of the distributions that ship."""
    pruned_files: tuple[str, ...] = field(repr=False)
    """Of the distributions that ship, what does not."""
    removed: tuple[tuple[str, int], ...]
    """Rule and bytes, the largest first."""
    notes: tuple[str, ...]


def contents(blueprint: Blueprint, root: Root, installed: Libraries, workspace: Workspace) -> Steps[Contents]:
    """Follow the imports, prune, trim, compile.

    :raises SettingsInvalid: the command is none that the image would have
    """
    starts = start(blueprint, root, installed.distributions)
    yield Progress(step="prune", note="follow the imports")
    needs = _needs(blueprint, root, installed, starts)
    kept = pruned(installed, (removal for rule in RULES for removal in rule.removals(installed, needs)))
    smaller = yield from trimmed(installed.folder, kept.files, workspace)
    sources = list(_sources(blueprint, root, installed, kept, needs))
    bytecode = yield from compiled(sources, root, blueprint.architecture, workspace)
    app = tuple(entry for entry in oci.tree(blueprint.app) if b"__pycache__" not in entry.name.split(b"/"))
    of_app = {entry.name for entry in app}
    added = [entries.file(path, content) for path, content in bytecode.files]
    removed = (*kept.removed, (trimming.RULE, smaller.saved_bytes))
    return Contents(
        start=starts,
        libraries=(
            *_library_entries(root, installed, kept, smaller, starts),
            *(entry for entry in added if _source_of(entry) not in of_app),
        ),
        models=tuple(entry for folder, target in blueprint.models for entry in oci.tree(folder, target)),
        app=(*app, *(entry for entry in added if _source_of(entry) in of_app)),
        lock=installed.lock(needs.distributions),
        pruned_files=tuple(sorted(_pruned_files(installed, kept, needs))),
        removed=tuple(sorted((rule for rule in removed if rule[1]), key=lambda rule: -rule[1])),
        notes=(bytecode.note,) if bytecode.note else (),
    )


def shipped(blueprint: Blueprint, root: Root, installed: Libraries) -> frozenset[str]:
    """Canonical names of the distributions that pruning leaves.

    :raises SettingsInvalid: the command is none that the image would have
    """
    return _needs(blueprint, root, installed, start(blueprint, root, installed.distributions)).distributions


def _needs(blueprint: Blueprint, root: Root, installed: Libraries, starts: Start) -> Needed:
    standard_library = Place(folder=root.folder / root.standard_library)
    return needed(installed, app_places(blueprint), [standard_library], start=starts)


def _library_entries(
    root: Root, installed: Libraries, kept: Pruned, smaller: Trimmed, starts: Start
) -> Iterator[Entry]:
    script = f"bin/{starts.script}"
    moved = {script: posixpath.relpath(f"{SCRIPTS}/{starts.script}", root.site)}
    for file in kept.files:
        path = smaller.files.get(file, installed.folder / file)
        if file == script:
            yield entries.from_disk(path, f"{SCRIPTS}/{starts.script}")
        elif file.endswith(".dist-info/RECORD"):
            yield entries.file(f"{root.site}/{file}", mended(path, set(kept.files), smaller.files, moved))
        else:
            yield entries.from_disk(path, f"{root.site}/{file}")


def _sources(
    blueprint: Blueprint, root: Root, installed: Libraries, kept: Pruned, needs: Needed
) -> Iterator[tuple[str, Path]]:
    """Every module that runs, as its path in the image and its file here; those with bytecode already left out."""
    staying = set(kept.files)
    for module in needs.imported.values():
        path = module.path
        if path.suffix != ".py":
            continue
        if path.is_relative_to(blueprint.app):
            yield path.relative_to(blueprint.app).as_posix(), path
        elif path.is_relative_to(installed.folder):
            file = path.relative_to(installed.folder).as_posix()
            if file in staying:
                yield f"{root.site}/{file}", path
        elif not _has_bytecode(module):
            yield path.relative_to(root.folder).as_posix(), path


def _has_bytecode(module: Module) -> bool:
    return any((module.path.parent / "__pycache__").glob(f"{module.path.stem}.cpython-*.pyc"))


def _source_of(bytecode: Entry) -> bytes:
    """``a/__pycache__/b.cpython-311.pyc`` is of ``a/b.py``."""
    folder, _, name = bytecode.name.rpartition(b"__pycache__/")
    return folder + name.partition(b".cpython-")[0] + b".py"


def _pruned_files(installed: Libraries, kept: Pruned, needs: Needed) -> Iterator[str]:
    staying = set(kept.files)
    for distribution in installed.distributions:
        if distribution.name in needs.distributions:
            yield from (file for file in distribution.files if file not in staying)
