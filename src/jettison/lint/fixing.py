"""From findings with changes to a folder without them, one round after another until nothing more changes."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ..dockerfile.instructions import edited
from ..errors import DockerfileUnreadable
from ..records import Change, Edit, Finding, FixClass
from .project import Project

_MOST_ROUNDS = 200
"""More than any folder needs; what has not ended by then undoes itself in a way that was not seen."""
_MOST_STEPS = 10
"""One rule may take to mend one thing: join two lines, then clean up behind what is one now."""
Look = Callable[[Project], tuple[Finding, ...]]
Texts = Mapping[str, str]
Key = TypeVar("Key")


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
    fix has moved, the next finds where it is now. When a round does not hold, its findings are tried one by one. A
    change does not hold when a Dockerfile does not parse after it, when the same finding is still there, when the
    rule goes on finding as much after so many of its changes, or when the folder was like that before: two rules
    that undo each other would never end. It is taken back and said.

    :param look: all findings of a folder
    """
    made = _Fixing(before=project, project=project, look=look, found=look(project))
    for _ in range(_MOST_ROUNDS):
        wanted = [each for each in made.open(made.found) if each.fix in classes]
        if not wanted:
            break
        if made.apply(_apart(wanted)):
            continue
        for each in sorted(wanted, key=_is_rewrite):
            if made.apply([each]):
                break
            made.refuse(each)
    else:
        made.notes.append(f"fixing stopped after {_MOST_ROUNDS} rounds: run it again for the rest")
    return Fixing(project=made.project, left=made.found, applied=tuple(made.applied), notes=tuple(made.notes))


@dataclass
class _Waiting:
    """How it was before the first of several changes of a rule."""

    project: Project
    found: tuple[Finding, ...]
    applied: int
    steps: int = 0


@dataclass(kw_only=True)
class _Fixing:
    before: Project
    project: Project
    look: Look
    found: tuple[Finding, ...]
    applied: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: set[tuple[str, str, str, int]] = field(default_factory=set)
    seen: list[Texts] = field(default_factory=lambda: [{}])
    """What differs from the folder as it was: at first nothing, then after each round."""
    waiting: dict[str, _Waiting] = field(default_factory=dict)
    """Rules whose last change took no finding away."""

    def apply(self, chosen: Sequence[Finding]) -> bool:
        """Make these changes, when they hold."""
        after = _with(self.project, chosen)
        if after is None:
            return False
        differs = {path: text for path, text in after.changed.items() if text != self.before.text(path)}
        if differs in self.seen:
            return False
        left = self.look(after)
        keys_before, keys = _mendable(self.found, _key), _mendable(left, _key)
        if any(keys[key] >= keys_before[key] for key in map(_key, chosen)):
            return False
        codes_before, codes = _mendable(self.found, _code), _mendable(left, _code)
        for code in {each.code for each in chosen}:
            if codes[code] < codes_before[code]:
                self.waiting.pop(code, None)
            elif not self._may_wait(code):
                return True
        before = _mendable(self.found, _code_and_file)
        self.project, self.found = after, left
        self.seen.append(differs)
        there = _mendable(left, _code_and_file)
        for each in chosen:  # a step on the way is not yet what was mended
            if before[_code_and_file(each)] > there[_code_and_file(each)]:
                before[_code_and_file(each)] -= 1
                self.applied.append(each)
        return True

    def _may_wait(self, code: str) -> bool:
        """Whether a rule may find as much as before once more; else all is as it was when that began."""
        began = self.waiting.setdefault(code, _Waiting(self.project, self.found, len(self.applied)))
        began.steps += 1
        if began.steps <= _MOST_STEPS:
            return True
        self.project, self.found = began.project, began.found
        del self.applied[began.applied :]
        self.waiting.clear()
        for each in self.open(began.found):
            if each.code == code:
                self.refuse(each)
        return False

    def open(self, found: Sequence[Finding]) -> list[Finding]:
        """Those with changes that were not refused."""
        return [each for key, each in _numbered(found) if each.changes and key not in self.refused]

    def refuse(self, finding: Finding) -> None:
        """Leave it, and say so."""
        self.refused.update(key for key, each in _numbered(self.found) if each is finding)
        self.notes.append(f"{finding.place}: the fix of {finding.code} does not hold here, and was not made")


def _key(finding: Finding) -> tuple[str, str, str]:
    """What stays the same of a finding while lines above it come and go."""
    return finding.code, finding.file, "\n".join(text for _, text in finding.source) or finding.message


def _numbered(found: Sequence[Finding]) -> Iterator[tuple[tuple[str, str, str, int], Finding]]:
    """Findings with their keys and, as two lines may read the same, which one of those with that key it is."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for each in found:
        key = _key(each)
        yield (*key, seen[key]), each
        seen[key] += 1


def _code(finding: Finding) -> str:
    return finding.code


def _code_and_file(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.file


def _mendable(found: Sequence[Finding], what: Callable[[Finding], Key]) -> Counter[Key]:
    return Counter(what(each) for each in found if each.changes)


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
    """The folder with these changes; None when they cannot be made, or a Dockerfile does not parse after them."""
    by_file: dict[str, list[Change]] = {}
    for change in (change for finding in chosen for change in finding.changes):
        by_file.setdefault(change.file, []).append(change)
    try:
        return project.with_texts({file: _changed(project, file, changes) for file, changes in by_file.items()})
    except (_CannotBeMade, DockerfileUnreadable):
        return None


class _CannotBeMade(ValueError):
    """Edits that overlap, a file that is not there, or one that would be overwritten."""


def _changed(project: Project, file: str, changes: Sequence[Change]) -> str:
    if posixpath.isabs(file) or posixpath.normpath(file) != file or file.startswith(".."):
        raise _CannotBeMade(f"{file} is no path of the folder")
    made = [change.content for change in changes if change.content is not None]
    if made:
        if len(changes) > 1 or project.holds(file):
            raise _CannotBeMade(f"{file} is there already")
        return made[0]
    text = project.text(file)
    if text is None:
        raise _CannotBeMade(f"{file} cannot be read")
    edits = [edit for change in changes for edit in change.edits]
    try:
        return edited(text, _with_line_endings_of(text, edits))
    except ValueError as cause:
        raise _CannotBeMade(str(cause)) from cause


def _with_line_endings_of(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """Where all lines of a file end in CR LF, the new ones do too: no rule has to think of it."""
    if "\r\n" not in text or re.search(r"(?<!\r)\n", text):
        return list(edits)
    return [replace(edit, replacement=re.sub(r"(?<!\r)\n", "\r\n", edit.replacement)) for edit in edits]
