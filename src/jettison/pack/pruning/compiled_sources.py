"""Sources in C or the like that lie beside the extension module that was compiled from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ..distributions import is_native
from ..libraries import Libraries
from .needed import Needed
from .pruned import Removal

RULE = "compiled sources"
REASON = "the extension module of the same name, beside it, was compiled from it"
_SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".f", ".f90", ".pyf")


def removals(libraries: Libraries, needed: Needed) -> Iterator[Removal]:
    """``_speedups.c`` where ``_speedups.cpython-311-….so`` is. Any other source may be read by someone: it stays."""
    for distribution in libraries.distributions:
        modules = {_module(PurePosixPath(file)) for file in distribution.files if is_native(file)}
        paths = (PurePosixPath(file) for file in distribution.files)
        files = frozenset(str(path) for path in paths if path.suffix in _SUFFIXES and _module(path) in modules)
        if files:
            yield Removal(rule=RULE, reason=REASON, files=files)


def _module(path: PurePosixPath) -> PurePosixPath:
    """A path without anything from the first dot of its name on."""
    return path.with_name(path.name.partition(".")[0] or path.name)
