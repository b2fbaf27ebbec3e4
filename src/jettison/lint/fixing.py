"""From findings with changes to a folder without them, one round after another until nothing more changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..dockerfile.instructions import edited
from ..errors import DockerfileUnreadable
from ..records import Change, Finding, FixClass
from .project import Project

_MOST_ROUNDS = 25
Look = Callable[[Project], tuple[Finding, ...]]


@dataclass(frozen=True, kw_only=True)
class Fixing:
    """A folder after its fixes."""

    project: Project
    left: tuple[Finding, ...]
    applied: tuple[Finding, ...]
    notes: tuple[str, ...]


def fixed(project: Project, look: Look, classes: Sequence[FixClass]) -> Fixing:
    """Apply every change of these classes.

    A round takes the changes that do not touch each other, the first finding first, and then looks again: what one
    fix has moved, the next finds where it is now. A change after which a Dockerfile does not parse, or after which
    the same finding is still there, is taken back and said.

    :param look: all findings of a folder
    """
    applied: list[Finding] = []
    notes: list[str] = []
    refused: set[tuple[str, str, str]] = set()
    found = look(project)
    for _ in range(_MOST_ROUNDS):
        wanted = [each for each in found if each.changes and each.fix in classes and _key(each) not in refused]
        if not wanted:
            break
        chosen = _apart(wanted)
        after = _with(project, chosen)
        left = look(after) if after is not None else ()
        if after is None or _still_there(chosen, left):
            # One of them is to blame: alone, each shows what it does.
            chosen = chosen[:1]
            after = _with(project, chosen)
            left = look(after) if after is not None else ()
            if after is None or _still_there(chosen, left):
                refused.add(_key(chosen[0]))
                notes.append(f"{chosen[0].place}: the fix of {chosen[0].code} does not hold here, and was not made")
                continue
        project, found = after, left
        applied += chosen
    return Fixing(project=project, left=found, applied=tuple(applied), notes=tuple(notes))


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.file, "\n".join(text for _, text in finding.source)


def _still_there(chosen: Sequence[Finding], left: Sequence[Finding]) -> bool:
    keys = {_key(each) for each in left if each.changes}
    return any(_key(each) in keys for each in chosen)


def _apart(found: Sequence[Finding]) -> list[Finding]:
    """As many findings as have changes that do not touch each other, from the front; what writes a whole file anew
    waits until the small changes are made, so that each of them is made, and said, for itself."""
    taken: dict[str, list[tuple[int, int]]] = {}
    chosen: list[Finding] = []
    for each in sorted(found, key=_is_rewrite):
        spans = [(change.file, edit.start, edit.end) for change in each.changes for edit in change.edits]
        spans += [(change.file, 0, 0) for change in each.changes if change.content is not None]
        if any(start <= end_ and start_ <= end for file, start, end in spans for start_, end_ in taken.get(file, ())):
            continue
        for file, start, end in spans:
            taken.setdefault(file, []).append((start, end))
        chosen.append(each)
    return chosen


def _is_rewrite(finding: Finding) -> bool:
    longest_small = 400  # characters
    return any(len(edit.replacement) > longest_small for change in finding.changes for edit in change.edits)


def _with(project: Project, chosen: Sequence[Finding]) -> Project | None:
    """The folder with these changes; None when a Dockerfile does not parse after them."""
    by_file: dict[str, list[Change]] = {}
    for change in (change for finding in chosen for change in finding.changes):
        by_file.setdefault(change.file, []).append(change)
    texts: dict[str, str] = {}
    for file, changes in by_file.items():
        content = next((change.content for change in changes if change.content is not None), None)
        before = content if content is not None else project.text(file)
        if before is None:
            return None
        texts[file] = edited(before, [edit for change in changes for edit in change.edits])
    try:
        return project.with_texts(texts)
    except DockerfileUnreadable:
        return None
