"""The HTTP server of every image: one WSGI or ASGI app, one process, an orderly end.

``python -m jettison_server app:app --port 8080`` serves Flask and other WSGI apps with waitress, FastAPI and other
ASGI apps with uvicorn. ``$PORT`` overrides the port, as cloud platforms expect. It knows nothing of models and
imports nothing of jettison_runtime, so the same server can stand on both sides of a comparison, and an image that
keeps torch carries no second engine. Where the service's memory was measured (`certificate`), it holds to that: it
takes no larger bodies and no more at once, and does not start in a container that is too small.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import signal
import sys
from pathlib import Path
from typing import Any

from .certificate import Admitted, certificate

_MACHINE_UNUSABLE = 23
"""Exit code, as in jettison's docs/exit-codes.md."""
_GRACE_SECONDS = 25
"""How long answers may go on after SIGTERM: an endless stream must not keep the app from shutting down in order."""


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="jettison-serve", description="Serve a WSGI or ASGI app.")
    parser.add_argument("app", help="module:variable, or module:factory()")
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8080, help="$PORT overrides it")
    parser.add_argument("--threads", type=int, default=4, help="requests at once (WSGI)")
    options = parser.parse_args(arguments)
    port = int(os.environ.get("PORT") or options.port)
    try:
        limits = certificate(os.environ)
    except ValueError as cause:
        sys.stderr.write(f"jettison-serve: {cause}\n")
        raise SystemExit(2) from cause
    if why := limits.refusal():
        sys.stderr.write(f"jettison-serve: {why}\n")
        raise SystemExit(_MACHINE_UNUSABLE)
    # As the first process of a container, without a handler, SIGTERM would not arrive at all.
    signal.signal(signal.SIGTERM, _stop)
    app = application(options.app)
    if is_asgi(app):
        import uvicorn

        uvicorn.run(
            Admitted(app, limits) if limits.concurrency or limits.max_body_bytes else app,
            host=options.host,
            port=port,
            log_level="warning",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            limit_concurrency=limits.connections + 1 if limits.connections else None,
        )
    else:
        import waitress

        # waitress refuses a body of exactly its limit, and counts two descriptors of its own as connections.
        bounds = {"max_request_body_size": (limits.max_body_bytes, 1), "connection_limit": (limits.connections, 2)}
        waitress.serve(
            app,
            host=options.host,
            port=port,
            threads=limits.concurrency or options.threads,
            ident=None,
            channel_timeout=75,
            **{name: most + more for name, (most, more) in bounds.items() if most},
        )


def application(name: str) -> Any:
    """The app that ``module:variable`` or ``module:factory()`` names, imported from the working directory."""
    module, _, attribute = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    value: Any = importlib.import_module(module)
    for part in attribute.removesuffix("()").split("."):
        value = getattr(value, part)
    return value() if attribute.endswith("()") else value


def is_asgi(app: Any) -> bool:
    """Whether the app is called asynchronously."""
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None))  # noqa: B004


def _stop(number: int, frame: Any) -> None:
    raise SystemExit(0)
