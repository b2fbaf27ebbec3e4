"""Values of calls: environment variables, paths, texts, and the service's own functions."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .fold_texts import combinations, of_key, of_path
from .syntax import argument, dotted, keyword, last_name, receiver, returned

if TYPE_CHECKING:
    from .folding import Folding, Place

Rule = Callable[["Folding", ast.Call, "Place"], Iterable[str]]


def of_call(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """A call, by whatever explains it first."""
    name = last_name(node.func)
    if name in ("get", "setdefault") and "env" not in dotted(node.func):
        return _of_get(folding, node, place)
    rule = _RULES.get(name)
    found = list(rule(folding, node, place)) if rule else []
    return found or _of_own_function(folding, node, place)


def _of_environment(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """``os.getenv(name, default)`` and its kin."""
    for key in folding.values(argument(node, 0, "key"), place):
        if key in folding.environment:
            return (folding.environment[key],)
    return folding.values(argument(node, 1, "default", "d"), place)


def _of_get(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """``table.get(key, default)``."""
    owner = receiver(node)
    found = of_key(folding, owner, argument(node, 0, "key"), place) if owner is not None else ()
    return list(found) or folding.values(argument(node, 1, "default"), place)


def _of_first(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """A call that changes nothing that matters: ``int(x)``, ``Field(x)``."""
    return folding.values(argument(node, 0, "default", "file"), place)


def _of_opened(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """``open(x)``, ``gzip.open(x)``; but ``x.open("rb")`` opens x."""
    owner = receiver(node)
    is_function = owner is None or dotted(owner) in place.module.imports
    return _of_first(folding, node, place) if is_function else folding.values(owner, place)


def _of_text(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """``str(x)``; but ``env.str(name)`` reads a variable."""
    return (_of_first if receiver(node) is None else _of_environment)(folding, node, place)


def _of_receiver(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """A method that changes nothing that matters: ``x.strip()``."""
    return folding.values(receiver(node), place)


def _of_parts(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """``Path(a, b)``, ``os.path.join(a, b)``; ``", ".join(…)`` is no path."""
    owner = receiver(node)
    return () if isinstance(owner, ast.Constant) or not node.args else of_path(folding, node.args, place)


def _of_joinpath(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    owner = receiver(node)
    return of_path(folding, [owner, *node.args], place) if owner is not None else ()


def _of_whole_path(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """``os.path.abspath(x)``, ``x.resolve()``: from the directory that the service runs in."""
    found = folding.values(node.args[0] if node.args else receiver(node), place)
    home = folding.environment.get("HOME") or "/root"
    homed = [home + each[1:] if each.startswith("~") else each for each in found]
    return [posixpath.normpath(posixpath.join(folding.workdir, each)) for each in homed]


def _of_directory(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    return [posixpath.dirname(each) for each in folding.values(argument(node, 0, "p"), place)]


def _of_base_name(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    return [posixpath.basename(each) for each in folding.values(argument(node, 0, "p"), place)]


def _of_working_directory(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    return (folding.workdir,)


def _of_format(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    named = {
        each.arg: values[0] for each in node.keywords if each.arg and (values := folding.values(each.value, place))
    }
    owner = receiver(node)
    for text, *given in combinations(folding, [owner, *node.args], place) if owner is not None else ():
        try:
            yield text.format(*given, **named)
        except (IndexError, KeyError, ValueError, AttributeError):
            continue


def _of_replace(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    owner = receiver(node)
    if owner is None or len(node.args) != 2:
        return ()
    return [text.replace(old, new) for text, old, new in combinations(folding, [owner, *node.args], place)]


def _of_suffix(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    owner = receiver(node)
    if owner is None or len(node.args) != 1:
        return ()
    return [posixpath.splitext(path)[0] + suffix for path, suffix in combinations(folding, [owner, *node.args], place)]


def _of_own_function(folding: Folding, node: ast.Call, place: Place) -> Iterable[str]:
    """What one of the service's own functions gives back."""
    name = dotted(node.func)
    origin = folding.code.origin(place.module, name) if name else None
    function = origin[0].functions.get(origin[1]) if origin else None
    if origin is None or function is None:
        return folding.values(keyword(node, "default"), place)
    return folding.all_of(returned(function), type(place)(origin[0], (function,)))


_RULES: dict[str, Rule] = {
    **dict.fromkeys(("getenv", "get", "setdefault", "env", "config", "path"), _of_environment),
    **dict.fromkeys(("int", "float", "Field", "Option", "Argument", "fspath", "cast", "PathLike"), _of_first),
    **dict.fromkeys(("strip", "lower", "as_posix", "rstrip", "lstrip", "expandvars"), _of_receiver),
    **dict.fromkeys(("Path", "PurePath", "PosixPath", "PurePosixPath", "join"), _of_parts),
    **dict.fromkeys(("abspath", "realpath", "normpath", "resolve", "absolute", "expanduser"), _of_whole_path),
    **dict.fromkeys(("getcwd", "cwd"), _of_working_directory),
    "open": _of_opened,
    "str": _of_text,
    "joinpath": _of_joinpath,
    "dirname": _of_directory,
    "basename": _of_base_name,
    "format": _of_format,
    "replace": _of_replace,
    "with_suffix": _of_suffix,
}
