"""What was weighed of a folder's installs, so that findings need no table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Unpacked bytes as an index and a mirror give them, all empty when nothing was weighed."""

    distributions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """By canonical name, as found; each with the bytecode that its install compiles."""
    required_by: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Who asks for a distribution; nobody for one that the requirements name themselves."""
    lighter: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """What is saved by the CPU build of a distribution, or by the one that takes its place there."""
    debian: Mapping[str, tuple[int, frozenset[str]]] = field(default_factory=lambda: MappingProxyType({}))
    """Debian packages by name: bytes, and which of the packages that the Dockerfile names need it."""
    lines: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    """What one install leaves behind, by what it is (``pip-cache``) and `line_key`."""
    bases: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Base images by reference, where their sizes are known better than the table does."""
    notes: tuple[str, ...] = ()
    """What could not be weighed, and why, in sentences."""
