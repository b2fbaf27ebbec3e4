"""Lint as a step of its own: find, mend, and write only when all of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from jettison.errors import DockerfileUnreadable, OutputRefused
from jettison.lint import Project, Weights, findings, linted, project, rules_named
from jettison.lint.rule import Rule
from jettison.records import Finding, FixClass, FixedFile, Linted, Weight
from jettison.report.findings import costs
from jettison.workspace import write_file

from .lock_refresh import refreshed, stale_locks
from .wish import Wish

FailOn = Literal["any", "safe", "verify", "never"]
_COUNTING: dict[FailOn, tuple[FixClass, ...]] = {
    "any": ("safe", "verify", "suggest"),
    "safe": ("safe",),
    "verify": ("safe", "verify"),
    "never": (),
}
_OF_LOCKS = ("W03", "W06")
"""Rules whose findings about a lock file end when it is made again."""


def checked(
    path: Path,
    *,
    targets: Sequence[str] = (),
    dockerfile: Path | None = None,
    only: Sequence[str] = (),
    classes: Sequence[FixClass] = (),
    weights: Weights | None = None,
    refresh_locks: bool = False,
) -> Linted:
    """Findings of a folder or a Dockerfile, and what its files would be with the fixes of these classes.

    :param only: codes, names or first letters of rules; all rules when empty
    :param weights: of `weighed`; figures come from the table without them
    :param refresh_locks: make lock files again with uv or Poetry, which ask the package index
    """
    refreshes = refresh_locks and "verify" in classes
    found = project(path, targets=tuple(targets), dockerfile=dockerfile, weights=weights, refreshes=refreshes)
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


def found_in(wish: Wish, weights: Sequence[Weight]) -> tuple[Finding, ...]:
    """What a service's own sources cost, by what was weighed of it already."""
    parts = [part for part in (weights[0].parts if weights else ()) if part.group == "python"]
    known = Weights(
        distributions={_name(part.name): part.unpacked_bytes for part in parts},
        required_by={_name(part.name): frozenset(map(_name, part.required_by)) for part in parts},
    )
    if len(weights) > 1 and weights[1].name == "CPU torch":
        lighter = weights[0].group_bytes("python") - weights[1].group_bytes("python")
        known = replace(known, lighter={"torch": lighter} if lighter > 0 else {})
    try:
        return findings(project(wish.service, targets=("cpu",), dockerfile=wish.dockerfile, weights=known))
    except DockerfileUnreadable:  # a compose file may have named another one
        return ()


def _name(part: str) -> str:
    """``torch 2.13.0``: the name alone."""
    return part.partition(" ")[0]


def written(path: Path, found: Linted) -> None:
    """Write the fixed files into the folder, each whole; a link stays one, and what it points to is changed.

    :raises OutputRefused: a file has changed since it was read, or lies outside the folder; nothing is written then
    """
    root = (path.parent if path.is_file() else path).resolve()
    places = {file.path: (root / file.path).resolve() for file in found.changed}
    for file in found.changed:
        place = places[file.path]
        if not place.is_relative_to(root):
            raise OutputRefused(
                "the file is a link to one outside the folder, and was not changed",
                where=str(root / file.path),
                next_step="fix the folder that holds it",
            )
        now = place.read_bytes() if place.exists() else None
        before = None if file.before is None else file.before.encode("utf-8", "surrogateescape")
        if now != before:
            raise OutputRefused("the file changed while it was looked at", where=str(place), next_step="run it again")
    for file in found.changed:
        write_file(places[file.path], file.after.encode("utf-8", "surrogateescape"))


def fails(found: Linted, *, on: FailOn = "any", over_bytes: int | None = None) -> bool:
    """Whether a gate closes: something of these classes is left that is more than style.

    :param on: the classes that count: those that ``--fix`` mends, those that ``--fix-verify`` does, all, none
    :param over_bytes: it only closes when what is left costs more than that in all
    """
    counting = [each for each in found.findings if each.fix in _COUNTING[on] and not each.is_style]
    if over_bytes is not None:
        return costs(counting).size_bytes > over_bytes
    return bool(counting)
