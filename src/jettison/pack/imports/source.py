"""The imports of one source file."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_LINE = re.compile(
    r"^(?P<indent>[ \t]*)(?:from[ \t]+(?P<from>[\w.]+)[ \t]+import\b|import[ \t]+(?P<import>[\w., \t]+))", re.MULTILINE
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_PLAIN = re.compile(r"[A-Za-z_]\w*")
_LONGEST_NAME = 200


Kind = Literal["import", "guarded", "function", "text"]
"""How a name is asked for: by running the module; so, but with a way out when it is missing; inside a function;
as a dotted text, or a plain one given to a function with ``import`` in its name."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """One name that a source file asks for, absolute: of a module, or of something in one."""

    name: str
    kind: Kind


def imported(source: bytes, module: str, *, is_package: bool) -> tuple[Imported, ...]:
    """Read one file. What this Python cannot parse is searched line by line, all of it taken as run on import.

    Imports for type checkers (``if TYPE_CHECKING``) and under ``if __name__ == "__main__"`` do not count. But a package
    that says in the ``else`` how it comes by those names later imports them when it is asked for one.

    :param module: its dotted name, for relative imports
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a library's odd escapes are not this program's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(Imported(name=name, kind="import") for name in dict.fromkeys(_by_line(source)))
    package = module if is_package else module.rpartition(".")[0]
    return tuple(dict.fromkeys((*_found(tree, package), *(_later(tree, package) if is_package else ()))))


def _later(tree: ast.Module, package: str) -> Iterator[Imported]:
    """What a package imports when it is asked for it: transformers and its kind list it for type checkers alone."""
    for node in tree.body:
        if isinstance(node, ast.If) and node.orelse and _for_type_checkers(node.test):
            for statement in node.body:
                yield from _found(statement, package, "function")


def _found(tree: ast.AST, package: str, kind: Kind = "import") -> Iterator[Imported]:
    """Goes through the tree without recursion: some libraries nest deeper than Python's stack."""
    waiting: list[tuple[ast.AST, Kind]] = [(tree, kind)]
    while waiting:
        node, kind = waiting.pop()
        if isinstance(node, ast.Constant):
            yield from _dotted_text(node.value)
        elif isinstance(node, ast.Import):
            yield from (Imported(name=alias.name, kind=kind) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Imported(name=name, kind=kind) for name in _from_names(node, package))
        elif isinstance(node, _DIFFERENT_INSIDE):
            waiting.extend(_inside(node, kind))
        else:
            if isinstance(node, ast.Call):
                yield from _import_call(node)
            waiting.extend((child, kind) for child in _children(node))


_DIFFERENT_INSIDE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.If, ast.Try)
_BARREN = (ast.Name, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
"""Nodes with nothing inside that matters here; half of all."""


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for value in vars(node).values():
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST) and not isinstance(item, _BARREN))
        elif isinstance(value, ast.AST) and not isinstance(value, _BARREN):
            yield value


def _inside(node: ast.AST, kind: Kind) -> Iterator[tuple[ast.AST, Kind]]:
    """The parts of a node in which an import counts differently than beside it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from ((part, kind) for part in (*node.decorator_list, node.args))
        yield from ((statement, "function") for statement in node.body)
    elif isinstance(node, ast.If) and _never_on_import(node.test):
        yield from ((statement, kind) for statement in node.orelse)
    elif isinstance(node, ast.Try) and node.handlers and kind == "import":
        yield from ((statement, "guarded") for statement in node.body)
        yield from ((part, kind) for part in (*node.handlers, *node.orelse, *node.finalbody))
    else:
        yield from ((child, kind) for child in _children(node))


def _from_names(node: ast.ImportFrom, package: str) -> Iterator[str]:
    above = package.split(".")
    base = ".".join(above[: len(above) - node.level + 1]) if node.level else ""
    base = f"{base}.{node.module or ''}".strip(".")
    yield from (name for name in (base, *(f"{base}.{a.name}".strip(".") for a in node.names if a.name != "*")) if name)


def _dotted_text(value: object) -> Iterator[Imported]:
    if isinstance(value, str) and len(value) <= _LONGEST_NAME:
        text = value.partition(":")[0]
        if _DOTTED.fullmatch(text):
            yield Imported(name=text, kind="text")


def _import_call(node: ast.Call) -> Iterator[Imported]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if "import" in name or name == "find_spec":
        texts = (part.value for part in node.args[:1] if isinstance(part, ast.Constant))
        yield from (
            Imported(name=text, kind="text") for text in texts if isinstance(text, str) and _PLAIN.fullmatch(text)
        )


def _never_on_import(test: ast.expr) -> bool:
    """``TYPE_CHECKING``, ``typing.TYPE_CHECKING`` or ``__name__ == "__main__"``."""
    if isinstance(test, ast.Compare):
        return isinstance(test.left, ast.Name) and test.left.id == "__name__"
    return _for_type_checkers(test)


def _for_type_checkers(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _by_line(source: bytes) -> Iterator[str]:
    for match in _LINE.finditer(source.decode("utf-8", "replace")):
        if match["from"]:
            yield match["from"].strip(".")
        else:
            yield from (name.split()[0] for name in match["import"].split(",") if name.strip())
