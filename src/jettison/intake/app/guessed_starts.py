"""Records of start lines, and start lines for apps that nothing starts."""

from __future__ import annotations

from collections.abc import Collection

from ...dockerfile.servers import ServerCall
from ...records import EntryPoint, Start
from .start_lines import Form
from .starts import DEFAULT_PORT

_GUNICORN_PORT = 8000
"""Where gunicorn listens when nothing tells it where."""


def start_of(call: ServerCall, form: Form) -> Start:
    """The record of a start line."""
    return Start(
        argv=call.argv,
        server=call.server,
        form=form,
        port=call.port or (_GUNICORN_PORT if call.server == "gunicorn" else DEFAULT_PORT),
        workers=call.workers,
        threads=call.threads,
    )


def guessed_start(point: EntryPoint, *, port: int | None = None, packages: Collection[str] = ()) -> Start:
    """How a server would start an app that nothing starts.

    :param port: where the app's own code would serve it.
    :param packages: names of those that are installed; they decide between gunicorn and waitress.
    """
    app = f"{point.module}:{point.variable}"
    name = app.removesuffix("()")
    everywhere = "0.0.0.0"
    port = port or DEFAULT_PORT
    if point.kind == "asgi":
        factory = ("--factory",) if name != app else ()
        argv = ("uvicorn", *factory, "--host", everywhere, "--port", str(port), name)
        return Start(argv=argv, server="uvicorn", form="guessed", port=port)
    if "gunicorn" not in packages and "waitress" in packages:
        factory = ("--call",) if name != app else ()
        argv = ("waitress-serve", f"--listen={everywhere}:{port}", *factory, name)
        return Start(argv=argv, server="waitress", form="guessed", port=port)
    return Start(argv=("gunicorn", "--bind", f"{everywhere}:{port}", app), server="gunicorn", form="guessed", port=port)
