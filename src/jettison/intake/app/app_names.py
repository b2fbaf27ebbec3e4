"""From the way a server names an app to the file that makes it, and back."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ...dockerfile.servers import ServerCall
from ..source.code import Code, Module

_USUAL = ("app", "application", "api", "server", "create_app", "make_app", "get_app")


@dataclass(frozen=True, kw_only=True)
class AppName:
    """An app as a server names it."""

    module: Module
    dotted: str
    """The module's name for an import."""
    variables: tuple[str, ...]
    """What the app may be called in it, the likeliest first; with ``()`` for a factory."""
    folders: tuple[str, ...]
    """Folders that must be on the import path besides the working directory."""


def dotted_name(target: str, roots: tuple[str, ...]) -> tuple[str, str]:
    """The name by which a file is imported, and the folder that this name starts from."""
    for root in roots:
        prefix = root.rstrip("/") + "/"
        if target.startswith(prefix):
            parts = target[len(prefix) :].removesuffix(".py").removesuffix("/__init__").split("/")
            if all(part.isidentifier() for part in parts):
                return ".".join(parts), root
    return posixpath.basename(target).removesuffix(".py"), posixpath.dirname(target)


def app_name(call: ServerCall, code: Code) -> AppName | None:
    """The app that a server's command line names; None when the line names none, or its file is not in the image."""
    directory = call.directory or code.build.scope.workdir
    folders = [posixpath.normpath(posixpath.join(directory, each)) for each in call.folders]
    code = code.with_roots(*folders, directory)
    if call.server == "fastapi" and call.script is not None:
        return _of_fastapi(call, code, directory)
    text = call.app
    if call.server == "flask" and not text:
        text = next((each for each in ("wsgi", "app") if code.target_of(each)), "")
    if not text:
        return None
    module, _, variable = text.partition(":")
    if module.endswith(".py") or "/" in module:
        target = posixpath.normpath(posixpath.join(directory, module.removesuffix(".py")))
        place = next((each for each in (f"{target}.py", f"{target}/__init__.py") if each in code.build.at), None)
        return _named(code.with_roots(_top_of_packages(code, place)), place, variable, call) if place else None
    return _named(code, code.target_of(module), variable, call, dotted=module)


def _top_of_packages(code: Code, target: str) -> str:
    """The folder that a file is imported from: the first one above it that is no package."""
    folder = posixpath.dirname(target)
    while f"{folder}/__init__.py" in code.build.at:
        folder = posixpath.dirname(folder)
    return folder


def _of_fastapi(call: ServerCall, code: Code, directory: str) -> AppName | None:
    """The FastAPI command line's own search: ``main.py``, ``app.py``, ``api.py``, then the same in ``app/``."""
    places = (
        [call.script]
        if call.script
        else [f"{folder}{name}.py" for folder in ("", "app/") for name in ("main", "app", "api")]
    )
    for place in places:
        target = posixpath.normpath(posixpath.join(directory, place))
        found = target if target in code.build.at else f"{target}/__init__.py"
        if found in code.build.at:
            code = code.with_roots(_top_of_packages(code, found))
            return _named(code, found, (call.app or "").removeprefix(":"), call)
    return None


def _named(code: Code, target: str | None, variable: str, call: ServerCall, dotted: str = "") -> AppName | None:
    """The name of an app in a file.

    :param dotted: the module as the server names it, when it does.
    """
    module = code.module(target) if target else None
    if module is None:
        return None
    name, root = dotted_name(module.target, code.roots)
    ending = "/" + dotted.replace(".", "/")
    stem = module.target.removesuffix(".py").removesuffix("/__init__")
    if dotted and stem.endswith(ending):
        name, root = dotted, stem.removesuffix(ending) or "/"
    called = variable if not call.is_factory or variable.endswith(")") else f"{variable}()"
    return AppName(
        module=module,
        dotted=name,
        variables=(called,) if called else _USUAL,
        folders=() if root == code.build.scope.workdir else (root,),
    )
