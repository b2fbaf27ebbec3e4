"""A single-stage Dockerfile of a pip service as two stages: one that installs, and one with what is needed to run.

The build stage gets everything up to the last install, the tools, and a virtual environment; the final stage gets that
environment, the runtime packages that the Dockerfile installs or the distributions are known to need, and everything
else of the Dockerfile in its order and as it is written. What cannot be told apart is refused, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..dockerfile.wrappers import program
from .bases import Base
from .builds import Build, Line, files_named
from .project import Project
from .run_parts import APT, Part, RefusedError, package_words, part_of
from .stage_checks import base_of, called_beside, check, names_of, refuse_unknown, stands_on_full, tools_in
from .system_libraries import (
    called_in,
    compiled,
    compiles,
    is_called,
    is_tool,
    needed_libraries,
    runtime_of,
)

PLACE = "/opt/venv"
_ONLY_FINAL = ("LABEL", "EXPOSE", "VOLUME", "STOPSIGNAL", "MAINTAINER", "HEALTHCHECK", "CMD", "ENTRYPOINT")


@dataclass(frozen=True, kw_only=True)
class Staging:
    """What the rewrite is, or why there is none."""

    refused: str = ""
    """The reason, as a sentence without its full stop; empty when it can be done."""
    start: int = 0
    """Of the stretch of the file's text that `text` takes the place of; it goes to the end of the file."""
    text: str = ""
    base: str = ""
    """Of the final stage, variables replaced."""
    before: str = ""
    """The base that the image stood on."""
    left: tuple[str, ...] = ()
    """Packages that stay in the build stage."""
    kept: tuple[str, ...] = ()
    """Packages that the final stage installs."""
    added: tuple[str, ...] = ()
    """Those of `kept` that the Dockerfile did not install, because the full image had them."""


def staged(project: Project, build: Build) -> Staging:
    """The two stages."""
    key = ("staging", build.path)
    if key not in project.worked_out:
        try:
            project.worked_out[key] = _Stages(project, build).made()
        except RefusedError as reason:
            project.worked_out[key] = Staging(refused=str(reason))
    found: Staging = project.worked_out[key]
    return found


def takes_tools_out(project: Project, build: Build) -> bool:
    """The image ships what an install needs, and two stages leave it behind. Programs that nothing calls are no reason:
    they need not be installed at all."""
    if stands_on_full(project, build) and compiled(project, build):
        made = staged(project, build)  # the full image is the tool
        return not made.refused and made.base != made.before
    if not tools_in(project, build):
        return False
    left = staged(project, build).left
    return any(map(compiles, left)) or bool({*left} & called_in(project, build))


