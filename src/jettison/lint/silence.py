"""Comments that ask a linter to be silent: ours, and those of the linters that people use already.

``# jettison ignore=L01,L07`` silences the instruction below it (or, in a requirements file, the line that it stands
on), ``# jettison global ignore=W01`` the whole file. ``hadolint ignore``, ``tally ignore`` and BuildKit's
``# check=skip=…`` are followed where a rule names the same thing by their code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .project import Build, Project

_COMMENT = re.compile(
    r"#?\s*(?P<tool>jettison|hadolint|tally)\s*:?\s*(?P<all>global\s+)?ignore\s*=\s*(?P<codes>[\w/.,\s-]+)",
    re.IGNORECASE,
)


def silent(project: Project, file: str, line: int, codes: Iterable[str]) -> bool:
    """Whether a comment silences one of these codes at that line of a file."""
    wanted = {code.lower() for code in codes}
    build = next((each for each in project.builds if each.path == file), None)
    if build is not None:
        return bool(wanted & (_of_file(build) | _of_line(build, line)))
    text = project.text(file) or ""
    lines = text.splitlines()
    here = lines[line - 1 : line] if line else []
    above = lines[line - 2 : line - 1] if line > 1 and lines[line - 2].lstrip().startswith("#") else []
    return bool(wanted & {code for each in (*here, *above) for code in _codes(each)})


def asks_for_silence(text: str) -> bool:
    """A text holds such a comment, which counts for the instruction below it alone."""
    return bool(_COMMENT.search(text)) or "checkov:skip" in text or "trivy:ignore" in text


def _of_file(build: Build) -> set[str]:
    found = {code for each in build.dockerfile.comments for code in _codes(each.text, whole_file=True)}
    check = dict(build.dockerfile.directives).get("check", "")
    skipped = re.search(r"skip=([\w,]+)", check)
    return found | ({code.lower() for code in skipped[1].split(",")} if skipped else set())


def _of_line(build: Build, line: int) -> set[str]:
    """Of the comments right above the instruction that holds the line, and of those inside it."""
    starts = [each for each in build.dockerfile.instructions if each.first_line <= line <= each.last_line]
    if not starts:
        return set()
    by_line = {comment.line: comment.text for comment in build.dockerfile.comments}
    at = starts[0].first_line - 1
    found: set[str] = set()
    while at in by_line:
        found.update(_codes(by_line[at]))
        at -= 1
    for inside in range(starts[0].first_line, starts[0].last_line + 1):
        found.update(_codes(by_line.get(inside, "")))
    return found


def _codes(text: str, *, whole_file: bool = False) -> set[str]:
    found = _COMMENT.search(text)
    if not found or bool(found["all"]) != whole_file:
        return set()
    return {code.strip().rpartition("/")[2].lower() for code in found["codes"].split(",") if code.strip()}
