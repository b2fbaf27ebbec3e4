"""What a rule is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from ..records import FixClass, LintRule, RuleExample
from .found import Found
from .project import Project

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Example:
    """A folder that the rule has something to say about, and how it should be. Names of files with their text."""

    bad: Mapping[str, str]
    good: Mapping[str, str]
    """The same folder without the flaw, as a person would write it."""
    fixed: Mapping[str, str] | None = None
    """What the fix makes of `bad`, file for file; None where the rule has no fix, or where `good` is what it makes."""
    sizes: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    """Further files of the folder, with their size in bytes."""
    targets: tuple[str, ...] = ("cpu",)
    title: str = ""


class Rule(Protocol):
    """A module of this shelf."""

    @property
    def CODE(self) -> str:
        """``L01``: the letter says what it is about (W wheels and requirements, L layers, B base images, M models,
        P Python files, R running, T targets)."""
        ...

    @property
    def NAME(self) -> str:
        """``pip-cache``"""
        ...

    @property
    def SUMMARY(self) -> str:
        """One sentence: what is wrong when it is found."""
        ...

    @property
    def WHY(self) -> str:
        """Why that is a flaw, what the fix does, and when it does nothing; Markdown."""
        ...

    @property
    def FIX(self) -> FixClass:
        """The strongest that it has."""
        ...

    @property
    def ALSO(self) -> tuple[str, ...]:
        """Codes of other linters for the same thing (``DL3042``); a comment that silences one of them silences it."""
        ...

    @property
    def SOURCES(self) -> tuple[str, ...]:
        """Where it is known from: documents, issues, studies."""
        ...

    @property
    def EXAMPLES(self) -> tuple[Example, ...]:
        """A folder each, with and without the flaw."""
        ...

    def findings(self, project: Project) -> Iterator[Found]:
        """What it finds in a folder."""
        ...


def described(rule: Rule) -> LintRule:
    """The rule as its page and the formats speak of it."""
    return LintRule(
        code=rule.CODE,
        name=rule.NAME,
        summary=rule.SUMMARY,
        why=rule.WHY,
        fix=rule.FIX,
        also=rule.ALSO,
        sources=rule.SOURCES,
        examples=tuple(_described(each, has_fix=rule.FIX != "suggest") for each in rule.EXAMPLES),
    )


def _described(example: Example, *, has_fix: bool) -> RuleExample:
    fixed = example.good if example.fixed is None else {**example.bad, **example.fixed}
    return RuleExample(
        title=example.title,
        bad=tuple(example.bad.items()),
        good=tuple(example.good.items()),
        fixed=tuple(fixed.items()) if has_fix else (),
        sizes=tuple(example.sizes.items()),
        targets=example.targets,
    )
