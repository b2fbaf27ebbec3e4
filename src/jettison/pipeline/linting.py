"""Lint as a step of its own: find, mend, and write only when all of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jettison.errors import OutputRefused
from jettison.lint import Project, linted, project, rules_named
from jettison.lint.rule import Rule
from jettison.records import FixClass, FixedFile, Linted
from jettison.workspace import write_file

from .lock_refresh import refreshed, stale_locks

_OF_LOCKS = ("W03", "W06")
"""Rules whose findings about a lock file end when it is made again."""


def checked(
    path: Path,
    *,
    targets: Sequence[str] = ("cpu",),
    dockerfile: Path | None = None,
    only: Sequence[str] = (),
    classes: Sequence[FixClass] = (),
    refresh_locks: bool = False,
) -> Linted:
    """Findings of a folder or a Dockerfile, and what its files would be with the fixes of these classes.

    :param only: codes, names or first letters of rules; all rules when empty
    :param refresh_locks: make lock files again with uv or Poetry, which ask the package index
    """
    refreshes = refresh_locks and "verify" in classes
    found = project(path, targets=tuple(targets), dockerfile=dockerfile, refreshes=refreshes)
    rules = rules_named(only) if only else None
    made = linted(found, classes, rules)
    if refreshes:
        return _with_locks(found, made, classes, rules)
    return replace(made, notes=(*made.notes, *stale_locks(found, (file.path for file in made.changed))))


def _with_locks(found: Project, made: Linted, classes: Sequence[FixClass], rules: tuple[Rule, ...] | None) -> Linted:
    """The same with the locks made again, and what is to be said then: of the new locks, not of the old ones."""
    texts = {file.path: file.after for file in made.changed}
    locks = refreshed(found.with_texts(texts), texts, (each.file for each in made.findings if each.code in _OF_LOCKS))
    texts = {path: text for path, text in {**texts, **locks.texts}.items() if path not in locks.taken_back}
    after = linted(replace(found.with_texts(texts), refreshes=False), classes, rules)
    texts |= {file.path: file.after for file in after.changed}
    changed = (FixedFile(path=path, before=found.text(path), after=text) for path, text in sorted(texts.items()))
    kept = [each for each in made.applied if not {change.file for change in each.changes} & locks.taken_back]
    return replace(
        after,
        applied=(*kept, *after.applied),
        notes=(*made.notes, *locks.notes, *(note for note in after.notes if note not in made.notes)),
        changed=tuple(file for file in changed if file.after != file.before),
    )


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
