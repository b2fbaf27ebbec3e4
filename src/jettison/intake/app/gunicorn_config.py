"""gunicorn's configuration file, read and not run."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import replace

from ...dockerfile.servers import ServerCall, port_of
from ..source.code import Code
from ..source.folding import Folding, Place


def with_config(call: ServerCall, code: Code, notes: list[str]) -> ServerCall:
    """The call with what the file says, where the command line says nothing."""
    if call.server != "gunicorn" or not call.config:
        return call
    directory = call.directory or code.build.scope.workdir
    target = posixpath.normpath(posixpath.join(directory, call.config.removeprefix("file:")))
    module = code.module(target) if target in code.build.at else None
    if module is None:
        return call
    folding = Folding(code)

    def value(name: str) -> str | None:
        found = folding.values(ast.Name(id=name, ctx=ast.Load()), Place(module))
        if not found and name in module.assigned:
            notes.append(f"{module.source}: {name} is worked out while running; the default stands for it")
        return found[0] if found else None

    workers, threads, folder = value("workers"), value("threads"), value("chdir")
    app = value("wsgi_app")
    return replace(
        call,
        port=call.port or port_of(value("bind")),
        workers=int(workers) if workers and workers.isdecimal() and call.workers == 1 else call.workers,
        threads=int(threads) if threads and threads.isdecimal() and call.threads == 1 else call.threads,
        folders=(*call.folders, folder) if folder else call.folders,
        app=call.app or (app if app is None or ":" in app else f"{app}:application"),
        asgi=call.asgi or "uvicorn" in (value("worker_class") or "").lower(),
    )
