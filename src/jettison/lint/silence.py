"""Comments that ask a linter to be silent: ours, and those of the linters that people use already.

``# jettison ignore=L01,L07`` silences the instruction below it (or, in a requirements file, the line that it stands
on or above), ``# jettison global ignore=W01`` the whole file. ``hadolint ignore``, ``tally ignore`` and BuildKit's
``# check=skip=…`` are followed where a rule names the same thing by their code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from .builds import Build
from .project import Project

_COMMENT = re.compile(
    r"\b(?P<tool>jettison|hadolint|tally)\s*:?\s*(?P<all>global\s+)?ignore\s*=\s*(?P<codes>[\w/.,\s-]+)",
    re.IGNORECASE,
)
_BUILDKIT = re.compile(r"[A-Z][A-Za-z]{6,}")
"""``JSONArgsRecommended`` and its kind, which ``skip=all`` speaks of; no code of another linter looks like that."""


def asks_for_silence(text: str) -> bool:
    """A text holds such a comment, which counts for the instruction below it alone."""
    return bool(_COMMENT.search(text)) or "checkov:skip" in text or "trivy:ignore" in text


class Silence:
    """All such comments of a folder."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._files: dict[str, _OfFile] = {}

    def holds(self, file: str, line: int, codes: Iterable[str]) -> bool:
        """Whether a comment silences one of these codes at that line of a file; a file that is not there is spoken
        for by the Dockerfiles."""
        listed = tuple(codes)
        if file not in self._files:
            self._files[file] = self._of(file)
        return self._files[file].holds(line, listed)

    def _of(self, file: str) -> _OfFile:
        build = next((each for each in self._project.builds if each.path == file), None)
        if build is not None:
            return _OfDockerfile(build)
        text = self._project.text(file)
        if text is None:
            return _OfMissing([_OfDockerfile(each) for each in self._project.builds])
        return _OfFile(text)


class _OfFile:
    def __init__(self, text: str) -> None:
        self._speaks = "ignore" in text.lower()
        self._lines = text.split("\n") if self._speaks else []

    def holds(self, line: int, codes: tuple[str, ...]) -> bool:
        if not self._speaks:
            return False
        return self._names(self.everywhere | (self._at(line) if line else set()), codes)

    @cached_property
    def everywhere(self) -> set[str]:
        return {code for each in self._lines for code in _codes(_comment(each), whole_file=True)}

    def _at(self, line: int) -> set[str]:
        here = self._lines[line - 1 : line]
        above = self._lines[line - 2 : line - 1] if line > 1 else []
        above = [each for each in above if each.lstrip().startswith("#")]
        return {code for each in (*here, *above) for code in _codes(_comment(each))}

    @staticmethod
    def _names(found: set[str], codes: tuple[str, ...]) -> bool:
        if "buildkit's" in found and any(_BUILDKIT.fullmatch(code) for code in codes):
            return True
        return bool(found & {code.lower() for code in codes})


class _OfDockerfile(_OfFile):
    def __init__(self, build: Build) -> None:
        self._build = build
        self._checks = dict(build.dockerfile.directives).get("check", "")
        self._speaks = bool(self._checks) or any("ignore" in each.text.lower() for each in build.dockerfile.comments)

    @cached_property
    def everywhere(self) -> set[str]:
        found = {code for each in self._build.dockerfile.comments for code in _codes(each.text, whole_file=True)}
        skipped = re.search(r"\bskip=([\w,\s]+)", self._checks)
        named = {code.strip().lower() for code in skipped[1].split(",")} if skipped else set()
        return found | named | ({"buildkit's"} if "all" in named else set())

    def _at(self, line: int) -> set[str]:
        """Of the comments right above the instruction that holds the line, and of those inside it."""
        here = next(
            (each for each in self._build.dockerfile.instructions if each.first_line <= line <= each.last_line), None
        )
        if here is None:
            return set()
        by_line = {comment.line: comment.text for comment in self._build.dockerfile.comments}
        lines = list(range(here.first_line, here.last_line + 1))
        at = here.first_line - 1
        while at in by_line:
            lines.append(at)
            at -= 1
        return {code for each in lines for code in _codes(by_line.get(each, ""))}


class _OfMissing(_OfFile):
    def __init__(self, dockerfiles: list[_OfDockerfile]) -> None:
        self._dockerfiles = dockerfiles
        self._speaks = bool(dockerfiles)

    @cached_property
    def everywhere(self) -> set[str]:
        return {code for each in self._dockerfiles for code in each.everywhere}

    def _at(self, line: int) -> set[str]:
        return set()


def _comment(line: str) -> str:
    return line.partition("#")[2]


def _codes(text: str, *, whole_file: bool = False) -> set[str]:
    found = _COMMENT.search(text) if text else None
    if not found or bool(found["all"]) != whole_file:
        return set()
    return {code.rpartition("/")[2].lower() for code in re.split(r"[,\s]+", found["codes"]) if code}
