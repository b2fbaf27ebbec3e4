"""Web apps in the service's code: their routes, and the calls that serve them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..dockerfile.servers import ServerCall
from .builds import Build
from .code import PythonFile, code_of
from .project import Project
from .python_trees import dotted, nodes

_APPS = {"Flask": "flask", "FastAPI": "fastapi", "Starlette": "starlette", "Quart": "quart", "Sanic": "sanic"}
_GET = ("get", "route", "api_route")


@dataclass(frozen=True, kw_only=True)
class RunCall:
    """``uvicorn.run(app)``, ``app.run()``."""

    file: PythonFile
    node: ast.Call
    server: Literal["uvicorn", "flask", "quart", "sanic", "waitress"]
    app: str
    """What is served, as a name; empty for anything longer."""

    def keyword(self, name: str) -> ast.expr | None:
        """The value of a keyword argument."""
        return next((each.value for each in self.node.keywords if each.arg == name), None)

    @property
    def span(self) -> tuple[int, int]:
        """Of the call in the file's text."""
        return span(self.file.text, self.node)


@dataclass(frozen=True)
class WebCode:
    """What a build's code serves."""

    files: tuple[PythonFile, ...]

    @cached_property
    def apps(self) -> dict[str, set[tuple[str, str]]]:
        """Names that hold an app, with its framework, by file."""
        found: dict[str, set[tuple[str, str]]] = {}
        for file in self.files:
            for node in nodes(file.tree) if file.tree and any(f"{app}(" in file.text for app in _APPS) else ():
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    framework = _APPS.get(_last(node.value.func))
                    targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
                    found.setdefault(file.path, set()).update((name, framework) for name in targets if framework)
        return found

    @cached_property
    def routes(self) -> tuple[str, ...]:
        """Paths that an app itself, not a part with a prefix, answers GET on; no path parameters among them."""
        found: list[str] = []
        for file in self.files:
            names = {name for name, _ in self.apps.get(file.path, ())}
            for node in nodes(file.tree) if file.tree and names else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found += [path for each in node.decorator_list if (path := _route(each, names))]
        return tuple(dict.fromkeys(found))

    def started_by(self, call: ServerCall) -> tuple[RunCall, ...]:
        """The calls in the script or module that a command line runs."""
        wanted = {call.script.rpartition("/")[2]} if call.script else set[str]()
        if call.module:
            path = call.module.replace(".", "/")
            wanted = {f"{path}.py", f"{path}/__main__.py"}
        return tuple(each for each in self.run_calls if any(f"/{each.file.path}".endswith(f"/{end}") for end in wanted))

    @cached_property
    def run_calls(self) -> tuple[RunCall, ...]:
        """In the order of the files."""
        return tuple(call for file in self.files for call in self._calls(file))

    def _calls(self, file: PythonFile) -> Iterator[RunCall]:
        if file.tree is None or not (".run(" in file.text or "serve(" in file.text):
            return
        frameworks = dict(self.apps.get(file.path, ()))
        for node in nodes(file.tree):
            if not isinstance(node, ast.Call):
                continue
            name = ".".join(dotted(node.func))
            first = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
            owner = name.removesuffix(".run")
            if name == "uvicorn.run":
                yield RunCall(file=file, node=node, server="uvicorn", app=first)
            elif name == "waitress.serve" or (
                name == "serve" and isinstance(node.func, ast.Name) and "from waitress" in file.text
            ):
                yield RunCall(file=file, node=node, server="waitress", app=first)
            elif name.endswith(".run") and frameworks.get(owner) == "flask":
                yield RunCall(file=file, node=node, server="flask", app=owner)
            elif name.endswith(".run") and frameworks.get(owner) == "quart":
                yield RunCall(file=file, node=node, server="quart", app=owner)


def web_code(project: Project, build: Build) -> WebCode:
    """What the code serves that a build's folder holds."""
    key = ("web code", build.path)
    if key not in project.worked_out:
        project.worked_out[key] = WebCode(code_of(project, build).files)
    found: WebCode = project.worked_out[key]
    return found


def span(text: str, node: ast.expr) -> tuple[int, int]:
    """Where an expression stands in the file's text."""
    return _place(text, node.lineno, node.col_offset), _place(text, node.end_lineno or 0, node.end_col_offset or 0)


def _place(text: str, line: int, offset: int) -> int:
    """Python counts lines by their ends alone, and columns in bytes."""
    at = 0
    for _ in range(line - 1):
        at = text.index("\n", at) + 1
    rest = text[at : at + offset]
    if rest.isascii():
        return at + offset
    return at + len(text[at:].encode("utf-8", "surrogateescape")[:offset].decode("utf-8", "surrogateescape"))


def _route(node: ast.expr, names: set[str]) -> str:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GET):
        return ""
    if not (isinstance(node.func.value, ast.Name) and node.func.value.id in names and node.args):
        return ""
    methods = next((each.value for each in node.keywords if each.arg == "methods"), None)
    if methods is not None and not any(
        isinstance(each, ast.Constant) and each.value == "GET" for each in ast.walk(methods)
    ):
        return ""
    path = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
    return path if isinstance(path, str) and not set(path) & set("<{") else ""


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
