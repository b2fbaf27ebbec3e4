"""A folder as the rules see it: its Dockerfiles taken apart, its requirements files, and what a build would copy."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ..dockerfile import Dockerfile, Instruction, parsed
from ..dockerfile.copied import Landings, landings
from ..dockerfile.folder import Folder, folder
from ..dockerfile.ignore import Ignored, ignored_by
from ..dockerfile.installs import Install, install_of
from ..dockerfile.places import context_of, dockerfiles_below, dockerfiles_in
from ..dockerfile.runs import RunLine, lines_of, not_understood
from ..dockerfile.shell import run_commands
from ..dockerfile.stages import Scope, Stage, Step, chain, final_scope, named, reached, stages, steps
from ..errors import DockerfileUnreadable, NotAService
from .code_imports import Code, read_code
from .declared import declared
from .dependencies import Dependency
from .lock_files import LOCKS, Locked, locked_in
from .requirement_files import RequirementFile

T = TypeVar("T")
LARGEST_TEXT_BYTES = 2_000_000
"""Of a file that is read as text; a lock file of a large project has about as much."""
DEVICES = ("cpu", "gpu")
PLATFORMS = (
    "azure-app-service",
    "azure-functions",
    "azure-container-apps",
    "aws-lambda",
    "cloud-run",
    "kubernetes",
)
_REQUIREMENTS = re.compile(
    r"(^|[/._-])(requirements?|constraints?|reqs?)([._-][\w.-]+)?\.(txt|in)$|requirements/[\w.-]+\.(txt|in)$"
)
_NOT_SHIPPED = (".git/", ".venv/", "venv/", "node_modules/", ".tox/", "site-packages/")


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
    def needed(self) -> frozenset[int]:
        """Stages that the image comes of: those it stands on, and those that they copy or mount from."""
        found: set[int] = set()
        waiting = set(self.shipped)
        while waiting:
            index = waiting.pop()
            found.add(index)
            for line in self.of_stage(index):
                origins = [
                    line.instruction.flag("from") or "",
                    *(mount.origin for run in line.runs for mount in run.mounts),
                ]
                for origin in filter(None, origins):
                    stage = named(self.stages, line.scope.expanded(origin))
                    waiting.update({each.index for each in chain(self.stages, stage)} - found if stage else ())
        return frozenset(found)

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
        if index not in self._landings:
            self._landings[index] = landings(self.stages, self.stages[index], self.sent)
        return self._landings[index]

    @cached_property
    def files_by_install(self) -> dict[int, tuple[tuple[str, bool], ...]]:
        """What `files_named` found so far."""
        return {}

    @cached_property
    def _landings(self) -> dict[int, Landings]:
        return {}

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


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Unpacked bytes as an index and a mirror give them, all empty when nothing was weighed."""

    distributions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """By canonical name, as found; each with the bytecode that its install compiles."""
    required_by: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Who asks for a distribution; nobody for one that the requirements name themselves."""
    lighter: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """What is saved by the CPU build of a distribution, or by the one that takes its place there."""
    debian: Mapping[str, tuple[int, frozenset[str]]] = field(default_factory=lambda: MappingProxyType({}))
    """Debian packages by name: bytes, and which of the packages that the Dockerfile names need it."""
    lines: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    """What one install leaves behind, by what it is (``pip-cache``) and `line_key`."""
    bases: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Base images by reference, where their sizes are known better than the table does."""
    notes: tuple[str, ...] = ()
    """What could not be weighed, and why, in sentences."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """What a rule gets. Nothing of it is run, nothing outside the folder is read."""

    root: Path
    targets: tuple[str, ...]
    """``cpu`` or ``gpu``, then platforms."""
    builds: tuple[Build, ...]
    listed: Folder = field(repr=False)
    """Everything in the folder."""
    changed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Texts of files as fixes have left them, by path."""
    refreshes: bool = False
    """Lock files are made again after the fixes, so that a change which only holds with its lock can be made."""
    weights: Weights = field(default_factory=Weights, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def on_cpu(self) -> bool:
        """The service is meant to run without a GPU."""
        return "gpu" not in self.targets

    def aims_at(self, *platforms: str) -> bool:
        """The service is meant for one of these platforms."""
        return any(platform in self.targets for platform in platforms)

    @cached_property
    def paths(self) -> Mapping[str, int]:
        """Files of the folder with their sizes in bytes, those that fixes made among them."""
        found = {each.path: each.size_bytes for each in self.listed.entries if not each.is_folder and not each.link}
        return {**found, **{path: len(text.encode("utf-8", "surrogateescape")) for path, text in self.changed.items()}}

    def text(self, path: str) -> str | None:
        """A file's text; None when it is not there, cannot be opened, or is larger than a text file gets."""
        if path in self.changed:
            return self.changed[path]
        build = self._builds_by_path.get(path)
        return build.dockerfile.text if build is not None else self._texts(path)

    def holds(self, path: str) -> bool:
        """Something is there under that path, a folder or a link too."""
        return path in self.changed or any(each.path == path for each in self.listed.entries)

    @cached_property
    def _builds_by_path(self) -> Mapping[str, Build]:
        return {build.path: build for build in self.builds}

    @cached_property
    def _read(self) -> dict[str, str | None]:
        return {}

    def _texts(self, path: str) -> str | None:
        if path not in self._read:
            self._read[path] = _text_at(self.root / path) if path in self.paths else None
        return self._read[path]

    @cached_property
    def worked_out(self) -> dict[tuple[str, str], Any]:
        """What modules of this room have worked out for several rules, by what it is and of which file."""
        return {}

    @cached_property
    def requirement_files(self) -> tuple[RequirementFile, ...]:
        """Files with requirements or constraints, by path; those of environments in the folder are not among them."""
        named = (path for path in self.paths if _REQUIREMENTS.search(path.lower()) and not self.is_foreign(path))
        waiting = {*named, *self._named_by_installs}
        found: dict[str, RequirementFile] = {}
        while waiting:
            path = waiting.pop()
            text = self.text(path)
            if path not in found and text is not None:
                found[path] = RequirementFile(path=path, text=text)
                waiting.update(found[path].named_files)
        return tuple(found[path] for path in sorted(found))

    @cached_property
    def installed_files(self) -> tuple[RequirementFile, ...]:
        """Those that an image gets: named by an install, or by one that is; without a Dockerfile, all in the folder."""
        if not self.builds:
            return self.requirement_files
        by_path = {file.path: file for file in self.requirement_files}
        waiting = sorted(self._named_by_installs)
        found: dict[str, RequirementFile] = {}
        while waiting:
            path = waiting.pop(0)
            if path in found or path not in by_path:
                continue
            found[path] = by_path[path]
            waiting += by_path[path].named_files
        return tuple(found[path] for path in sorted(found))

    @cached_property
    def constraints(self) -> frozenset[str]:
        """Files that installs and requirements files name as constraints, by path."""
        found = {path for file in self.requirement_files for path in file.files_of("-c")}
        for build in self.builds:
            for each in build.installs:
                both = set(files_named(build, each))
                found.update(build.below(path) for path in both - set(files_named(build, each, constraints=False)))
                for value in filter(None, map(each.run.variables.get, ("PIP_CONSTRAINT", "UV_CONSTRAINT"))):
                    found.update(build.below(path) for path in brought(build, each, value))
        return frozenset(found)

    @cached_property
    def _named_by_installs(self) -> frozenset[str]:
        named: set[str] = set()
        for build in self.builds:
            for each in build.installs:
                named.update(build.below(source) for source in files_named(build, each))
        return frozenset(named)

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """What its files and commands say that it needs, by file and place."""
        return declared(self)

    @cached_property
    def code(self) -> Code:
        """What its Python files use."""
        return read_code(self)

    @cached_property
    def locked(self) -> tuple[Locked, ...]:
        """What its lock files hold."""
        paths = (path for path in sorted(self.paths) if posixpath.basename(path) in LOCKS and not self.is_foreign(path))
        return tuple(each for path in paths for each in locked_in(path, self.text(path) or ""))

    def is_foreign(self, path: str) -> bool:
        """A file of an environment, a repository's own data, or a package that lies in the folder by accident."""
        return any(each in f"/{path}" for each in _NOT_SHIPPED)

    def toml(self, path: str) -> dict[str, Any] | None:
        """A TOML file's content; None when it is not there or does not parse."""
        key = ("toml", path)
        if key not in self._made:
            text = self.text(path)
            try:
                self._made[key] = tomllib.loads(text) if text is not None else None
            except tomllib.TOMLDecodeError:
                self._made[key] = None
        return self._made[key]  # type: ignore[no-any-return]

    def once(self, make: Callable[[Project], T]) -> T:
        """What a function makes of this folder, made once for all the rules that ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> dict[Any, Any]:
        return {}

    def with_texts(self, texts: Mapping[str, str]) -> Project:
        """The folder with other texts in some files.

        :raises DockerfileUnreadable: a Dockerfile among them does not parse any more
        """
        changed = {**self.changed, **texts}
        return replace(self, changed=changed, builds=tuple(_renewed(build, changed, texts) for build in self.builds))


def files_named(build: Build, each: InstallLine, *, constraints: bool = True) -> tuple[str, ...]:
    """Requirements files (and constraints) that an install names, relative to the build's folder."""
    if id(each) not in build.files_by_install:
        build.files_by_install[id(each)] = tuple(_files_named(build, each))
    return tuple(path for path, constrains in build.files_by_install[id(each)] if constraints or not constrains)


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


def project(
    path: Path,
    *,
    targets: tuple[str, ...] = ("cpu",),
    dockerfile: Path | None = None,
    weights: Weights | None = None,
    refreshes: bool = False,
) -> Project:
    """Read a folder, or a single Dockerfile with the folder that it lies in.

    :param dockerfile: the only one to read, relative to the folder.
    :raises NotAService: there is no such folder or file
    :raises DockerfileUnreadable: the one that was named does not parse, or is not there; or none of all parses
    """
    if path.is_file():
        path, dockerfile = path.parent, Path(path.name)
    if not path.is_dir():
        raise NotAService(
            "there is no such folder", where=str(path), next_step="name a service's folder or a Dockerfile"
        )
    listed = folder(path)
    weights = weights or Weights()
    notes = list(listed.notes)
    found: list[Build] = []
    unreadable: list[DockerfileUnreadable] = []
    for each in [path / dockerfile] if dockerfile is not None else _dockerfiles(path):
        try:
            found.append(_build(path, each, listed))
        except DockerfileUnreadable as cause:
            if dockerfile is not None:
                raise
            unreadable.append(cause)
            notes.append(f"{cause.where}: {cause.what}; it was left out")
    if unreadable and not found:
        raise unreadable[0]
    return Project(
        root=path,
        targets=targets,
        builds=tuple(found),
        listed=listed,
        weights=weights,
        refreshes=refreshes,
        notes=(*notes, *weights.notes),
    )


def _dockerfiles(root: Path) -> list[Path]:
    return list(dict.fromkeys((*dockerfiles_in(root), *dockerfiles_below(root))))


def _build(root: Path, path: Path, listed: Folder) -> Build:
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
    return replace(made, ignored=_ignored(made, lambda each: _text_at(root / each)))


def _renewed(build: Build, changed: Mapping[str, str], texts: Mapping[str, str]) -> Build:
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
                changed[each] if each in changed else _text_at(root / posixpath.relpath(each, build.context or "."))
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


def _text_at(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TEXT_BYTES + 1)
    except OSError:
        return None
    if len(data) > LARGEST_TEXT_BYTES or b"\0" in data[:4096]:
        return None
    return data.decode("utf-8", "surrogateescape")
