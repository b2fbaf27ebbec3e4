"""The app's entry point: what a server imports, found from the start line or, without one, from the code alone."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, replace

from ...dockerfile.servers import ServerCall
from ...errors import JettisonError, NotAService, UnsupportedApp
from ...records import AppKind, EntryPoint, Start
from ..source.code import Code, Module
from ..source.folding import Folding, Place
from ..source.syntax import Function, assigned_in, default, dotted, parameters
from .app_names import AppName, app_name, dotted_name
from .apps import Apps, FoundApp, other_framework
from .frameworks import KINDS
from .guessed_starts import guessed_start, start_of
from .gunicorn_config import with_config
from .run_calls import RunCall, run_calls
from .starts import DEFAULT_PORT, Started


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The entry point with its start, and the modules that it reaches."""

    point: EntryPoint
    start: Start
    module: Module
    """The one that a server imports."""


class Entries:
    """Follows one start line, or a name from the settings, to its app."""

    def __init__(self, code: Code, notes: list[str]) -> None:
        self.code, self.notes = code, notes
        self.apps = Apps(code)

    def named(self, text: str, found: Started | None) -> Entry:
        """The app that the settings name.

        :raises NotAService: there is no such module.
        """
        call = found.call if found and found.call else ServerCall(server="gunicorn", argv=(), app=text)
        name = app_name(replace(call, app=text, script=None, server="gunicorn"), self.code)
        if name is None:
            raise self._missing(text, "[service] app")
        made = self._app_of(name)
        variable, app = made or (name.variables[0], self._unseen(name, call.asgi))
        point = _point(name, variable, app)
        start = start_of(found.call, found.form) if found and found.call else guessed_start(point)
        return Entry(point=point, start=start, module=name.module)

    def started(self, found: Started) -> Entry:
        """The app at the end of a start line.

        :raises UnsupportedApp: it is of another kind, or no server could import it.
        :raises NotAService: the file that it names is not in the image, or does not parse.
        """
        if found.call is None:
            raise unsupported(found.other or "another server", found.place)
        call = with_config(found.call, self.code, self.notes)
        if call.server == "python":
            return self._from_code(found, call)
        name = app_name(call, self.code)
        if name is None:
            raise self._missing(call.app or call.script or "", found.place)
        made = self._app_of(name)
        if made is None:
            raise self._refusal(name.module, f"{name.dotted}:{name.variables[0]}")
        return Entry(point=_point(name, *made), start=start_of(call, found.form), module=name.module)

    def _app_of(self, name: AppName) -> tuple[str, FoundApp] | None:
        for variable in name.variables:
            found = self.apps.named(name.module, variable)
            if found is not None:
                return (f"{variable}()" if found.is_factory else variable), found
        if len(name.variables) > 1:
            return next(self.apps.in_module(name.module), None)
        return None

    def _from_code(self, found: Started, call: ServerCall) -> Entry:
        """An app that a Python script serves itself."""
        module, code = self._script(found, call)
        entries = Entries(code, self.notes)
        reachable = code.reachable(module)
        served = next(run_calls(reachable, entries.apps, Folding(code)), None)
        if served is None:
            raise entries._refusal(module, module.source)
        name, variable, app = entries._served(served, module)
        point = _point(name, variable, app)
        exposed = self.code.build.exposed
        port = served.port or (exposed[0] if exposed else None)
        if port is None:
            self.notes.append(
                f"{served.place.module.source}:{served.line}: the port is worked out while running; "
                f"{DEFAULT_PORT} stands for it ([service] port names it)"
            )
        call = replace(call, port=port, workers=served.workers, threads=served.threads)
        return Entry(point=point, start=start_of(call, found.form), module=name.module)

    def _script(self, found: Started, call: ServerCall) -> tuple[Module, Code]:
        """The module that Python runs, and the code with that module's folder in front."""
        directory = call.directory or self.code.build.scope.workdir
        if call.module is not None:
            code = self.code.with_roots(directory)
            target = code.target_of(f"{call.module}.__main__") or code.target_of(call.module)
        else:
            target = posixpath.normpath(posixpath.join(directory, call.script or ""))
            target = target if target in self.code.build.at else f"{target}/__main__.py"
            code = self.code.with_roots(posixpath.dirname(target))
        module = code.module(target) if target else None
        if module is None:
            raise self._missing(call.script or call.module or "", found.place)
        return module, code

    def _served(self, served: RunCall, script: Module) -> tuple[AppName, str, FoundApp]:
        where = f"{served.place.module.source}:{served.line}"
        if served.named is not None:
            call = ServerCall(server="uvicorn", argv=(), app=served.named)
            name = app_name(call, self.code)
            made = self._app_of(name) if name else None
            if name is None or made is None:
                raise self._missing(served.named, where)
            return name, *made
        found = self.apps.of(served.app, served.place) if served.app is not None else None
        if found is None or served.app is None:
            raise self._refusal(script, where)
        expression, module = self._importable(served.app, served.place)
        if expression is None:
            raise UnsupportedApp(
                "the app is made inside a function, or from what only a running program knows: no server can import it",
                where=where,
                next_step="move it to the module's top level, or make it in a function that a server can call, "
                'and name that: [service] app = "module:create_app()"',
            )
        name = self._name_of(module, expression)
        return name, expression, found

    def _importable(self, node: ast.expr, place: Place) -> tuple[str | None, Module]:
        """The expression by which a server could import the app, and the module that it is to be imported from."""
        node = _behind_locals(node, place)
        name = dotted(node)
        if name and self.code.origin(place.module, name.partition(".")[0]):
            return name, place.module
        called = dotted(node.func) if isinstance(node, ast.Call) else ""
        origin = self.code.origin(place.module, called) if called else None
        function = origin[0].functions.get(origin[1]) if origin else None
        if origin is None or function is None or not isinstance(node, ast.Call):
            return None, place.module
        return _factory_call(node, function), origin[0]

    def _name_of(self, module: Module, expression: str) -> AppName:
        name, root = dotted_name(module.target, self.code.roots)
        return AppName(
            module=module,
            dotted=name,
            variables=(expression,),
            folders=() if root == self.code.build.scope.workdir else (root,),
        )

    def _unseen(self, name: AppName, asgi: bool) -> FoundApp:
        """An app that a person names and that reading does not explain."""
        self.notes.append(f"{name.module.source}: how {name.variables[0]} is made cannot be seen by reading")
        framework: AppKind = "asgi" if asgi else "wsgi"
        return FoundApp(module=name.module, line=1, framework=framework, kind=KINDS[framework])

    def _missing(self, text: str, place: str) -> JettisonError:
        unread = [note for note in self.notes if "does not parse" in note]
        if unread:
            return NotAService(
                f"the app's own code cannot be read: {unread[-1]}",
                where=place,
                next_step="correct that line; code for a newer Python than this one cannot be read either",
            )
        return NotAService(
            f"{text or 'the app'} is started, and no file of the image makes it",
            where=place,
            next_step='check the folder and its .dockerignore, or name the app: [service] app = "module:variable"',
        )

    def _refusal(self, module: Module, what: str) -> UnsupportedApp:
        """Why a module has no app: it is of another kind, or nothing that reading explains."""
        other = other_framework(self.code.reachable(module))
        if other is not None:
            return unsupported(*other)
        return UnsupportedApp(
            f"{what} is no Flask or FastAPI app that can be seen by reading the code",
            where=module.source,
            next_step='name the app object or the function that makes it: [service] app = "module:variable"',
        )


