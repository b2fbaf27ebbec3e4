"""Lint as a step of its own: find, mend, and write only when all of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jettison.errors import DockerfileUnreadable, OutputRefused
from jettison.lint import findings, linted, project, rules_named
from jettison.records import Finding, FixClass, Linted, Weight
from jettison.workspace import write_file

from .wish import Wish


def checked(
    path: Path,
    *,
    targets: Sequence[str] = ("cpu",),
    dockerfile: Path | None = None,
    only: Sequence[str] = (),
    classes: Sequence[FixClass] = (),
) -> Linted:
    """Findings of a folder or a Dockerfile, and what its files would be with the fixes of these classes.

    :param only: codes, names or first letters of rules; all rules when empty
    """
    found = project(path, targets=tuple(targets), dockerfile=dockerfile)
    return linted(found, classes, rules_named(only) if only else None)


def found_in(wish: Wish, weights: Sequence[Weight]) -> tuple[Finding, ...]:
    """What a service's own sources cost, by what was weighed of it already."""
    weighed = {
        part.name: part.unpacked_bytes for part in (weights[0].parts if weights else ()) if part.group == "python"
    }
    try:
        return findings(project(wish.service, dockerfile=wish.dockerfile, weighed=weighed))
    except DockerfileUnreadable:  # a compose file may have named another one
        return ()


def written(path: Path, found: Linted) -> None:
    """Write the fixed files into the folder, each whole.

    :raises OutputRefused: a file has changed since it was read; nothing is written then
    """
    root = path.parent if path.is_file() else path
    for file in found.changed:
        place = root / file.path
        now = place.read_bytes() if place.exists() else None
        before = None if file.before is None else file.before.encode("utf-8", "surrogateescape")
        if now != before:
            raise OutputRefused("the file changed while it was looked at", where=str(place), next_step="run it again")
    for file in found.changed:
        write_file(root / file.path, file.after.encode("utf-8", "surrogateescape"))
