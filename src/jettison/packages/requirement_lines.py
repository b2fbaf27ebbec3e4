"""Requirement lines as people write them, sorted into what an index can answer and what it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..errors import Unresolvable

_VERSION_CONTROL = re.compile(r"^([\w.\[\],\s-]+@\s*)?(git|hg|svn|bzr)\+")
_ADDRESS = re.compile(r"^([\w.\[\],\s-]+@\s*)?[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ELSEWHERE = re.compile(r"^([\w.\[\],\s-]+@\s*)?https?://(?![^\s;#?]*\.whl([\s;#?]|$))", re.IGNORECASE)
_LOCAL = re.compile(
    r"^([\w.\[\],\s-]+@\s*)?(file:|\.|/|~|[A-Za-z]:\\)|^(?!\w+://)[^\s;@]*/|^[^\s;=<>@:]+\.(whl|zip|tar\.gz)$"
)
_COMMENT = re.compile(r"(^|\s)#.*$")
_LINE_OPTION = re.compile(r"\s--(hash|config-settings?|global-option|install-option)[ =]\S+")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a set of requirement lines asks of an index."""

    lines: tuple[str, ...]
    """PEP 508 requirements and addresses of wheels."""
    names: frozenset[str]
    """Canonical names of those that have one."""
    options: tuple[str, ...]
    """Index options that stood among the lines."""
    prereleases: bool
    """``--pre`` stood among them."""
    notes: tuple[str, ...]
    """What was left out, and why, in sentences."""


def asked(requirements: Iterable[str]) -> Asked:
    """Sort requirement lines.

    :raises Unresolvable: a line that is no requirement in any form that pip reads
    """
    lines: list[str] = []
    names: set[str] = set()
    options: list[str] = []
    notes: list[str] = []
    for given in requirements:
        line = _LINE_OPTION.sub("", _COMMENT.sub("", given).replace("\\\n", " ")).rstrip("\\ ").strip()
        if not line:
            continue
        if reason := _why_not(line):
            notes.append(f"{_safe(line)}: {reason}")
        elif line.startswith("-"):
            options.append(line)
        else:
            lines.append(line)
            names.update(_name(line))
    return Asked(
        lines=tuple(lines),
        names=frozenset(names),
        options=tuple(option for option in options if option != "--pre"),
        prereleases="--pre" in options,
        notes=tuple(notes),
    )


_FILE_OPTIONS = ("-r", "--requirement", "-c", "--constraint")
_CANNOT = (
    (_VERSION_CONTROL, "comes from version control, which is not fetched; neither it nor what it requires is counted"),
    (_ELSEWHERE, "an address of something that is no wheel; it would have to be built, and is not counted"),
    (_LOCAL, "a file or folder of the service itself; what it brings is counted with the copied files"),
)


def _why_not(line: str) -> str:
    """Why an index cannot answer the line; empty when it can."""
    option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("-") else ("", "", line)
    if option in _FILE_OPTIONS:
        return "another requirements file, which was not read"
    if option and option not in ("-e", "--editable"):
        return ""
    reason = next((reason for pattern, reason in _CANNOT if pattern.search(value.strip())), "")
    return reason or ("an editable install is not resolved" if option else "")


def _name(line: str) -> list[str]:
    if _ADDRESS.match(line) and "@" not in line.partition("://")[0]:
        return []
    try:
        return [canonicalize_name(Requirement(line).name)]
    except InvalidRequirement as cause:
        raise Unresolvable(
            f"not a requirement: {_safe(line)}", where=str(cause).splitlines()[0], next_step="correct that line"
        ) from cause


def _safe(line: str) -> str:
    """The line without user information in an address, short enough for a sentence."""
    return re.sub(r"(://)[^/\s@]+@", r"\1", line)[:120]