def _behind_locals(node: ast.expr, place: Place) -> ast.expr:
    """What a name inside a function was given there; the expression itself when it is no such name."""
    functions = [each for each in reversed(place.frames) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for _ in range(5):
        name = dotted(node)
        given = next((value for each in functions for key, value in assigned_in(each) if name and key == name), None)
        if given is None:
            break
        node = given
    return node


def _factory_call(node: ast.Call, function: Function) -> str | None:
    """The call by which a server could make the app; None when it takes what only a running program knows."""
    given = [*node.args, *(each.value for each in node.keywords)]
    if all(isinstance(each, ast.Constant) for each in given):
        return function.name + ast.unparse(node)[len(ast.unparse(node.func)) :]
    needed = [name for name in parameters(function) if default(function, name) is None]
    return None if needed else f"{function.name}()"


def _point(name: AppName, variable: str, app: FoundApp) -> EntryPoint:
    return replace(app.entry(name.dotted, variable), import_folders=name.folders)


def unsupported(what: str, place: str) -> UnsupportedApp:
    """The refusal of a service of another kind."""
    return UnsupportedApp(
        f"this is a service of {what}; jettison carries Flask and FastAPI apps (and Starlette)",
        where=place,
        next_step='when a Flask or FastAPI app is meant, name it in jettison.toml: [service] app = "module:variable"',
    )