@dataclass
class _Stages:
    """Goes through the instructions once and deals them out."""

    project: Project
    build: Build
    build_text: list[str] = field(default_factory=list)
    final_text: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Runtime packages as the Dockerfile writes them, versions too."""
    left: list[str] = field(default_factory=list)
    upgrades: bool = False
    """apt upgrades what the base has."""
    moved: bool = False
    """The environment is made and taken over."""
    at_apt: int | None = None
    """Where in the final stage the packages are installed."""

    def made(self) -> Staging:
        base = base_of(self.project, self.build)
        lines = self.build.of_stage(0)
        parts = {id(line): [part_of(run) for run in line.runs] for line in lines if line.word == "RUN"}
        installing = [index for index, line in enumerate(lines) if "pip" in parts.get(id(line), ())]
        if not installing:
            raise RefusedError("nothing is installed with pip")
        for line in lines:
            check(self.build, line)
        called = called_beside(self.project, self.build, lines, parts)
        for index, line in enumerate(lines):
            chunk = self._chunk(line)
            if line.word == "RUN":
                self._run(line, parts[id(line)], chunk, before=index < installing[-1], called=called)
            else:
                self._other(line, chunk, before=index < installing[-1])
        name, written, reference = names_of(self.build, base)
        added = self._added(base, reference, called)
        kept = tuple(dict.fromkeys((*self.words, *added)))
        self._put_packages(kept)
        opened = self.build.stages[0].opened
        text = self.build.dockerfile.text
        newline = self.build.dockerfile.newline
        from_line = re.sub(r"(?i)\s+AS\s+\S+\s*$", "", text[opened.start : opened.end].rstrip("\r\n"))
        last = max((line.instruction.end for line in lines), default=opened.end)
        final = from_line.replace(base.written, written, 1)
        alias = f" AS {self.build.stages[0].opened.arguments[2]}" if self.build.stages[0].name else ""
        made = [
            f"{from_line} AS {name}{newline}",
            *self.build_text,
            newline,
            f"{final}{alias}{newline}",
            *self.final_text,
        ]
        return Staging(
            start=opened.start,
            text=_ended("".join(made).replace("%STAGE%", name), newline, ends=text.endswith("\n")) + text[last:],
            base=reference,
            before=base.reference,
            left=tuple(dict.fromkeys(self.left)),
            kept=kept,
            added=added,
        )

    def _added(self, base: Base, reference: str, called: frozenset[str]) -> tuple[str, ...]:
        """What the final stage lacks when it stands on the slim image."""
        there = {re.split(r"[=/:]", word)[0] for word in self.words}
        needed = dict(needed_libraries(self.project, self.build))
        wanted = [*needed, *sorted(called)] if reference != base.reference else []
        if self.left and "libgomp1" in needed:  # the compiler that stays behind had brought it
            wanted.append("libgomp1")
        return tuple(name for name in dict.fromkeys(wanted) if name not in there)

    # Where it goes.

    def _chunk(self, line: Line) -> str:
        """The instruction with the comments and empty lines above it."""
        text = self.build.dockerfile.text
        others = [self.build.stages[0].opened, *self.build.stages[0].instructions]
        above = max((each.end for each in others if each.end <= line.instruction.start), default=0)
        chunk = text[above : line.instruction.end]
        return chunk if chunk.endswith("\n") else chunk + self.build.dockerfile.newline

    def _run(self, line: Line, parts: list[Part], chunk: str, *, before: bool, called: frozenset[str]) -> None:
        kinds = set(parts)
        at = f"line {line.instruction.first_line}"
        if "pip" not in kinds and "apt" not in kinds:
            if kinds == {"clean"}:
                return  # what it removes is not in the final stage
            if before:
                refuse_unknown(at, line.runs)
            self.final_text.append(chunk)
            return
        if "pip" in kinds:
            first = line.runs[: len(parts) - parts[::-1].index("pip")]
            refuse_unknown(at, [run for run, part in zip(first, parts, strict=False) if part == "other"])
        if before or "pip" in kinds:
            self._prepare("pip" in kinds, line)
            self.build_text.append(
                chunk if "other" not in kinds else self._some_of(line, parts, ("apt", "pip", "clean"))
            )
        if "apt" in kinds:
            self._apt(line, called)
        if "pip" in kinds and not self.moved:
            self.moved = True
            newline = self.build.dockerfile.newline
            self.final_text.append(_above(chunk) + f"COPY --from=%STAGE% {PLACE} {PLACE}{newline}")
            self.final_text.append(f"ENV PATH={PLACE}/bin:$PATH{newline}")
        if "other" in kinds:
            self.final_text.append(self._some_of(line, parts, ("other",)))

    def _prepare(self, installs: bool, line: Line) -> None:
        """Make the environment in front of the first install."""
        if not installs or any(PLACE in each for each in self.build_text):
            return
        if line.scope.user not in ("", "root", "0"):
            raise RefusedError(f"line {line.instruction.first_line} installs as {line.scope.user}")
        newline = self.build.dockerfile.newline
        self.build_text.append(f"RUN python -m venv {PLACE}{newline}ENV PATH={PLACE}/bin:$PATH{newline}")

    def _apt(self, line: Line, called: frozenset[str]) -> None:
        if self.at_apt is None:
            self.at_apt = len(self.final_text)
            self.final_text.append("")
        for run in line.runs:
            if program(run.argv) in APT and {"-t", "--target-release", "build-dep"} & {*run.argv}:
                raise RefusedError(f"line {run.line} takes packages from another release")
            if (run.output or "").startswith("/etc/apt"):
                raise RefusedError(f"line {run.line} changes where packages come from")
            self.upgrades |= bool({"upgrade", "dist-upgrade"} & {*run.argv[1:3]})
        for word in package_words(line.runs):
            name = re.split(r"[=/:]", word)[0]
            if not is_tool(name) or is_called(name, called):
                self.words.append(word)
                continue
            self.left.append(name)
            library = runtime_of(name)
            if library is None:
                raise RefusedError(f"which library of {name} the service loads is not known")
            if library:
                self.words.append(library)

    def _put_packages(self, words: Sequence[str]) -> None:
        if not words and not self.upgrades:
            return
        steps = ["apt-get update"]
        steps += ["apt-get upgrade -y"] * self.upgrades
        steps += [f"apt-get install -y --no-install-recommends {' '.join(words)}"] * bool(words)
        newline, escape = self.build.dockerfile.newline, self.build.dockerfile.escape
        text = f" {escape}{newline}    && ".join((*steps, "rm -rf /var/lib/apt/lists/*"))
        text = f"RUN {text}{newline}"
        if self.at_apt is not None:
            self.final_text[self.at_apt] = text
        else:
            at = next(index for index, each in enumerate(self.final_text) if "COPY --from=%STAGE%" in each)
            self.final_text.insert(at, text)

    def _some_of(self, line: Line, parts: Sequence[Part], wanted: Sequence[Part]) -> str:
        """Some commands of a chain as a RUN of their own."""
        instruction = line.instruction
        plain = all(
            run.command.always and run.command.after in ("", "&&") and not run.command.inside for run in line.runs
        )
        places = [(run.command.start, run.command.end) for run in line.runs]
        if (
            not plain
            or instruction.is_json
            or instruction.heredocs
            or instruction.flags
            or len(set(places)) < len(places)
        ):
            raise RefusedError(f"line {instruction.first_line} does several things that cannot be told apart")
        text = self.build.dockerfile.text
        chosen = [text[start:end] for (start, end), part in zip(places, parts, strict=True) if part in wanted]
        if any(program(run.argv) in ("cd", "export", "set") for run in line.runs):
            raise RefusedError(f"line {instruction.first_line} sets something for the commands behind it")
        newline = self.build.dockerfile.newline
        joined = f" {self.build.dockerfile.escape}{newline}    && ".join(chosen)
        return f"RUN {joined}{newline}"

    def _other(self, line: Line, chunk: str, *, before: bool) -> None:
        word, instruction = line.word, line.instruction
        if word == "USER" and before and line.instruction.body.strip() not in ("root", "0"):
            raise RefusedError(f"line {instruction.first_line} changes the user before the last install")
        if before and word not in _ONLY_FINAL and word != "USER":
            self.build_text.append(chunk)
        if word in ("COPY", "ADD") and before and self._is_for_pip(line):
            return
        self.final_text.append(chunk)

    def _is_for_pip(self, line: Line) -> bool:
        """It brings nothing but files that installs name."""
        named = {file for each in self.build.installs for file in files_named(self.build, each)}
        brought = {each.source for each in self.build.landings.steps if each.line == line.instruction.first_line}
        return bool(brought) and brought <= named


def _above(chunk: str) -> str:
    """Comments and empty lines above an instruction."""
    lines = chunk.splitlines(keepends=True)
    above: list[str] = []
    for each in lines:
        if each.strip() and not each.lstrip().startswith("#"):
            break
        above.append(each)
    return "".join(above)


def _ended(text: str, newline: str, *, ends: bool) -> str:
    return text if ends else text.removesuffix(newline)
