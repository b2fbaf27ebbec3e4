"""Texts to calibrate with, the same for every engine that asks for some: what the cells ask is another text."""

from __future__ import annotations

import pydoc

_MODULES = ("argparse", "asyncio", "collections", "datetime", "decimal", "email", "http.client", "logging", "pathlib")


def documentation() -> str:
    """Of some modules of Python's library."""
    return " ".join(pydoc.plain(pydoc.render_doc(name)) for name in _MODULES)
