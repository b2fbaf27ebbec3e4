"""What a pip or ``uv pip`` command asks for, and which indexes it sees."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ...dockerfile.words import Word
from ..builds import Build, InstallLine, files_named
from ..project import Project
from ..requirement_files import RequirementFile, RequirementLine
from .compiled import via

_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}
_ADDRESS = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--index", "--default-index", "--pypi-url")
_TAKES_VALUE = (
    *_ADDRESS, "-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints", "-t", "--target",
    "--prefix", "--root", "--platform", "--python-version", "--implementation", "--abi", "--only-binary",
    "--no-binary", "--trusted-host", "--cache-dir", "--timeout", "--retries", "--proxy", "--torch-backend",
    "--index-strategy", "--python", "-p", "--progress-bar", "-w", "--wheel-dir", "--src", "--upgrade-strategy",
    "--config-settings", "--group", "--extra", "--prerelease", "--resolution", "--exclude-newer", "--link-mode",
    "-d", "--dest", "--log", "--cert", "--client-cert", "-C", "--override", "--overrides", "--allow-insecure-host",
)  # fmt: skip
_VARIABLES = {
    "pip": ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"),
    "uv": ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS"),
}
_CONFIGURATION = ("pip.conf", ".pip/pip.conf", "uv.toml")
_WHEEL = re.compile(r"/(?P<name>torch|torchvision|torchaudio)-(?P<version>\d[^-/]*)-[^/]+\.whl")


@dataclass(frozen=True, kw_only=True)
class Named:
    """A requirement where it is written."""

    requirement: Requirement
    file: str
    start: int
    end: int
    has_place: bool = True
    """False for a word that a variable gives, or that stands in a script of its own."""
    of: RequirementFile | None = None
    line: RequirementLine | None = None

    @cached_property
    def name(self) -> str:
        """Canonical."""
        return canonicalize_name(self.requirement.name)

    @property
    def pinned(self) -> str:
        """The version that ``==`` asks for; else empty."""
        exact = (each for each in self.requirement.specifier if each.operator in ("==", "==="))
        return next((each.version for each in exact if not each.version.endswith(".*")), "")

    @property
    def because_of(self) -> tuple[str, ...]:
        """Distributions for which alone a compiled file has this line; empty for what a person asked for."""
        if self.of is None or self.line is None or not self.of.is_compiled:
            return ()
        reasons = via(self.of, self.line)
        return () if "-r" in reasons else reasons


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A command that installs with pip or ``uv pip``, or a requirements file of a folder without Dockerfile."""

    project: Project
    tool: str
    """``pip`` or ``uv``."""
    files: tuple[RequirementFile, ...]
    """Those that it reads, the ones that they name too."""
    build: Build | None = None
    each: InstallLine | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that it runs in."""
        return self.each.run.variables if self.each else {}

    @cached_property
    def words(self) -> tuple[tuple[str, Word | None], ...]:
        """Its arguments behind the verb, each with its place when it has one."""
        if self.each is None or self.build is None:
            return ()
        text = self.build.dockerfile.text
        places = [word for word in self.each.run.command.words if text[word.start : word.end] == word.text]
        found: list[tuple[str, Word | None]] = []
        for value in self.each.install.words:
            at = next((index for index, word in enumerate(places) if word.value == value), None)
            found.append((value, places.pop(at) if at is not None else None))
        return tuple(found)

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """All that it asks for by name, its arguments first."""
        return (*self._of_words(), *(each for file in self.files for each in named_in(file)))

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Indexes and pages of links, from arguments, files, variables and configuration."""
        found = [value for option, value, _ in self.options() if option in _ADDRESS]
        found += [part for name in _VARIABLES[self.tool] for part in self.variables.get(name, "").split()]
        found += self._configured()
        for file in self.files:
            for line in file.options(*_ADDRESS):
                # pip forgets all that it was told before, extra indexes too.
                found = [*([] if line.option == "--index-url" and self.tool == "pip" else found), line.value]
        return tuple(found)

    @property
    def resetting(self) -> RequirementFile | None:
        """The last file with an ``--index-url``: an index is only seen by pip when it stands behind that."""
        return next((file for file in reversed(self.files) if file.options("--index-url")), None)

    @property
    def backend(self) -> str:
        """What ``--torch-backend`` says, or its variable."""
        given = [value for option, value, _ in self.options() if option == "--torch-backend"]
        return given[-1] if given else self.variables.get("UV_TORCH_BACKEND", "") if self.tool == "uv" else ""

    def has(self, *options: str) -> bool:
        """Whether one of these options is among its arguments."""
        return any(value.partition("=")[0] in options for value, _ in self.words)

    def options(self) -> Iterator[tuple[str, str, Word | None]]:
        """Options that take a value, each with it and the place where the value stands."""
        words = self.words
        for index, (value, place) in enumerate(words):
            name, equals, inside = value.partition("=")
            if equals and name in _TAKES_VALUE:
                yield name, inside, place
            elif value in _TAKES_VALUE and index + 1 < len(words):
                yield value, *words[index + 1]

    @property
    def projects(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Projects of the folder that it installs (``.[ml]``): where they are, and with which extras."""
        if self.build is None or self.each is None:
            return ()
        landed = self.build.landings_of(self.each.line.stage).before(self.each.run.line)
        found: list[tuple[str, tuple[str, ...]]] = []
        for value, _ in self.words:
            word = re.fullmatch(r"(\.{1,2}(?:/[^\[]*)?)(?:\[([^\]]*)\])?", value)
            place = (
                posixpath.normpath(posixpath.join(self.each.run.directory, word[1], "pyproject.toml")) if word else ""
            )
            if word and place in landed and landed[place].source:
                extras = tuple(extra.strip() for extra in (word[2] or "").split(","))
                found.append((posixpath.dirname(self.build.below(landed[place].source)), extras))
        return tuple(found)

    def _of_words(self) -> Iterator[Named]:
        if self.build is None or self.each is None:
            return
        skips = False
        for value, place in self.words:
            if skips or value.startswith("-"):
                skips = not skips and value in _TAKES_VALUE
                continue
            requirement = _requirement(value)
            if requirement is not None:
                command = self.each.run.command
                yield Named(
                    requirement=requirement,
                    file=self.build.path,
                    start=place.start if place else command.start,
                    end=place.end if place else command.end,
                    has_place=place is not None,
                )

    def _configured(self) -> list[str]:
        if self.build is None or self.each is None:
            return []
        found: list[str] = []
        for target, landing in self.build.landings_of(self.each.line.stage).before(self.each.run.line).items():
            if target.endswith(_CONFIGURATION):
                text = landing.text or self.project.text(self.build.below(landing.source)) or ""
                found += re.findall(r"https?://\S+", text)
        for line in self.build.lines:
            for run in line.runs:
                if run.line <= self.each.run.line and run.argv[1:3] == ("config", "set"):
                    found += [word for word in run.argv if "://" in word]
        return found


def asking_of(project: Project, build: Build, each: InstallLine) -> Asking | None:
    """An install line as pip or ``uv pip`` reads it; None for other tools, and where no index is asked."""
    install = each.install
    if (
        install.tool not in ("pip", "uv")
        or install.kind not in ("requirements", "wheels")
        or "add" in each.run.argv[1:2]
    ):
        return None
    by_path = {file.path: file for file in project.requirement_files}
    # What constraints say is not asked for, and they stay as they are.
    waiting = [build.below(path) for path in files_named(build, each, constraints=False)]
    found: dict[str, RequirementFile] = {}
    while waiting:
        path = waiting.pop(0)
        if path in by_path and path not in found:
            found[path] = by_path[path]
            waiting += [_beside(path, line.value) for line in by_path[path].options("-r")]
    asking = Asking(project=project, tool=install.tool, files=tuple(found.values()), build=build, each=each)
    return None if asking.has("--no-index") or "PIP_NO_INDEX" in asking.variables else asking


def asking_of_file(project: Project, file: RequirementFile) -> Asking:
    """A requirements file that nobody is seen to install, as pip reads it."""
    by_path = {each.path: each for each in project.requirement_files}
    found = {file.path: file}
    for each in (file, *(by_path[path] for path in found if path in by_path)):
        for line in each.options("-r"):
            path = _beside(each.path, line.value)
            if path in by_path:
                found.setdefault(path, by_path[path])
    return Asking(project=project, tool="pip", files=tuple(found.values()))


def named_in(file: RequirementFile) -> Iterator[Named]:
    """The requirements of a file that hold on Linux."""
    for line in file.lines:
        requirement = line.requirement or (_requirement(line.body.split()[0]) if "://" in line.body else None)
        if requirement is not None and _holds(requirement):
            yield Named(requirement=requirement, file=file.path, start=line.start, end=line.end, of=file, line=line)


def _beside(path: str, value: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), value))


def _requirement(text: str) -> Requirement | None:
    wheel = None if "@" in text.split("://", maxsplit=1)[0] else _WHEEL.search(text)
    try:
        found = Requirement(f"{wheel['name']} @ {text}" if wheel else text)
    except InvalidRequirement:
        return None
    return found if _holds(found) else None


def _holds(requirement: Requirement) -> bool:
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate({**_LINUX, "extra": ""})
    except (UndefinedEnvironmentName, KeyError):
        return True
