"""One Dockerfile as the rules see it: taken apart, with what holds where, and what it copies."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..dockerfile import Dockerfile, Instruction, parsed
from ..dockerfile.copied import Landings, landings_of_all
from ..dockerfile.folder import Folder, folder
from ..dockerfile.ignore import Ignored, ignored_by
from ..dockerfile.installs import Install, install_of
from ..dockerfile.places import context_of
from ..dockerfile.runs import RunLine, lines_of, not_understood
from ..dockerfile.shell import run_commands
from ..dockerfile.stages import Scope, Stage, Step, chain, final_scope, reached, stages, steps
from ..errors import DockerfileUnreadable

LARGEST_TEXT_BYTES = 2_000_000
"""Of a file that is read as text; a lock file of a large project has about as much."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One instruction with what holds where it stands."""

    instruction: Instruction
    scope: Scope
    stage: int
    ships: bool
    """Its stage, or one that builds on it, is the image; else it is a stage that only others copy from."""
    runs: tuple[RunLine, ...]
    """The commands of a RUN; empty for every other instruction."""

    @property
    def word(self) -> str:
        """``RUN``."""
        return self.instruction.word

    @cached_property
    def is_understood(self) -> bool:
        """Every command of a RUN was taken apart; what was not is missing among `runs`."""
        return self.word != "RUN" or all(
            command.understood for command in run_commands(self.instruction, self.scope.shell)
        )


@dataclass(frozen=True, kw_only=True)
class InstallLine:
    """A command that installs Python distributions."""

    line: Line
    run: RunLine
    install: Install


@dataclass(frozen=True, kw_only=True)
class Build:
    """One Dockerfile with the folder that it is built from."""

    path: str
    """Relative to the project's folder."""
    context: str
    """The build's folder, relative to the project's; empty when it is that folder."""
    dockerfile: Dockerfile
    ignored: Ignored
    listed: Folder = field(repr=False)
    """Everything in the build's folder, ignored or not."""

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """In the order in which they stand there."""
        return stages(self.dockerfile)

    @property
    def final(self) -> Stage:
        """The one that is built when none is asked for."""
        return self.stages[-1]

    @cached_property
    def scope(self) -> Scope:
        """What holds when the image starts: environment, user, directory."""
        return final_scope(self.stages, self.final)

    @cached_property
    def shipped(self) -> frozenset[int]:
        """Stages whose layers are in the image: the last one, and those that it builds on."""
        return frozenset(stage.index for stage in chain(self.stages, self.final))

    @property
    def base(self) -> str:
        """The image from outside that the last stage stands on in the end."""
        return chain(self.stages, self.final)[0].base

    @cached_property
    def python(self) -> tuple[int, int] | None:
        """The version of Python that the base's tag names; None when it names none."""
        found = re.search(r"python:?(?:\d-python)?(3)\.(\d+)", self.base)
        return (int(found[1]), int(found[2])) if found else None

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All instructions behind a FROM, in the order of the file."""
        return tuple(self._lines())

    @cached_property
    def held_back(self) -> tuple[Line, ...]:
        """RUN lines that an ONBUILD of the image holds back for the next one."""
        found: list[Line] = []
        for line in self.lines:
            inner = line.instruction.inner
            if line.ships and inner is not None and inner.word == "RUN":
                step = Step(instruction=inner, scope=line.scope, stage=line.stage)
                found.append(replace(line, instruction=inner, runs=tuple(lines_of(step))))
        return tuple(found)

    @cached_property
    def not_understood(self) -> frozenset[int]:
        """First lines of RUNs of the image of which a part was not taken apart."""
        return frozenset(line for line, _ in not_understood(self.stages, self.final))

    @cached_property
    def installs(self) -> tuple[InstallLine, ...]:
        """Commands that install Python distributions."""
        found = ((line, run, install_of(run)) for line in self.lines for run in line.runs)
        return tuple(InstallLine(line=line, run=run, install=install) for line, run, install in found if install)

    @cached_property
    def sent(self) -> Folder:
        """What the build sees of its folder."""
        kept = tuple(each for each in self.listed.entries if not self.ignored.holds(each.path))
        return replace(self.listed, entries=kept)

    @cached_property
    def landings(self) -> Landings:
        """What COPY and ADD bring into the image."""
        return self.landings_of(self.final.index)

    def landings_of(self, index: int) -> Landings:
        """What COPY and ADD bring into a stage, the image's or one that others copy from."""
        return self._landings[index]

    @cached_property
    def worked_out(self) -> dict[Any, Any]:
        """What modules of this room have worked out of this Dockerfile for several rules, by what it is."""
        return {}

    @cached_property
    def _landings(self) -> tuple[Landings, ...]:
        return landings_of_all(self.stages, self.sent)

    @cached_property
    def reached(self) -> frozenset[int]:
        """Stages that the image is made of, copied from or built on."""
        return reached(self.stages, self.final)

    def of_stage(self, index: int) -> tuple[Line, ...]:
        """The instructions of one stage alone."""
        return tuple(line for line in self.lines if line.stage == index)

    def below(self, path: str) -> str:
        """A path of the build's folder, relative to the project's."""
        return posixpath.join(self.context, path) if self.context else path

    def _lines(self) -> Iterator[Line]:
        for stage in self.stages:
            own = {id(each) for each in stage.instructions}  # what a base holds back for later is not of this stage
            for step in steps(self.stages, stage):
                if id(step.instruction) in own:
                    yield self._line(step)

    def _line(self, step: Step) -> Line:
        return Line(
            instruction=step.instruction,
            scope=step.scope,
            stage=step.stage,
            ships=step.stage in self.shipped,
            runs=tuple(lines_of(step)) if step.instruction.word == "RUN" else (),
        )


