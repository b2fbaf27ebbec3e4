"""Everything that a service may import, from its own modules on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .source import Imported, imported

_CACHED_FILES = 20_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder that modules are looked up in."""

    folder: Path
    own: bool = False
    """The service's own code."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module: a source file, an extension module, or the folder of a package without ``__init__``."""

    name: str
    path: Path
    place: Place


Follow = Callable[[Module, Imported], bool]


def closure(roots: Iterable[str], places: Iterable[Place], follow: Follow) -> dict[str, Module]:
    """All modules that the roots import, that those import, and so on; by name.

    :param roots: dotted names of modules
    :param places: searched in order, as ``sys.path`` is; what lies in none is left out
    :param follow: told of a module and of something that it asks for, whether to go on there
    """
    search = _Search(tuple(places))
    waiting = list(roots)
    while waiting:
        for module in search.new_modules(waiting.pop()):
            waiting.extend(asked.name for asked in _imports_of(module) if follow(module, asked))
    return search.found


class _Search:
    def __init__(self, places: tuple[Place, ...]) -> None:
        self._places = places
        self._asked: set[str] = set()
        self.found: dict[str, Module] = {}

    def new_modules(self, name: str) -> Iterator[Module]:
        """The module of that name and its parents, those that are met for the first time.

        ``a.b.c`` where ``c`` is no module is the module ``a.b``.
        """
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            prefix = ".".join(parts[:length])
            if prefix not in self._asked:
                self._asked.add(prefix)
                if module := self._find(parts[:length]):
                    self.found[prefix] = module
                    yield module

    def _find(self, parts: list[str]) -> Module | None:
        for place in self._places:
            base = place.folder.joinpath(*parts)
            for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
                if path.is_file():
                    return Module(name=".".join(parts), path=path, place=place)
            native = next(iter(base.parent.glob(f"{base.name}.*so")), None) if base.parent.is_dir() else None
            if native or base.is_dir():
                return Module(name=".".join(parts), path=native or base, place=place)
        return None


def _imports_of(module: Module) -> tuple[Imported, ...]:
    if module.path.suffix != ".py":
        return ()
    status = module.path.stat()
    return _imports_of_file(module.path, module.name, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=_CACHED_FILES)
def _imports_of_file(path: Path, name: str, _changed: int, _size: int) -> tuple[Imported, ...]:
    """The time and the size only tell one content of the file from another."""
    return imported(path.read_bytes(), name, is_package=path.name == "__init__.py")
