"""What the reading found: changes to make, lines to refuse, and things to tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from jettison.records import Refusal

from .edits import Action, Edit, span
from .sources import Source

_SEEDED = "tokens are sampled, and a seed gives other ones than with torch's random numbers"


@dataclass
class _Facts:
    source: Source
    edits: list[tuple[Action, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    spare: str = ""
    seeds: bool = False
    draws: bool = False


class Ledger:
    """Facts by the node that they are about. A node that is read again says everything anew: the last time counts."""

    def __init__(self) -> None:
        self.listening = False
        """Nothing is written down until all values are known."""
        self.drawn = False
        """Random numbers are drawn though no node says so."""
        self._facts: dict[ast.AST, _Facts] = {}

    def forget(self, node: ast.AST) -> None:
        """The node is about to be read again."""
        self._facts.pop(node, None)

    def edit(self, source: Source, node: ast.AST, action: Action, code: str = "") -> None:
        """Change the node."""
        if facts := self._of(source, node):
            facts.edits.append((action, code))

    def refuse(self, source: Source, node: ast.AST, reason: str) -> None:
        """The node's line cannot be kept right."""
        if facts := self._of(source, node):
            facts.reasons.append(reason)

    def note(self, source: Source, node: ast.AST, text: str) -> None:
        """Tell something about the node's line."""
        if facts := self._of(source, node):
            facts.notes.append(text)

    def seed(self, source: Source, node: ast.AST) -> None:
        """The node seeds torch's random numbers: that matters if anything is drawn."""
        if facts := self._of(source, node):
            facts.seeds = True

    def draw(self, source: Source, node: ast.AST) -> None:
        """The node draws random numbers."""
        if facts := self._of(source, node):
            facts.draws = True

    def spare(self, source: Source, node: ast.stmt, name: str) -> None:
        """The statement may go if nothing else speaks of the name that it binds."""
        if facts := self._of(source, node):
            facts.spare = name

    def spares(self, source: Source) -> tuple[tuple[str, Edit], ...]:
        """Names of a file that may turn out to be needless, with the edit that drops them."""
        lines = source.text.split("\n")
        found = [(node, facts.spare) for node, facts in self._facts.items() if facts.source is source and facts.spare]
        return tuple((name, Edit("drop statement", span(node, lines))) for node, name in found)

    def edits(self, source: Source) -> tuple[Edit, ...]:
        """All changes to a file."""
        lines = source.text.split("\n")
        return tuple(
            Edit(action, span(node, lines), code)
            for node, facts in self._facts.items()
            if facts.source is source
            for action, code in dict.fromkeys(facts.edits)
        )

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """All refused lines, by file and line; each reason once a line."""
        found = {facts.source.refusal(node, reason) for node, facts in self._facts.items() for reason in facts.reasons}
        if self.drawn or any(facts.draws for facts in self._facts.values()):
            found |= {facts.source.refusal(node, _SEEDED) for node, facts in self._facts.items() if facts.seeds}
        return tuple(sorted(found, key=lambda each: (each.file, each.line, each.reason)))

    @property
    def notes(self) -> tuple[str, ...]:
        """All notes, each with its line."""
        found = {
            (facts.source.path, getattr(node, "lineno", 1), text)
            for node, facts in self._facts.items()
            for text in facts.notes
        }
        return tuple(f"{path}:{line}: {text}" for path, line, text in sorted(found))

    def _of(self, source: Source, node: ast.AST) -> _Facts | None:
        return self._facts.setdefault(node, _Facts(source)) if self.listening else None
