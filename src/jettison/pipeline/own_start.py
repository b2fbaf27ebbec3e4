"""A service's own start command, as it can be run in an environment that was made for it here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from jettison.records import Deployment

_MODULES = {
    "gunicorn": "gunicorn",
    "uvicorn": "uvicorn",
    "hypercorn": "hypercorn",
    "waitress-serve": "waitress",
    "flask": "flask",
    "fastapi": "fastapi",
}
"""Programs that the interpreter can run as modules: what stands in another image's bin is not here."""
_PYTHON = re.compile(r"python[\d.]*")
_PORTS = ("-b", "--bind", "-p", "--port", "--listen", "-l")
"""Options whose value is a port or ends in one."""
_UNWANTED = ("--reload",)
_IGNORING = re.compile(r"-[bBdOqsuvx]*[EI][bBdEIOqsuvx]*")
"""Options of Python that leave variables of the environment out."""


def own_start(deployment: Deployment, instead: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The words behind the interpreter, ``$PORT`` where the port stood; and a remark where it is not as it was.

    :param instead: how it starts when its own command starts something that is not Python, or that is not known.
    """
    program, *words = deployment.start.argv
    name = posixpath.basename(program)
    note = ""
    if name in _MODULES:
        words = ["-m", _MODULES[name], *words]
    elif not _PYTHON.fullmatch(name):
        return instead, f"started with jettison's server: `{name}` of its own start command cannot be run here"
    if gone := [word for word in words if word in _UNWANTED or _IGNORING.fullmatch(word)]:
        words = [word for word in words if word not in gone]
        note = f"its start command without {' '.join(gone)}"
    return tuple(_moved(words, deployment.start.port)), note


def _moved(words: list[str], port: int) -> Iterator[str]:
    """The words with ``$PORT`` where they say the port, and not where another number is the same."""
    number = re.compile(rf"(?<!\d){port}$")
    for before, word in zip(["", *words], words, strict=False):
        named = before in _PORTS or word.startswith(tuple(f"{option}=" for option in _PORTS))
        joined = re.fullmatch(rf"-[bp]\S*?{port}", word) is not None
        yield number.sub("$PORT", word) if named or joined or word.endswith(f":{port}") else word
