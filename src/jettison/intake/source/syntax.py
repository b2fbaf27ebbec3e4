"""Small questions to Python's syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.AST | None) -> str:
    """``a.b.c`` of names and attributes; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def last_name(node: ast.expr) -> str:
    """``c`` of ``a.b.c`` and of ``f(x).c``; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def receiver(node: ast.Call) -> ast.expr | None:
    """``x`` of ``x.f()``."""
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def keyword(node: ast.Call, *names: str) -> ast.expr | None:
    """The value that a call gives to the first of these names."""
    return next((each.value for name in names for each in node.keywords if each.arg == name), None)


def argument(node: ast.Call, index: int, *names: str) -> ast.expr | None:
    """The value that a call gives by name, else by position."""
    given = keyword(node, *names)
    positional = [each for each in node.args if not isinstance(each, ast.Starred)]
    return given if given is not None else positional[index] if 0 <= index < len(positional) else None


def assignments(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Names that a statement gives a value, dotted for attributes (``self.model``)."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if name := dotted(target):
                yield name, node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                yield from ((name, value) for each, value in pairs if (name := dotted(each)))
    elif isinstance(node, ast.AnnAssign) and node.value is not None and (name := dotted(node.target)):
        yield name, node.value


def assigned_in(function: Function) -> Iterator[tuple[str, ast.expr]]:
    """Names that a function gives values, those of ``with open(…) as name`` among them."""
    for node in ast.walk(function):
        if isinstance(node, ast.stmt):
            yield from assignments(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            yield from ((dotted(each.optional_vars), each.context_expr) for each in node.items if each.optional_vars)


def class_items(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Names that a class body gives values, those of an inner ``Config`` and of ``model_config`` among them."""
    for node in owner.body:
        for name, value in assignments(node):
            yield name, value
            if isinstance(value, ast.Call):
                yield from ((each.arg, each.value) for each in value.keywords if each.arg == "env_prefix")
        if isinstance(node, ast.ClassDef) and node.name == "Config":
            yield from (pair for inner in node.body for pair in assignments(inner))


def methods(owner: ast.ClassDef) -> list[Function]:
    """The functions of a class body."""
    return [node for node in owner.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def parameters(function: Function) -> list[str]:
    """Names of a function's parameters that a call may give, ``self`` left out."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each.arg for each in given if each.arg not in ("self", "cls")]


def default(function: Function, name: str) -> ast.expr | None:
    """The default of a parameter."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return next((value for parameter, value in pairs if parameter.arg == name), None)


def returned(function: Function) -> list[ast.expr]:
    """What a function gives back, every ``return`` of it."""
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]


def framed(tree: ast.Module) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Every node of a module in its order, with the classes and functions around it, outermost first."""
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while waiting:
        node, frames = waiting.pop()
        yield node, frames
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            frames = (*frames, node)
        waiting += [(child, frames) for child in reversed(list(ast.iter_child_nodes(node)))]
