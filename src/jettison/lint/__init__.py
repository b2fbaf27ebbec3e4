"""Findings in the sources of an image: Dockerfiles, requirements, the build's folder; what they cost; their fixes."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from ..records import Finding, FixClass, FixedFile, Linted
from .fixing import fixed
from .found import Found
from .project import DEVICES, PLATFORMS, Build, Project, Weights, project
from .rule import Rule
from .rules import RULES
from .secret_words import covered
from .silence import silent

__all__ = ["DEVICES", "PLATFORMS", "Build", "Project", "Weights", "findings", "linted", "project", "rules_named"]

_MOST_LINES = 12
"""Of a file's text that a finding carries along."""


def findings(service: Project, rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """All that the rules find, by file and place; what comments silence is left out."""
    return tuple(each for each, is_silent in _all(service, rules) if not is_silent)


def linted(service: Project, classes: Sequence[FixClass] = (), rules: Sequence[Rule] | None = None) -> Linted:
    """Findings of a folder, and its files with the fixes of these classes made. Nothing is written.

    :param rules: those to apply; all when None
    """
    made = fixed(service, lambda each: findings(each, rules), classes)
    before = {path: service.text(path) for path in made.project.changed}
    changed = (
        FixedFile(path=path, before=before[path], after=after)
        for path, after in sorted(made.project.changed.items())
        if after != before[path]
    )
    files = {*(build.path for build in service.builds), *(file.path for file in service.requirement_files)}
    files.update(build.ignored.file for build in service.builds if build.ignored.file)
    return Linted(
        root=service.root.name if service.root.name else str(service.root),
        targets=service.targets,
        files=tuple(sorted(files)),
        findings=made.left,
        applied=made.applied,
        silenced=sum(is_silent for _, is_silent in _all(made.project, rules)),
        notes=(*service.notes, *made.notes),
        changed=tuple(changed),
    )


def _all(service: Project, rules: Sequence[Rule] | None) -> list[tuple[Finding, bool]]:
    texts: dict[str, _Text] = {}
    found: list[tuple[Finding, bool]] = []
    for rule in RULES if rules is None else rules:
        for each in rule.findings(service):
            if each.file not in texts:
                texts[each.file] = _Text(covered(service.text(each.file) or ""))
            finding = _finding(rule, each, texts[each.file])
            found.append((finding, silent(service, each.file, finding.line, (rule.CODE, rule.NAME, *rule.ALSO))))
    found.sort(key=lambda each: (each[0].file, each[0].line, each[0].code))
    return found


class _Text:
    """A file's text with its lines."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def line_at(self, place: int) -> int:
        return bisect.bisect_right(self.starts, place)


def _finding(rule: Rule, found: Found, text: _Text) -> Finding:
    line = text.line_at(found.start) if found.end > found.start else 0
    last = text.line_at(max(found.end - 1, found.start)) if line else 0
    return Finding(
        code=rule.CODE,
        name=rule.NAME,
        file=found.file,
        line=line,
        last_line=last,
        column=found.start - text.starts[line - 1] + 1 if line else 0,
        message=found.message,
        advice=found.advice,
        fix=found.fix if found.changes else "suggest",
        changes=found.changes,
        saving=found.saving,
        source=tuple((number, text.lines[number - 1]) for number in range(line, min(last, line + _MOST_LINES - 1) + 1))
        if line
        else (),
    )


def rules_named(codes: Sequence[str]) -> tuple[Rule, ...]:
    """The rules with these codes, names, or first letters (``L`` for all of layers)."""
    wanted = {code.lower() for code in codes}
    return tuple(rule for rule in RULES if wanted & {rule.CODE.lower(), rule.NAME, rule.CODE[0].lower()})
