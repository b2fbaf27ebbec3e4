"""Servers that are started from Python code: ``app.run()``, ``uvicorn.run(…)``, ``waitress.serve(…)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...dockerfile.servers import port_of, server_call
from ..source.code import Module
from ..source.folding import Folding, Place
from ..source.syntax import argument, dotted, last_name, receiver
from .apps import Apps, qualified


@dataclass(frozen=True, kw_only=True)
class RunCall:
    """A call that serves an app and does not come back."""

    app: ast.expr | None
    """The app as an expression."""
    named: str | None
    """The app as a text that the server imports: ``main:app``."""
    place: Place
    line: int
    port: int | None
    """None when it is worked out while running."""
    workers: int = 1
    threads: int = 1
    asgi: bool = False


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """Where a serving function takes its app and port, and what it does without a port."""

    app: int
    port: int = -1
    address: int = -1
    default_port: int = 8000
    asgi: bool = False


# By full name. Defaults are those of the projects' documentation.
_KINDS = {
    "uvicorn.run": _Kind(app=0, default_port=8000, asgi=True),
    "uvicorn.Config": _Kind(app=0, default_port=8000, asgi=True),
    "hypercorn.asyncio.serve": _Kind(app=0, default_port=8000, asgi=True),
    "hypercorn.trio.serve": _Kind(app=0, default_port=8000, asgi=True),
    "waitress.serve": _Kind(app=0, default_port=8080),
    "gevent.pywsgi.WSGIServer": _Kind(app=1, address=0),
    "gevent.wsgi.WSGIServer": _Kind(app=1, address=0),
    "cheroot.wsgi.Server": _Kind(app=1, address=0),
    "wsgiref.simple_server.make_server": _Kind(app=2, port=1),
    "werkzeug.serving.make_server": _Kind(app=2, port=1),
    "werkzeug.serving.run_simple": _Kind(app=2, port=1),
    "bjoern.run": _Kind(app=0, port=2),
}
_PROCESSES = ("run", "call", "check_call", "Popen", "system", "execvp", "execv", "execlp")


def run_calls(modules: Sequence[Module], apps: Apps, folding: Folding) -> Iterator[RunCall]:
    """The serving calls of modules, in their order."""
    for module in modules:
        for node, frames in module.calls:
            place = Place(module, frames)
            found = (
                _of_library(node, place, folding)
                or _of_app(node, place, apps, folding)
                or _of_process(node, place, folding)
                or _of_gunicorn(node, place)
            )
            if found is not None:
                yield found


def _of_library(node: ast.Call, place: Place, folding: Folding) -> RunCall | None:
    kind = _KINDS.get(qualified(node.func, place.module))
    if kind is None:
        return None
    app = argument(node, kind.app, "app", "application", "wsgi_app")
    named = folding.values(app, place) if isinstance(app, (ast.Constant, ast.JoinedStr, ast.BinOp)) else ()
    return RunCall(
        app=app,
        named=named[0] if named else None,
        place=place,
        line=node.lineno,
        port=_port(node, place, folding, kind),
        workers=_number(argument(node, -1, "workers"), place, folding) or 1,
        threads=_number(argument(node, -1, "threads"), place, folding) or 1,
        asgi=kind.asgi,
    )


def _port(node: ast.Call, place: Place, folding: Folding, kind: _Kind) -> int | None:
    given = argument(node, kind.port, "port")
    port = _number(given, place, folding)
    if port is None and given is not None:
        return None
    address = argument(node, kind.address, "bind_addr", "listener")
    if port is None and isinstance(address, ast.Tuple) and len(address.elts) == 2:
        port = _number(address.elts[1], place, folding)
    listens = argument(node, -1, "listen", "bind")
    if port is None and listens is not None:
        port = next((found for each in folding.values(listens, place) if (found := port_of(each))), None)
    return port or kind.default_port


def _number(node: ast.AST | None, place: Place, folding: Folding) -> int | None:
    return next((int(each) for each in folding.values(node, place) if each.isascii() and each.isdigit()), None)


def _of_app(node: ast.Call, place: Place, apps: Apps, folding: Folding) -> RunCall | None:
    """``app.run(host, port)`` of Flask, and ``socketio.run(app)``."""
    owner = receiver(node)
    if owner is None or last_name(node.func) != "run":
        return None
    app = argument(node, 0, "app")
    if app is not None and apps.of(app, place):
        index = 2
    elif apps.of(owner, place):
        app, index = owner, 1
    else:
        return None
    given = argument(node, index, "port")
    port = 5000 if given is None else _number(given, place, folding)
    return RunCall(app=app, named=None, place=place, line=node.lineno, port=port)


def _of_process(node: ast.Call, place: Place, folding: Folding) -> RunCall | None:
    """``subprocess.run(["uvicorn", "main:app"])``, ``os.system("gunicorn main:app")``."""
    if last_name(node.func) not in _PROCESSES or not dotted(node.func).startswith(("subprocess.", "os.")):
        return None
    words: list[str] = []
    for each in node.args:
        parts = each.elts if isinstance(each, (ast.List, ast.Tuple)) else [each]
        for part in parts:
            values = folding.values(part, place)
            words += values[0].split() if values and len(parts) == 1 else values[:1]
    call = server_call(tuple(words), folding.environment)
    if call is None or not call.app:
        return None
    return RunCall(
        app=None,
        named=call.app,
        place=place,
        line=node.lineno,
        port=call.port or 8000,
        workers=call.workers,
        asgi=call.asgi,
    )


def _of_gunicorn(node: ast.Call, place: Place) -> RunCall | None:
    """A class on gunicorn's BaseApplication, started from code."""
    owner = place.module.classes.get(dotted(node.func))
    bases = [qualified(base, place.module) for base in owner.bases] if owner else []
    if not any(base.startswith("gunicorn.app.") for base in bases) or not node.args:
        return None
    return RunCall(app=node.args[0], named=None, place=place, line=node.lineno, port=8000)
