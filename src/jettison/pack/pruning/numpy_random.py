"""numpy's random numbers, which numpy 2 imports only when somebody asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..distributions import is_native
from ..libraries import Libraries
from . import by_name
from .needed import Needed
from .pruned import Removal

RULE = "numpy's random numbers"
REASON = "numpy imports them when they are asked for, and nothing in the service does"
_NUMPY = "numpy"
_RUNTIME = "jettison_runtime"
_ASKS = re.compile(
    rb"\.\s*random\b(?!\s*\()|\bimport\b[^\n]*\brandom\b|from\s+numpy\s+import\s*\(|getattr\(\s*(np|numpy)\b"
)
"""``np.random.seed``, ``from numpy import random``, and whatever could be it; ``dice.random()`` is Python's own."""
_EVERYTHING = re.compile(rb"from\s+numpy\s+import\s*\*")
_PLAIN = re.compile(rb"(?m)^[ \t]*(import random|from random import [^\n]*)$")
_OF_NUMPY = ("numpy.matlib", "numpy.testing", "numpy.random")
"""Modules of numpy itself that ask for it."""


def removals(libraries: Libraries, needed: Needed) -> Iterator[Removal]:
    """The folder ``numpy/random``, unless some file could lead to it.

    Native code names what it imports in plain text, so it is searched for that name.
    """
    numpy = next((each for each in libraries.distributions if each.name == _NUMPY), None)
    if numpy is None or not _is_lazy(libraries.folder) or any(name.startswith(_OF_NUMPY) for name in needed.imported):
        return
    if not any(_asks(path) for path in _readers(libraries, needed)):
        files = frozenset(file for file in numpy.files if file.startswith("numpy/random/"))
        yield Removal(rule=RULE, reason=REASON, files=files)


def _is_lazy(site: Path) -> bool:
    """numpy 1 imports its random numbers with itself."""
    try:
        text = (site / _NUMPY / "__init__.py").read_text("utf-8", "replace")
    except OSError:
        return False
    with_itself = re.search(r"(?m)^\s*from \. import .*\brandom\b|^import numpy\.random", text)
    return "import numpy.random as random" in text and with_itself is None


def _readers(libraries: Libraries, needed: Needed) -> Iterator[Path]:
    """What could ask: every module that runs, and every file of other libraries that stays.

    The runtime does without where they are not there: it only seeds them, for an app that asks for them itself.
    """
    known = (libraries.folder / _NUMPY, libraries.folder / _RUNTIME)
    for module in needed.imported.values():
        of_python = not module.place.own and not module.path.is_relative_to(libraries.folder)
        if not of_python and not any(module.path.is_relative_to(folder) for folder in known):
            yield module.path
    gone = {file for removal in by_name.removals(libraries, needed) for file in removal.files}
    for distribution in libraries.distributions:
        if distribution.name in needed.distributions and distribution.name not in (_NUMPY, *libraries.own):
            read = (
                file for file in distribution.files if file not in gone and (file.endswith(".py") or is_native(file))
            )
            yield from (libraries.folder / file for file in read)


def _asks(path: Path) -> bool:
    if path.is_dir():  # a package without a file of its own
        return False
    try:
        data = path.read_bytes()
    except OSError:
        return True
    if path.suffix != ".py":
        return b"numpy.random" in data
    if b"np" not in data and b"numpy" not in data:
        return False
    return bool(_EVERYTHING.search(data)) or (b"random" in data and bool(_ASKS.search(_PLAIN.sub(b"", data))))
