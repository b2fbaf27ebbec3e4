"""What a rule of lint says of itself: its page in the docs, and the help in every format."""

from __future__ import annotations

from dataclasses import dataclass

from .finding import FixClass


@dataclass(frozen=True, kw_only=True)
class RuleExample:
    """A folder with the flaw and without; files by name with their text."""

    title: str
    bad: tuple[tuple[str, str], ...]
    good: tuple[tuple[str, str], ...]
    fixed: tuple[tuple[str, str], ...]
    """Those files as the fix leaves them; empty where it leaves `good`, or where there is none."""
    sizes: tuple[tuple[str, int], ...]
    """Further files of the folder, with their size in bytes."""
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LintRule:
    """One rule."""

    code: str
    """``L01``."""
    name: str
    """``pip-cache``."""
    summary: str
    """One sentence: what is wrong when it is found."""
    why: str
    """Why it is a flaw, what the fix does, and when it does nothing; Markdown."""
    fix: FixClass
    """The strongest that it has."""
    also: tuple[str, ...]
    """Codes of other linters for the same thing."""
    sources: tuple[str, ...]
    examples: tuple[RuleExample, ...]

    @property
    def page(self) -> str:
        """``docs/rules/L01.md``, where this repository explains it."""
        return f"docs/rules/{self.code}.md"
