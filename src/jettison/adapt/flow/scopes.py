"""Whose name is it: which names each function, class and module binds, as Python's own rules say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from jettison.adapt.sources import Source

from .kinds import FunctionNode

ScopeNode = ast.Module | ast.ClassDef | FunctionNode


@dataclass(eq=False)
class Scope:
    """One function, class or module."""

    node: ScopeNode
    source: Source
    parent: Scope | None = None
    bound: set[str] = field(default_factory=set)
    """Names that are local here."""
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    @property
    def module(self) -> Scope:
        """The scope of the whole file."""
        return self if self.parent is None else self.parent.module

    @property
    def owner(self) -> ast.ClassDef | None:
        """The class whose body directly holds this function."""
        holder = self.parent.node if self.parent else None
        return holder if isinstance(holder, ast.ClassDef) else None

    def home(self, name: str) -> Scope:
        """The scope that holds a name as seen from here; the module's for those that nobody binds."""
        if name in self.declared_global:
            return self.module
        if name in self.bound:
            return self
        outer = self.parent
        while outer is not None:
            # A class's names are not seen from its functions.
            if name in outer.bound and not isinstance(outer.node, ast.ClassDef):
                return outer
            outer = outer.parent
        return self.module


def scope(node: ScopeNode, source: Source, parent: Scope | None) -> Scope:
    """The scope that a function, class or module opens."""
    made = Scope(node=node, source=source, parent=parent)
    if not isinstance(node, (ast.Module, ast.ClassDef)):
        made.bound |= {each.arg for each in parameters(node)}
    for inner in own_nodes(node):
        match inner:
            case (
                ast.Name(id=name, ctx=ast.Store() | ast.Del())
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                made.bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                made.bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchMapping(rest=str(name)):
                made.bound.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                made.bound |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.Global(names=names):
                made.declared_global |= set(names)
            case ast.Nonlocal(names=names):
                made.declared_nonlocal |= set(names)
    made.bound -= made.declared_global | made.declared_nonlocal
    return made


def parameters(node: FunctionNode) -> list[ast.arg]:
    """All parameters of a function, in the order of its signature."""
    given = node.args
    stars = [each for each in (given.vararg, given.kwarg) if each]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *stars]


def defaults(node: FunctionNode) -> dict[str, ast.expr]:
    """The defaults of a function by parameter."""
    plain, named = (
        [*node.args.posonlyargs, *node.args.args],
        zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    )
    pairs = zip(plain[len(plain) - len(node.args.defaults) :], node.args.defaults, strict=True)
    return {parameter.arg: default for parameter, default in (*pairs, *named) if default is not None}


def own_nodes(node: ScopeNode) -> Iterator[ast.AST]:
    """All nodes of a body that belong to its own scope; what a comprehension binds is only its own."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(node))
    if not isinstance(node, (ast.Module, ast.ClassDef)):
        waiting = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while waiting:
        inner = waiting.pop()
        yield inner
        if isinstance(inner, ast.comprehension):
            waiting += [inner.iter, *inner.ifs]
        elif not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(inner)
        elif not isinstance(inner, ast.Lambda):
            # Decorators, defaults and bases are read outside.
            waiting += inner.decorator_list
