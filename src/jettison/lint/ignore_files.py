"""Changes of ignore files: what is there stays, new lines come behind it, and nothing that a build names is hidden."""

from __future__ import annotations

from collections.abc import Sequence

from ..dockerfile.ignore import ignored_by
from ..records import Change
from .builds import Build
from .found import inserted
from .leftovers import Sources
from .project import Project


def ignore_path(build: Build) -> str:
    """The file that such a line belongs to: the one that holds for the build, else the folder's own."""
    return build.ignored.file or build.below(".dockerignore")


def with_lines(project: Project, build: Build, lines: Sequence[str]) -> Change:
    """The ignore file with these lines at its end, or a new one of them."""
    path = ignore_path(build)
    text = project.text(path)
    if text is None:
        return Change(file=path, content="".join(f"{line}\n" for line in lines))
    newline = "\r\n" if "\r\n" in text else "\n"
    start = "" if not text or text.endswith("\n") else newline
    return inserted(path, len(text), start + "".join(f"{line}{newline}" for line in lines))


def hides_none_of(build: Build, patterns: Sequence[str], sources: Sources) -> bool:
    """With these patterns everything that the Dockerfile names is still there."""
    added = ignored_by("\n".join(patterns))
    return not any(added.holds(source) for source in sources.named)


def in_words(size: int) -> str:
    """``12.3 MB``."""
    for unit, at in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= at:
            return f"{size / at:.3g} {unit}"
    return f"{size} bytes"
