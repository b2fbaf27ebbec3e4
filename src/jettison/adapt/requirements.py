"""Distributions that the image can do without once the app is adapted."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .known.packages import FAMILIES, HELPERS


def removed(before: Iterable[ast.Module], after: Iterable[ast.Module]) -> tuple[str, ...]:
    """Distributions that nothing which runs imports any more, when torch, transformers or TensorFlow was before.

    torch and transformers both go, since each was there for the other. Of their helpers (what services list because
    transformers wants it, such as sentencepiece or accelerate) those go that no line of the service imports itself.
    """
    used = [name for tree in before for name in _modules(tree)]
    packages = {name.partition(".")[0] for name in used}
    gone = [name for imported, distributions in FAMILIES if packages & set(imported) for name in distributions]
    if not gone:
        return ()
    left = {name for tree in after for name in _modules(tree)}
    helpers = [name for name, module in HELPERS.items() if not any(_is_in(each, module) for each in left)]
    return tuple(sorted([*gone, *helpers]))


def _modules(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                found += [alias.name for alias in aliases]
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                found += [module, *(f"{module}.{alias.name}" for alias in aliases)]
            case ast.Call(
                func=ast.Name("import_module") | ast.Attribute(attr="import_module"), args=[ast.Constant(str(name)), *_]
            ):
                found.append(name)
    return found


def _is_in(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")
