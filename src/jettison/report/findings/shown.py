"""What every format gets."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ...records import Linted, LintRule


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Findings with the rules that explain them, and from where they are looked at."""

    found: Linted
    rules: tuple[LintRule, ...]
    """All that there are."""
    below: str = ""
    """The folder of the service, relative to where the reader stands; empty when that is it."""
    command: str = "jettison lint"
    """As it was typed, without what it should do about the findings."""
    version: str = ""
    """Of jettison."""
    home: str = ""
    """Where the project is found; empty when it has no address."""

    def path(self, file: str) -> str:
        """A file as the reader would name it."""
        return posixpath.normpath(posixpath.join(self.below, file))

    def rule(self, code: str) -> LintRule:
        """The rule of a finding."""
        return next(each for each in self.rules if each.code == code)
