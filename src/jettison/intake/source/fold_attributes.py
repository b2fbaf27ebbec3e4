"""Values of attributes: of paths, of ``self``, of settings classes, of other modules, of command-line options."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from .code import Module
from .syntax import assigned_in, class_items, dotted, keyword, methods, returned

if TYPE_CHECKING:
    from .folding import Folding, Place

Owner = tuple[Module, ast.ClassDef]


def of_attribute(folding: Folding, node: ast.Attribute, place: Place) -> Iterable[str]:
    """``x.name``, by whatever explains it first."""
    for rule in (_of_path, _of_self, _of_module, _of_instance, _of_command_line):
        found = list(rule(folding, node, place))
        if found:
            return found
    return ()


def _of_path(folding: Folding, node: ast.Attribute, place: Place) -> Iterable[str]:
    """``path.parent``, ``path.name``, ``path.stem``; ``.value`` of an enumeration's member."""
    change = _OF_PATHS.get(node.attr)
    return [change(each) for each in folding.values(node.value, place)] if change else ()


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]


_OF_PATHS: dict[str, Callable[[str], str]] = {
    "parent": posixpath.dirname,
    "name": posixpath.basename,
    "stem": _stem,
    "value": str,
}


def _of_self(folding: Folding, node: ast.Attribute, place: Place) -> Iterable[str]:
    if dotted(node.value) not in ("self", "cls"):
        return ()
    for depth in range(len(place.frames), 0, -1):
        frame = place.frames[depth - 1]
        if isinstance(frame, ast.ClassDef):
            outer = place.out_to(depth)
            return _set_in_methods(folding, node.attr, frame, outer) or _of_class(folding, node.attr, frame, outer)
    return ()


def _set_in_methods(folding: Folding, name: str, owner: ast.ClassDef, place: Place) -> list[str]:
    """What methods give to ``self.name``; the place is inside the class."""
    found: list[str] = []
    for method in methods(owner):
        inner = type(place)(place.module, (*place.frames, method))
        found += folding.all_of((value for key, value in assigned_in(method) if key == f"self.{name}"), inner)
    return found


def _of_class(folding: Folding, name: str, owner: ast.ClassDef, place: Place) -> list[str]:
    """What a class body gives; for a settings class, the image's environment wins over it."""
    items = list(class_items(owner))
    if any("Settings" in dotted(base) for base in owner.bases):
        prefix = "".join(folding.all_of((value for key, value in items if key == "env_prefix"), place)[:1])
        for key in (f"{prefix}{name}".upper(), f"{prefix}{name}"):
            if key in folding.environment:
                return [folding.environment[key]]
    return folding.all_of((value for key, value in items if key == name), place)


def _of_module(folding: Folding, node: ast.Attribute, place: Place) -> Iterable[str]:
    """A name of another module, or an attribute that this module sets."""
    whole = dotted(node)
    if whole in place.module.assigned:
        return folding.all_of(place.module.assigned[whole], type(place)(place.module))
    imported = place.module.imports.get(dotted(node.value))
    module = folding.code.imported(imported) if imported else None
    if module is None or module[1] is not None:
        return ()
    name = ast.copy_location(ast.Name(id=node.attr, ctx=ast.Load()), node)
    return folding.values(name, type(place)(module[0]))


def _of_instance(folding: Folding, node: ast.Attribute, place: Place) -> Iterable[str]:
    """An attribute of one of the service's own classes, or of an instance of it."""
    owner = class_of(folding, node.value, place)
    if owner is None:
        return ()
    inside = type(place)(owner[0], (owner[1],))
    found = _of_class(folding, node.attr, owner[1], inside) or _set_in_methods(folding, node.attr, owner[1], inside)
    getter = next((each for each in methods(owner[1]) if each.name == node.attr), None)
    if not found and getter is not None:
        return folding.all_of(returned(getter), type(place)(owner[0], (owner[1], getter)))
    return found


def class_of(folding: Folding, node: ast.AST | None, place: Place, depth: int = 0) -> Owner | None:
    """The service's own class that an expression is, or is an instance of."""
    if isinstance(node, ast.Call):
        return class_of(folding, node.func, place, depth + 1)
    origin = _origin(folding, dotted(node), place)
    if origin is None or depth > 10:
        return None
    module, name = origin
    if name in module.classes:
        return module, module.classes[name]
    if name in module.functions:  # a function that gives the settings
        given = returned(module.functions[name])
        return class_of(folding, given[-1], type(place)(module), depth + 1) if given else None
    return class_of(folding, module.assigned[name][-1], type(place)(module), depth + 1)


def _origin(folding: Folding, name: str, place: Place) -> tuple[Module, str] | None:
    before, _, last = name.rpartition(".")
    if not before:
        return folding.code.origin(place.module, name) if name else None
    imported = place.module.imports.get(before)
    found = folding.code.imported(imported) if imported else None
    return folding.code.origin(found[0], last) if found and found[1] is None else None


def _of_command_line(folding: Folding, node: ast.Attribute, place: Place) -> Iterable[str]:
    """What the start line gives to ``parser.add_argument("--name", default=…)``, else the default."""
    for each, _ in place.module.calls:
        if isinstance(each.func, ast.Attribute) and each.func.attr == "add_argument":
            options = folding.all_of(each.args, place)
            stored = folding.values(keyword(each, "dest"), place) or [
                value.lstrip("-").replace("-", "_") for value in options
            ]
            if node.attr in stored:
                given = _given(options, folding.code.arguments)
                return (given,) if given is not None else folding.values(keyword(each, "default"), place)
    return ()


def _given(options: Sequence[str], arguments: tuple[str, ...]) -> str | None:
    """What a command line gives to an option, the last time that it does."""
    found: str | None = None
    for word, behind in zip(arguments, (*arguments[1:], None), strict=False):
        name, equals, value = word.partition("=")
        if name.startswith("-") and name in options:
            found = value if equals else behind
    return found
