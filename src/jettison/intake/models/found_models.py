"""The models that the service loads, each with the place where it lies on this machine and in its image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...records import Checkpoint
from ..build import Build
from .formats import SUFFIXES
from .hub import cached, in_folder, is_hub_name
from .model_folders import ModelOnDisk, is_model_folder, model_at, tokenizer_in
from .model_names import NamedModel

_ASIDE = re.compile(r"(^|/)(tests?|testing|docs?|notebooks?|node_modules|site-packages|\.[^/]+)/")
_MOST_LOOSE = 5
_SMALLEST_BYTES = 100_000
"""A weights file that nothing names is taken for one only from this size on."""


@dataclass(frozen=True, kw_only=True)
class Shelves:
    """Where models may lie."""

    build: Build
    directories: tuple[str, ...]
    """Where the service may run in its image: paths in the code start there."""
    models: Path | None
    """A folder that a person names."""
    mounts: tuple[tuple[str, Path], ...] = ()
    """Folders of the image that are mounted when it runs, with their places on this machine."""


def checkpoints(
    named: Sequence[NamedModel], settled: Sequence[str], shelves: Shelves, notes: list[str]
) -> tuple[Checkpoint, ...]:
    """What the service loads.

    :param named: what its code names.
    :param settled: what the settings name, which replaces it.
    :raises ModelUnreadable: one of them is damaged.
    """
    finder = _Finder(shelves, notes)
    if settled:
        found = [finder.checkpoint((name,), "[service] model") for name in settled]
    else:
        found = [
            replace(finder.checkpoint(each.names, each.place, each.revision), task=each.task)
            for each in named
            if not each.is_tokenizer and each.names
        ]
    found = _once(found)
    if any(each.path for each in found):
        for path, _ in finder.folders():
            if not any(_overlap(each.path, path) for each in found):
                notes.append(f"{finder.source(path)} is a model that no line of the code names")
    else:
        found += finder.lying_there()
        unread = [
            f"{each.loader} at {each.place}"
            for each in named
            if not each.names and not each.is_tokenizer and not (each.may_be_loaded and found)
        ]
        if unread and not settled and not any(each.path for each in found):
            listed = ", ".join(unread[:5])
            notes.append(f"which model is loaded cannot be read from {listed} ([service] model names it)")
    missing = (each for each in found if each.path is None)
    notes.extend(f"{each.name} is named at {each.place} and is not on this machine" for each in missing)
    return tuple(finder.with_tokenizers(found, [each for each in named if each.is_tokenizer]))


def _once(found: list[Checkpoint]) -> list[Checkpoint]:
    """One record for a model that is named several times; the first that says what for is believed."""
    made: dict[object, Checkpoint] = {}
    for each in found:
        before = made.setdefault(each.path or each.name, each)
        made[each.path or each.name] = replace(before, task=before.task or each.task)
    return list(made.values())


def _overlap(one: Path | None, other: Path) -> bool:
    return one is not None and (one.is_relative_to(other) or other.is_relative_to(one))


class _Finder:
    def __init__(self, shelves: Shelves, notes: list[str]) -> None:
        self.shelves, self.notes = shelves, notes

    def checkpoint(self, names: Sequence[str], place: str, revision: str = "main") -> Checkpoint:
        """The first of the names that leads to a model; the first name alone when none does."""
        for name in names:
            for path, image_path in self._places(name, revision):
                found = model_at(path, self.notes)
                if found is not None:
                    return _record(name, found, image_path, place)
        build = self.shelves.build
        there = (each for each in self._targets(names[0]) if each in build.at or build.local_folder(each) is not None)
        return Checkpoint(name=names[0], path=None, image_path=next(there, None), format="unknown", place=place)

    def folders(self) -> list[tuple[Path, str]]:
        """Model folders in the image, by what they hold, with their places there; none inside another."""
        marks = ("config.json", "modules.json", "saved_model.pb")
        build = self.shelves.build
        targets = sorted({posixpath.dirname(each) for each in build.at if posixpath.basename(each) in marks})
        found: list[tuple[Path, str]] = []
        for target in targets:
            path = build.local_folder(target)
            if path is not None and not any(path.is_relative_to(each) for each, _ in found) and is_model_folder(path):
                found.append((path, target))
        return found

    def lying_there(self) -> Iterator[Checkpoint]:
        """Models in the image that are models by what they hold, and those of the folder that a person names."""
        folders = self.folders()
        loose = [each for each in self._loose() if not any(each[0].is_relative_to(path) for path, _ in folders)]
        if len(loose) > _MOST_LOOSE:  # voices, checkpoints of a training: which one is loaded is not to be seen
            largest = self.source(loose[0][0])
            self.notes.append(f"{len(loose)} files may be models, {largest} the largest; no code names one")
            loose = []
        for path, target in (*folders, *loose):
            found = model_at(path, self.notes)
            if found is not None and found.format != "unknown":
                yield _record(self.source(path), found, target, "its files" if path.is_dir() else "its first bytes")
        if self.shelves.models is not None:
            yield from self._of_models_folder(self.shelves.models)

    def _loose(self) -> list[tuple[Path, str]]:
        """Single files in the image that are weights by their name and size, the largest first."""
        found: list[tuple[int, Path, str]] = []
        for target, landing in self.shelves.build.at.items():
            is_weights = posixpath.splitext(target)[1].lower() in SUFFIXES and landing.size_bytes >= _SMALLEST_BYTES
            path = self.shelves.build.local(target) if is_weights and not _ASIDE.search(landing.source) else None
            if path is not None:
                found.append((landing.size_bytes, path, target))
        return [(path, target) for _, path, target in sorted(found, key=lambda each: -each[0])]

    def _of_models_folder(self, models: Path) -> Iterator[Checkpoint]:
        for path in (models, *sorted(each for each in models.iterdir() if each.is_dir())):
            found = model_at(path, self.notes) if is_model_folder(path) else None
            if found is not None:
                yield _record(path.name, found, None, "the folder of models that was named")

    def with_tokenizers(self, found: list[Checkpoint], tokenizers: Sequence[NamedModel]) -> Iterator[Checkpoint]:
        """A model without a tokenizer gets the one that the code loads from elsewhere."""
        paths = [path for each in tokenizers for name in each.names for path, _ in self._places(name, each.revision)]
        elsewhere = next((path for path in paths if path.is_dir() and tokenizer_in(path)), None)
        for each in found:
            lacks = each.path is not None and each.tokenizer is None
            yield replace(each, tokenizer=elsewhere) if lacks and elsewhere else each

    def _places(self, name: str, revision: str) -> Iterator[tuple[Path, str | None]]:
        """Where a name may lead, the likeliest first: the image, its mounts, the folder of models, the hub's cache."""
        for target in self._targets(name):
            for path in (self.shelves.build.local(target), self.shelves.build.local_folder(target)):
                if path is not None:
                    yield path, target
            for mounted, folder in self.shelves.mounts:
                if target == mounted or target.startswith(mounted.rstrip("/") + "/"):
                    yield folder / posixpath.relpath(target, mounted), None
        if self.shelves.models is not None:
            path = in_folder(name.strip("/"), self.shelves.models)
            if path is not None:
                yield path, None
        beside = self.shelves.build.beside(name)
        if beside is not None:
            yield beside, None
        path = cached(name, revision) if is_hub_name(name) else None
        if path is not None:
            yield path, None

    def _targets(self, name: str) -> list[str]:
        """The places in the image that a path in the code may mean."""
        home = self.shelves.build.scope.environment.get("HOME") or "/root"
        written = home + name[1:] if name.startswith("~") else name
        joined = (posixpath.normpath(posixpath.join(each, written)) for each in self.shelves.directories)
        return list(dict.fromkeys(joined))

    def source(self, path: Path) -> str:
        """A path as a person names it."""
        folder = self.shelves.build.folder
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _record(name: str, found: ModelOnDisk, image_path: str | None, place: str) -> Checkpoint:
    return Checkpoint(
        name=name,
        path=found.path,
        image_path=image_path,
        format=found.format,
        architecture=found.architecture,
        size_bytes=found.size_bytes,
        place=place,
        tokenizer=found.tokenizer,
        samples=found.samples,
        beside=found.beside,
    )
