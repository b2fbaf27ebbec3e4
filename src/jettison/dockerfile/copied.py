"""Which files of its folder a Dockerfile brings into the image, and where they land.

Method: moby/buildkit (``dispatchCopy``, ``docopy``) and tonistiigi/fsutil (``copy``): a folder gives its contents,
a file lands in the target when that is a folder or ends in a slash, a pattern that fits a folder gives that
folder's contents, later copies overwrite. What RUN moves or removes afterwards is not followed.
"""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from .expand import ExpansionError, expanded
from .folder import Folder
from .heredocs import opening
from .ignore import ignored_by
from .instructions import Heredoc, Instruction
from .stages import Stage, Step, named, steps
from .tree import Landing, Match, Tree, folder_tree, stage_tree

_TOP_FOLDERS = ("bin", "boot", "dev", "etc", "home", "lib", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv")
_FOLDERS_BELOW = (
    "usr/bin",
    "usr/lib",
    "usr/local",
    "usr/local/bin",
    "usr/local/lib",
    "usr/share",
    "usr/src",
    "var/lib",
)
_FOLDERS_OF_EVERY_IMAGE = {f"/{name}" for name in ("", *_TOP_FOLDERS, "sys", "tmp", "usr", "var", *_FOLDERS_BELOW)}
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True, kw_only=True)
class Landings:
    """All that the COPY and ADD lines of a stage, and of those it builds on, bring from the folder, in their order."""

    steps: tuple[Landing, ...]
    notes: tuple[str, ...] = ()
    """Sources that are not there or cannot be known, in sentences."""

    def before(self, line: int) -> Mapping[str, Landing]:
        """What lies in the image when that line runs, by target."""
        if line not in self._before:
            self._before[line] = {landing.target: landing for landing in self.steps if landing.line < line}
        return self._before[line]

    @cached_property
    def _before(self) -> dict[int, Mapping[str, Landing]]:
        return {}

    @cached_property
    def final(self) -> tuple[Landing, ...]:
        """What lies in the finished image, sorted by target."""
        last = {landing.target: landing for landing in self.steps}
        return tuple(last[target] for target in sorted(last))


def landings(stages: tuple[Stage, ...], stage: Stage, folder: Folder) -> Landings:
    """What the folder's files become in the image of that stage."""
    return landings_of_all(stages[: stage.index + 1], folder)[stage.index]


def landings_of_all(stages: tuple[Stage, ...], folder: Folder) -> tuple[Landings, ...]:
    """The same for every stage. In their order, for each copies from those above it, and a thousand may."""
    copying = _Copying(stages, folder_tree(folder))
    return tuple(map(copying.of, stages))


@dataclass
class _Image:
    """A stage's file system, as far as it comes from the folder."""

    steps: list[Landing] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=lambda: set(_FOLDERS_OF_EVERY_IMAGE))

    def add(self, landing: Landing) -> None:
        self.steps.append(landing)
        self.add_folder(posixpath.dirname(landing.target))

    def add_folder(self, path: str) -> None:
        while path not in self.folders:
            self.folders.add(path)
            path = posixpath.dirname(path)


@dataclass
class _Copying:
    stages: tuple[Stage, ...]
    context: Tree
    _done: dict[int, Landings] = field(default_factory=dict)

    def of(self, stage: Stage) -> Landings:
        if stage.index not in self._done:
            image = _Image()
            for step in steps(self.stages, stage):
                image.add_folder(step.scope.workdir)
                if step.instruction.word in ("COPY", "ADD"):
                    self._copy(image, step)
            self._done[stage.index] = Landings(steps=tuple(image.steps), notes=tuple(image.notes))
        return self._done[stage.index]

    def _copy(self, image: _Image, step: Step) -> None:
        instruction, scope = step.instruction, step.scope
        target = scope.expanded(instruction.arguments[-1])
        is_folder = target.endswith("/") or posixpath.basename(target) in (".", "..")
        target = posixpath.normpath(posixpath.join("/", scope.workdir, target))
        if is_folder:
            image.add_folder(target)
        tree = self._origin(step)
        for written in instruction.arguments[:-1]:
            heredoc = _heredoc_named(instruction, written)
            if heredoc is not None:
                _add_text(image, step, target, heredoc)
                continue
            source = scope.expanded(written)
            if instruction.word == "ADD" and ("://" in source or source.startswith("git@")):
                place = source.split("@")[-1]  # whatever stands before it may be a password
                image.notes.append(f"line {instruction.first_line}: ADD downloads {place}, which is not known here")
            elif tree is not None:
                found = tree.matches(source)
                if not found and tree is self.context:  # what another stage made itself is not in the folder either
                    image.notes.append(f"line {instruction.first_line}: {source} is copied, and is not in the folder")
                for match in found:
                    _land(image, instruction, source, target, match)

    def _origin(self, step: Step) -> Tree | None:
        """Where the instruction takes its sources from; None for what never was in the folder."""
        origin = step.instruction.flag("from")
        if origin is None:
            return self.context
        stage = named(self.stages, step.scope.expanded(origin))
        # A name of a later stage is that of an image; what a stage copies from is done.
        return stage_tree(self.of(stage).final) if stage and stage.index < step.stage else None


def _heredoc_named(instruction: Instruction, written: str) -> Heredoc | None:
    """The heredoc that a source opens; None for an ordinary source."""
    opened = opening(written) if instruction.heredocs and "<<" in written else None
    return next((each for each in instruction.heredocs if opened and each.name == opened.name), None)


def _add_text(image: _Image, step: Step, target: str, heredoc: Heredoc) -> None:
    text = heredoc.text
    if heredoc.expands:
        with contextlib.suppress(ExpansionError):
            text = expanded(text, step.scope.variables, quotes=False)
    image.add(
        Landing(
            target=posixpath.join(target, heredoc.name) if target in image.folders else target,
            source="",
            size_bytes=len(text.encode("utf-8", "surrogateescape")),
            line=step.instruction.first_line,
            text=text,
        )
    )


def _land(image: _Image, instruction: Instruction, source: str, target: str, match: Match) -> None:
    """Put what a match holds below the target."""
    unpacks = match.is_file and instruction.word == "ADD" and match.path.endswith(_ARCHIVES)
    if instruction.flag("parents") in ("", "true"):
        # Folders of the source are kept, from a pivot /./ on when it has one.
        pivot = posixpath.normpath(source.partition("/./")[0]).strip("/") if "/./" in source else "."
        target = posixpath.join(target, posixpath.relpath(match.path or ".", pivot))
    elif match.is_file and (target in image.folders or unpacks):
        target = posixpath.join(target, posixpath.basename(match.path))
    if not match.is_file:
        image.add_folder(target)
    excluded = ignored_by("\n".join(flag.value for flag in instruction.flags if flag.name == "exclude"))
    for name, file in match.files:
        if not excluded.holds(name or posixpath.basename(match.path)):
            place = posixpath.join(target, name) if name else target
            image.add(replace(file, target=place, line=instruction.first_line, unpacks=unpacks))
