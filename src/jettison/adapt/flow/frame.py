"""Where the reading stands: in which scope, and what each name is at this point."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

from jettison.adapt.edits import Action
from jettison.adapt.graph import Graph
from jettison.adapt.ledger import Ledger

from .kinds import NOTHING, PLAIN, Foreign, FunctionNode, Value, one
from .memory import Memory, Place
from .scopes import Scope, ScopeNode, scope


@dataclass(eq=False)
class Reading:
    """The whole service while it is read."""

    graph: Graph
    memory: Memory = field(default_factory=Memory)
    ledger: Ledger = field(default_factory=Ledger)
    scopes: dict[ScopeNode, Scope] = field(default_factory=dict)
    augmented: dict[ast.AugAssign, ast.BinOp] = field(default_factory=dict)
    """What ``x += y`` is read as."""
    kin: dict[tuple[ast.ClassDef, bool], list[ast.ClassDef]] = field(default_factory=dict)
    """Classes related by inheritance, as far as it is known now."""
    settled: bool = False
    """What is still unknown comes from outside: plain data."""

    @property
    def unknown(self) -> Value:
        """What a place holds that nothing was seen to be put in."""
        return PLAIN if self.settled else NOTHING

    @property
    def functions(self) -> tuple[FunctionNode, ...]:
        """Functions whose definition was reached."""
        return tuple(node for node in self.scopes if not isinstance(node, (ast.Module, ast.ClassDef)))


Names = dict[str, Value]


@dataclass(eq=False)
class Loop:
    """The names at the places that leave a loop's body early."""

    broken: list[Names] = field(default_factory=list)
    continued: list[Names] = field(default_factory=list)


@dataclass(eq=False)
class Frame:
    """One scope while its body is read from top to bottom."""

    reading: Reading
    scope: Scope
    names: Names = field(default_factory=dict)
    """What each local name is here and now."""
    reached: bool = True
    """False behind a return, a raise, a break."""
    inner: list[Names] = field(default_factory=list)
    """Names of the comprehensions that are being read."""
    watchers: list[Names] = field(default_factory=list)
    """Everything assigned since each ``try`` that is open: what its handlers may find."""
    catching: int = 0
    """How many ``try`` with handlers are open."""
    loops: list[Loop] = field(default_factory=list)
    shown: bool = False
    """What is read is only printed or logged: it may look different, which is noted."""

    @property
    def memory(self) -> Memory:
        """Of the whole service."""
        return self.reading.memory

    @property
    def tried(self) -> bool:
        """An error here may be caught by the service and change what it does."""
        return self.catching > 0 or self.memory.marked("tried", self.scope.node)

    def lookup(self, name: str) -> Value:
        """What a name is here."""
        for names in reversed(self.inner):
            if name in names:
                return names[name]
        home = self.scope.home(name)
        place = _place(home, name)
        if home is self.scope and name in self.names and not self.memory.marked("shared", *place):
            return self.names[name]
        if found := self.memory.read(*place):
            return found
        if home.parent is None and name not in home.bound and hasattr(builtins, name):
            return one(Foreign(f"builtins.{name}"))
        return self.reading.unknown

    def assign(self, name: str, value: Value) -> None:
        """The name is this from here on."""
        home = self.scope.home(name)
        self.memory.write(_place(home, name), value)
        if home is self.scope:
            self.names[name] = value
            for watcher in self.watchers:
                watcher[name] = watcher.get(name, NOTHING) | value

    def child(self, node: ScopeNode) -> Scope:
        """The scope that a function or class opens here."""
        if node not in self.reading.scopes:
            made = scope(node, self.scope.source, self.scope)
            self.reading.scopes[node] = made
            for name in made.declared_global | made.declared_nonlocal:
                # Who calls the function finds the name changed: there it is all that it ever was.
                self.memory.mark("shared", *_place(made.home(name), name))
            self.memory.grew = True
        return self.reading.scopes[node]

    def refuse(self, node: ast.AST, reason: str) -> None:
        """The node's line cannot be kept right."""
        self.reading.ledger.refuse(self.scope.source, node, reason)

    def edit(self, node: ast.AST, action: Action, code: str = "") -> None:
        """Change the node."""
        self.reading.ledger.edit(self.scope.source, node, action, code)

    def seed(self, node: ast.AST) -> None:
        """The node seeds random numbers."""
        self.reading.ledger.seed(self.scope.source, node)

    def draw(self, node: ast.AST) -> None:
        """The node draws random numbers."""
        self.reading.ledger.draw(self.scope.source, node)

    def note(self, node: ast.AST, text: str) -> None:
        """Tell something about the node's line."""
        self.reading.ledger.note(self.scope.source, node, text)


def joined(*many: Names) -> Names:
    """What each name is where several ways meet."""
    return {
        name: frozenset(kind for names in many for kind in names.get(name, NOTHING))
        for name in dict.fromkeys(name for names in many for name in names)
    }


def _place(home: Scope, name: str) -> Place:
    if home.parent is None:
        return ("global", home.source.path, name)
    if isinstance(home.node, ast.ClassDef):
        return ("field", home.node, name)
    return ("cell", home.node, name)
