"""Requirements files that pip-compile, ``uv pip compile`` or an export wrote: from what, and why each line is there."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass

from ..project import Project
from ..requirement_files import RequirementFile, RequirementLine

_COMMAND = re.compile(
    r"^#\s+(?P<command>(?:uv\s+pip\s+compile|uv\s+export|pip-compile|python\S*\s+-m\s+piptools\s+compile)\b.*)$", re.M
)
_TAKES_VALUE = (
    "-o", "--output-file", "-c", "--constraint", "--constraints", "--python-version", "-p", "--python",
    "--python-platform", "--extra", "-i", "--index-url", "--extra-index-url", "--index", "--default-index", "-f",
    "--find-links", "--resolver", "--index-strategy", "--override", "--overrides", "--build-constraints",
    "--torch-backend", "--group", "--custom-compile-command", "--exclude-newer", "--resolution", "--prerelease",
    "--fork-strategy", "--annotation-style", "--no-emit-package", "--cache-dir", "--config-settings", "-P",
    "--upgrade-package", "--unsafe-package", "--package", "--format",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """How a file was made."""

    tool: str
    """``uv``, ``pip-compile``, or ``export`` for a lock file's own."""
    argv: tuple[str, ...]
    """The command, as the file's head tells it; empty when it does not."""
    start: int
    end: int
    """Where the command stands in the file."""
    sources: tuple[str, ...]
    """Those that are in the folder, relative to it."""
    folder: str
    """Where the command ran, relative to the project's folder."""


def compiled(project: Project, file: RequirementFile) -> Compiled | None:
    """How a file was made; None for one that a person wrote."""
    if not file.is_compiled:
        return None
    found = _COMMAND.search(file.text[:3000])
    try:
        argv = tuple(shlex.split(found["command"])) if found else ()
    except ValueError:
        argv = ()
    tool = (
        "export"
        if "export" in argv[:2]
        else "uv"
        if argv[:1] == ("uv",) or "by uv via" in file.text[:500]
        else "pip-compile"
    )
    names = [name for name in _named(argv) if name.endswith((".in", ".txt", ".toml", ".cfg"))]
    own = posixpath.dirname(file.path)
    for folder in dict.fromkeys((own, "")):
        there = [posixpath.normpath(posixpath.join(folder, name)) for name in names]
        if there and all(path in project.paths for path in there):
            return _made(found, tool, argv, tuple(there), folder)
    beside = f"{posixpath.splitext(file.path)[0]}.in"
    return _made(found, tool, argv, (beside,) if beside in project.paths and tool != "export" else (), own)


def via(file: RequirementFile, line: RequirementLine) -> tuple[str, ...]:
    """Why a line of a compiled file is there: ``-r`` for a source, else the distributions that require it."""
    following = next((each.start for each in file.lines if each.start > line.start), len(file.text))
    found = re.search(r"#\s*via\b(.*(?:\n\s*#.*)*)", f"{line.comment}\n{file.text[line.end : following]}")
    if not found:
        return ()
    said = found[1].replace("#", " ").replace(",", " ")
    named = re.sub(r"-r\s+\S+|\S+\s+\([^)]*\)", " -r ", re.sub(r"-c\s+\S+", " ", said))
    return tuple(dict.fromkeys(named.split()))


def stretch(file: RequirementFile, line: RequirementLine) -> tuple[int, int]:
    """A line with its ending and, in a compiled file, with the comment below it that says why it is there."""
    text, end = file.text, line.end
    note = re.compile(r"\r?\n[ \t]+#[^\r\n]*")
    while file.is_compiled and (found := note.match(text, end)):
        end = found.end()
    ending = re.compile(r"[^\S\r\n]*\r?\n").match(text, end)
    return line.start, ending.end() if ending else len(text)


def _named(argv: tuple[str, ...]) -> list[str]:
    named: list[str] = []
    at = 0
    while at < len(argv):
        if argv[at] in _TAKES_VALUE:
            at += 1
        elif not argv[at].startswith("-"):
            named.append(argv[at])
        at += 1
    return named


def _made(
    found: re.Match[str] | None, tool: str, argv: tuple[str, ...], sources: tuple[str, ...], folder: str
) -> Compiled:
    start, end = found.span("command") if found else (0, 0)
    return Compiled(tool=tool, argv=argv, start=start, end=end, sources=sources, folder=folder)