def files_named(build: Build, each: InstallLine, *, constraints: bool = True) -> tuple[str, ...]:
    """Requirements files (and constraints) that an install names, relative to the build's folder."""
    key = ("files named", id(each))
    if key not in build.worked_out:  # the line is kept beside it: another one could get its identity
        build.worked_out[key] = (each, tuple(_files_named(build, each)))
    return tuple(path for path, constrains in build.worked_out[key][1] if constraints or not constrains)


def _files_named(build: Build, each: InstallLine) -> Iterator[tuple[str, bool]]:
    """Each file, and whether it only constrains."""
    words = each.install.words
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in ("-r", "--requirement", "-c", "--constraint", "--requirements", "--constraints"):
            value = value if equals else "".join(words[index + 1 : index + 2])
        elif re.match(r"-[rc][^-]", word):
            value = word[2:]
        else:
            continue
        for path in brought(build, each, value):
            yield path, re.match(r"--?c", name) is not None


def brought(build: Build, each: InstallLine, name: str) -> tuple[str, ...]:
    """Files of the build's folder that an install finds under a name, through COPY, ADD or a mount."""
    target = posixpath.normpath(posixpath.join(each.run.directory, name))
    landing = build.landings_of(each.line.stage).before(each.run.line).get(target)
    found = [landing.source] if landing is not None and landing.source else []
    for mount in each.run.mounts:
        place = posixpath.normpath(posixpath.join(each.run.directory, mount.target or mount.source))
        if mount.kind == "bind" and not mount.origin and (target == place or target.startswith(place + "/")):
            below = posixpath.relpath(target, place)
            found.append(posixpath.normpath(posixpath.join(mount.source, below)))
    return tuple(found)


def build_at(root: Path, path: Path, listed: Folder) -> Build:
    """The build of a Dockerfile.

    :raises DockerfileUnreadable: it does not parse, or cannot be opened
    """
    name = path.relative_to(root).as_posix()
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise DockerfileUnreadable(
            f"the Dockerfile cannot be opened: {cause.strerror}", where=name, next_step="check its path and its rights"
        ) from cause
    context = context_of(root, path)
    below = context.relative_to(root).as_posix() if context.is_relative_to(root) and context != root else ""
    inside = listed if not below else folder(context)
    made = Build(path=name, context=below, dockerfile=parsed(data, name=name), ignored=Ignored(), listed=inside)
    return replace(made, ignored=_ignored(made, lambda each: text_at(root / each)))


def renewed(build: Build, changed: Mapping[str, str], texts: Mapping[str, str]) -> Build:
    """The build as changed files leave it; the same one when none of them is its own.

    :raises DockerfileUnreadable: its Dockerfile does not parse any more
    """
    if not set(texts) & {build.path, *_ignore_names(build)}:
        return build
    data = changed[build.path].encode("utf-8", "surrogateescape") if build.path in texts else build.dockerfile.data
    made = replace(build, dockerfile=parsed(data, name=build.path))
    root = build.listed.root
    return replace(
        made,
        ignored=_ignored(
            made,
            lambda each: (
                changed[each] if each in changed else text_at(root / posixpath.relpath(each, build.context or "."))
            ),
        ),
    )


def _ignore_names(build: Build) -> tuple[str, str]:
    """The Dockerfile's own ignore file, and the folder's."""
    return f"{build.path}.dockerignore", build.below(".dockerignore")


def _ignored(build: Build, text_of: Callable[[str], str | None]) -> Ignored:
    for name in _ignore_names(build):
        text = text_of(name)
        if text is not None:
            return ignored_by(text, file=name)
    return Ignored()


def text_at(path: Path) -> str | None:
    """A file's text; None when it cannot be opened, is no text, or is larger than a text file gets."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TEXT_BYTES + 1)
    except OSError:
        return None
    if len(data) > LARGEST_TEXT_BYTES or b"\0" in data[:4096]:
        return None
    return data.decode("utf-8", "surrogateescape")
