"""Who reads the package lists that a RUN fetched: without them an install fails."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ..dockerfile.stages import chain
from ..dockerfile.system_installs import is_update, needs_lists
from .builds import Build, Line
from .project import Project

_INSTALLS = re.compile(r"\bapt(-get|itude)?\b[^\n]*\binstall\b")
_UPDATES = re.compile(r"\bapt(-get|itude)?\b[^\n]*\bupdate\b")


def readers(build: Build, line: Line) -> list[Line]:
    """The RUN lines that install from the lists that this one left."""
    found: list[Line] = []
    for later in _lines_on_top(build, line):
        if needs_lists(later.runs):
            found.append(later)
        elif later.stage == line.stage and any(is_update(run) for run in later.runs):
            break
    return found


def is_read_by_script(project: Project, build: Build, line: Line) -> bool:
    """A script of the folder that a later RUN calls installs, and does not fetch the lists itself."""
    for later in _lines_on_top(build, line):
        called = {posixpath.basename(word) for run in later.runs for word in run.argv}
        there = build.landings_of(later.stage).before(later.instruction.first_line) if called else {}
        for target, landing in there.items():
            if posixpath.basename(target) in called and landing.source:
                text = landing.text or project.text(build.below(landing.source)) or ""
                if _INSTALLS.search(text) and not _UPDATES.search(text):
                    return True
    return False


def _lines_on_top(build: Build, line: Line) -> Iterator[Line]:
    """RUN lines behind this one that see its layer."""
    for later in build.lines:
        on_top = line.stage in {stage.index for stage in chain(build.stages, build.stages[later.stage])}
        if later.instruction.first_line > line.instruction.first_line and later.runs and on_top:
            yield later
