"""Findings in the sources of an image: Dockerfiles, requirements, the build's folder; what they cost; their fixes."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from ..records import Finding, FixClass, FixedFile, Linted, LintRule
from .builds import Build
from .fixing import fixed
from .found import Found
from .project import DEVICES, PLATFORMS, Project, project
from .rule import Rule, described
from .rules import RULES
from .secret_words import covered
from .silence import Silence
from .weighed import Weights

__all__ = [
    "DEVICES",
    "PLATFORMS",
    "Build",
    "Project",
    "Weights",
    "described_rules",
    "findings",
    "linted",
    "project",
    "rules_named",
]

_MOST_LINES = 12
"""Of a file's text that a finding carries along."""


def findings(service: Project, rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """All that the rules find, by file and place; what comments silence is left out."""
    return _all(service, rules)[0]


def linted(service: Project, classes: Sequence[FixClass] = (), rules: Sequence[Rule] | None = None) -> Linted:
    """Findings of a folder, and its files with the fixes of these classes made. Nothing is written.

    :param rules: those to apply; all when None
    """
    silenced: dict[int, int] = {}

    def look(at: Project) -> tuple[Finding, ...]:
        found, silenced[id(at)] = _all(at, rules)
        return found

    made = fixed(service, look, classes)
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
        silenced=silenced[id(made.project)],
        byte_order_marks=tuple(sorted(each for each in files if (service.text(each) or "").startswith("\ufeff"))),
        notes=(*service.notes, *made.notes),
        changed=tuple(changed),
    )


def described_rules() -> tuple[LintRule, ...]:
    """All rules, as pages and formats speak of them."""
    return tuple(described(rule) for rule in RULES)


def _all(service: Project, rules: Sequence[Rule] | None) -> tuple[tuple[Finding, ...], int]:
    """The findings, and how many more a comment silences."""
    texts: dict[str, _Text] = {}
    silence = Silence(service)
    found: list[Finding] = []
    silenced = 0
    for rule in RULES if rules is None else rules:
        for each in rule.findings(service):
            if each.file not in texts:
                texts[each.file] = _Text(covered(service.text(each.file) or ""))
            finding = _finding(rule, each, texts[each.file])
            if silence.holds(each.file, finding.line, (rule.CODE, rule.NAME, *rule.ALSO)):
                silenced += 1
            else:
                found.append(finding)
    found.sort(key=lambda each: (each.file, each.line, each.code))
    return tuple(found), silenced


class _Text:
    """A file's text with its lines."""

    def __init__(self, text: str) -> None:
        self.lines = [each.rstrip("\r") for each in text.split("\n")]
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        if text.startswith("\ufeff"):  # it is part of no line
            self.lines[0] = self.lines[0][1:]
            self.starts[0] = 1

    def line_at(self, place: int) -> int:
        return max(bisect.bisect_right(self.starts, place), 1)

    def column_at(self, place: int, line: int) -> int:
        return max(place - self.starts[line - 1], 0) + 1


def _finding(rule: Rule, found: Found, text: _Text) -> Finding:
    line = text.line_at(found.start) if found.end > found.start else 0
    last = text.line_at(found.end - 1) if line else 0
    shown = range(line, min(last, line + _MOST_LINES - 1) + 1) if line else ()
    return Finding(
        code=rule.CODE,
        name=rule.NAME,
        file=found.file,
        line=line,
        last_line=last,
        column=text.column_at(found.start, line) if line else 0,
        # An instruction ends with its line ending; the line does not.
        last_column=min(text.column_at(found.end, last), len(text.lines[last - 1]) + 1) if line else 0,
        message=found.message,
        advice=found.advice,
        fix=found.fix if found.changes else "suggest",
        changes=found.changes,
        saving=found.saving,
        source=tuple((number, text.lines[number - 1]) for number in shown),
    )


def rules_named(codes: Sequence[str]) -> tuple[Rule, ...]:
    """The rules with these codes, names, or first letters (``L`` for all of layers)."""
    wanted = {code.lower() for code in codes}
    return tuple(rule for rule in RULES if wanted & {rule.CODE.lower(), rule.NAME, rule.CODE[0].lower()})
