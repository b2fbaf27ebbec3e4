"""ONNX Runtime's wheel holds its engine twice: inside the Python binding, and as a library that nothing there loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .. import elf
from ..libraries import Libraries
from .needed import Needed
from .pruned import Removal

RULE = "duplicate engine"
REASON = "libonnxruntime.so is for programs in C; the Python binding does not load it"
_BINDING = "onnxruntime_pybind11_state"
_ENGINE = "libonnxruntime.so"


def removals(libraries: Libraries, needed: Needed) -> Iterator[Removal]:
    """The engine beside every binding that does not ask the loader for it."""
    for distribution in libraries.distributions:
        paths = [PurePosixPath(file) for file in distribution.files]
        bindings = [path for path in paths if path.name.startswith(_BINDING) and path.suffix == ".so"]
        for binding in bindings:
            asked = _needed(libraries.folder / binding)
            beside = (path for path in paths if path.parent == binding.parent and path.name.startswith(_ENGINE))
            files = frozenset(str(path) for path in beside if not any(name.startswith(_ENGINE) for name in asked))
            if files:
                yield Removal(rule=RULE, reason=REASON, files=files)


def _needed(binding: Path) -> tuple[str, ...]:
    """What it asks the loader for; when that cannot be read, the engine, to be on the safe side."""
    try:
        return elf.needed(binding.read_bytes())
    except elf.NotElf:
        return (_ENGINE,)
