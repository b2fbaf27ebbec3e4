"""The service's image, as far as it can be known without building it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..dockerfile import Dockerfile, Instruction
from ..dockerfile.copied import Landings, landings
from ..dockerfile.folder import Folder, folder
from ..dockerfile.ignore import Ignored, IgnorePattern, ignore_file
from ..dockerfile.stages import Scope, Stage, Step, chain, final_scope, named, stages, steps
from ..dockerfile.tree import Landing
from ..errors import SettingsInvalid
from .dockerfiles import BuildPlan
from .documents import text_at

BARE_WORKDIR = "/app"
"""Where the files of a folder without a Dockerfile would go."""

_NEVER_SHIPPED = (".git", ".hg", ".svn", ".venv", "venv", "env", ".tox", ".nox", "node_modules", ".idea", ".vscode")
_CACHES = ("**/__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")


@dataclass(frozen=True, kw_only=True)
class StartLine:
    """What the image runs."""

    argv: tuple[str, ...]
    """A shell form comes as the shell with its text: ``/bin/sh -c …``."""
    is_shell: bool
    line: int


@dataclass(frozen=True, kw_only=True)
class Build:
    """What a build of the folder would give."""

    folder: Path
    listed: Folder
    """What the build sees of it."""
    dockerfile: Dockerfile | None
    stages: tuple[Stage, ...]
    stage: Stage | None
    """The one that ships; None without a Dockerfile."""
    scope: Scope
    """What holds at its end."""
    landings: Landings
    at: Mapping[str, Landing]
    """What lies where in the finished image."""
    start: StartLine | None
    is_bare: bool
    """There is no Dockerfile: nothing is installed by one."""
    exposed: tuple[int, ...]
    notes: tuple[str, ...] = ()
    _top: Path = field(repr=False)

    @property
    def base_image(self) -> str | None:
        """The image from outside that the last stage stands on in the end."""
        return chain(self.stages, self.stage)[0].base if self.stage else None

    def local(self, target: str) -> Path | None:
        """The file on this machine that lies there in the image; None when it does not come from the folder, or is a
        link that leaves it."""
        landing = self.at.get(target)
        return self.inside(landing.source) if landing and landing.source else None

    def inside(self, source: str) -> Path | None:
        """The file of the folder, unless it is none or a link that leaves the folder."""
        path = self.folder / source
        try:
            return path if path.resolve().is_relative_to(self._top) and path.is_file() else None
        except (OSError, RuntimeError, ValueError):  # a link that leads to itself; a name that no file can have
            return None

    def local_folder(self, target: str) -> Path | None:
        """The folder on this machine whose files lie below that place in the image."""
        prefix = target.rstrip("/") + "/"
        for place, landing in self.at.items():
            if place.startswith(prefix) and landing.source.endswith("/" + place[len(prefix) :]):
                return self._folder_inside(landing.source[: -len(place[len(prefix) :]) - 1])
        link = self.at.get(target)
        return self._folder_inside(link.source) if link and link.source else None

    def beside(self, name: str) -> Path | None:
        """What lies under that name in the folder, also when no COPY brings it into the image."""
        return self.inside(name) or self._folder_inside(name)

    def _folder_inside(self, source: str) -> Path | None:
        path = self.folder / source
        try:
            return path if path.is_dir() and path.resolve().is_relative_to(self._top) else None
        except (OSError, RuntimeError, ValueError):
            return None

    def text(self, target: str, notes: list[str]) -> str | None:
        """The text of a small file of the image; None when it is not there, with a note when it cannot be read."""
        landing = self.at.get(target)
        if landing is not None and landing.text is not None:
            return landing.text
        path = self.local(target)
        return text_at(path, notes, target) if path else None

    def steps(self) -> tuple[Step, ...]:
        """Every instruction of the image; none without a Dockerfile."""
        return tuple(steps(self.stages, self.stage)) if self.stage else ()


def build(root: Path, plan: BuildPlan | None, stage: str | None = None) -> Build:
    """The image of a plan, or of the bare folder.

    :param stage: the stage to ship, by name or number; the last one when None.
    :raises DockerfileUnreadable: it does not parse.
    :raises SettingsInvalid: there is no such stage.
    """
    if plan is None:
        return _bare(root)
    dockerfile = plan.dockerfile()
    listed = folder(plan.folder, ignore_file(plan.folder, plan.name))
    found = stages(dockerfile, dict(plan.arguments))
    wanted = stage or plan.stage
    shipped = named(found, wanted) if wanted else found[-1]
    if shipped is None:
        known = ", ".join(each.name or str(each.index) for each in found)
        raise SettingsInvalid(
            f"the Dockerfile has no stage {wanted}", where=plan.name, next_step=f"name one of its stages: {known}"
        )
    landed = landings(found, shipped, listed)
    return Build(
        folder=plan.folder,
        listed=listed,
        dockerfile=dockerfile,
        stages=found,
        stage=shipped,
        scope=final_scope(found, shipped),
        landings=landed,
        at={landing.target: landing for landing in landed.final},
        start=_start(found, shipped),
        is_bare=plan.text is not None,
        exposed=_exposed(found, shipped),
        notes=(*listed.notes, *(f"{plan.name} {note}" for note in landed.notes)),
        _top=plan.folder.resolve(),
    )


def _bare(root: Path) -> Build:
    ignored = ignore_file(root)
    never = tuple(IgnorePattern(text=text, keeps=False, line=0) for text in (*_NEVER_SHIPPED, *_CACHES))
    listed = folder(root, Ignored(file=ignored.file, patterns=(*never, *ignored.patterns), notes=ignored.notes))
    landed = _all_of(listed)
    return Build(
        folder=root,
        listed=listed,
        dockerfile=None,
        stages=(),
        stage=None,
        scope=Scope(workdir=BARE_WORKDIR),
        landings=landed,
        at={landing.target: landing for landing in landed.final},
        start=None,
        is_bare=True,
        exposed=(),
        notes=listed.notes,
        _top=root.resolve(),
    )


def _all_of(listed: Folder) -> Landings:
    return Landings(
        steps=tuple(
            Landing(
                target=posixpath.join(BARE_WORKDIR, each.path), source=each.path, size_bytes=each.size_bytes, line=0
            )
            for each in listed.entries
            if not each.is_folder
        )
    )


def _start(found: tuple[Stage, ...], stage: Stage) -> StartLine | None:
    """ENTRYPOINT and CMD together, by Docker's rules."""
    entrypoint: Instruction | None = None
    command: Instruction | None = None
    command_stage = -1
    shells: dict[int, tuple[str, ...]] = {}
    for step in steps(found, stage):
        shells[step.instruction.first_line] = step.scope.shell
        if step.instruction.word == "CMD":
            command, command_stage = step.instruction, step.stage
        elif step.instruction.word == "ENTRYPOINT":
            entrypoint = step.instruction
            if command_stage != step.stage:  # an ENTRYPOINT forgets the CMD of its base
                command = None

    def argv(instruction: Instruction | None) -> tuple[str, ...]:
        if instruction is None or instruction.is_json:
            return instruction.arguments if instruction else ()
        return (*shells[instruction.first_line], instruction.body) if instruction.body else ()

    if entrypoint is not None and not entrypoint.is_json:
        return StartLine(argv=argv(entrypoint), is_shell=True, line=entrypoint.first_line)
    both = argv(entrypoint) + argv(command)
    last = command or entrypoint
    if last is None or not both:
        return None
    return StartLine(argv=both, is_shell=not last.is_json, line=last.first_line)


def _exposed(found: tuple[Stage, ...], stage: Stage) -> tuple[int, ...]:
    ports: list[int] = []
    for step in steps(found, stage):
        if step.instruction.word == "EXPOSE":
            for word in step.instruction.arguments:
                match = re.match(r"(\d{1,5})(/tcp)?$", step.scope.expanded(word), re.IGNORECASE)
                ports += [int(match[1])] if match else []
    return tuple(dict.fromkeys(ports))
