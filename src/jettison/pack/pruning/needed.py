"""Which distributions and modules a service needs, by following its imports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..imports import Imported, Module, Place, closure
from ..libraries import Libraries
from ..start import Start

NEVER_BY_ITSELF: dict[tuple[str, str], str] = {
    ("tokenizers", "huggingface-hub"): "asked for only by Tokenizer.from_pretrained with a hub's name",
    ("onnxruntime", "protobuf"): "imported by its tools only",
    ("onnxruntime", "flatbuffers"): "imported by its tools only",
    ("onnxruntime", "packaging"): "imported by its tools only",
    ("onnxruntime", "sympy"): "imported by its tools only",
    ("onnxruntime", "coloredlogs"): "imported by its tools only",
}
"""What distributions with native code require, though that code never imports it while serving."""

AT_START = (
    "site",
    "sitecustomize",
    "runpy",
    "encodings.utf_8",
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.idna",
)
"""What the interpreter, or a socket's first look-up of a name, imports by itself."""


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What must stay."""

    distributions: frozenset[str]
    imported: dict[str, Module] = field(repr=False)
    """Modules that run when the service starts and answers, as far as its sources tell."""
    script: str = ""
    """The command that starts the service, when a distribution brings it."""


def needed(libraries: Libraries, app: Iterable[Place], standard_library: Iterable[Place], *, start: Start) -> Needed:
    """Follow the imports of the service through its libraries.

    A library's import counts when the library cannot do without it: run on import and not guarded. One inside a
    function, in a ``try`` or named in a text counts when the library's metadata mentions that distribution or
    the requirements name it: otherwise it was only there because somebody else asked for it. Native code shows
    no imports, so what its distribution requires stays, but for `NEVER_BY_ITSELF`. Plug-ins of anything that
    stays are kept.

    :param app: the folders of the service's own modules
    :param standard_library: the folders of the image's standard library
    """
    search = _Search(libraries)
    places = (*app, Place(folder=libraries.folder))
    roots = set(start.modules)
    while True:
        modules = closure(roots, places, search.needs)
        found = search.owners(modules.values())
        more = search.required_unseen(found) | search.plugged_in(found, modules)
        if more <= roots:
            break
        roots |= more
    return Needed(
        distributions=found | search.without_modules(found),
        imported=closure((*start.modules, *AT_START), (*places, *standard_library), search.runs),
        script=start.script,
    )


class _Search:
    def __init__(self, libraries: Libraries) -> None:
        self._site = libraries.folder
        self._direct = libraries.direct
        self._by_name = {distribution.name: distribution for distribution in libraries.distributions}
        self._by_file = {file: d.name for d in libraries.distributions for file in d.files}
        self._by_module: dict[str, set[str]] = {}
        for distribution in libraries.distributions:
            for module in distribution.modules:
                self._by_module.setdefault(module, set()).add(distribution.name)
        self._own = {module for name in libraries.own for module in self._by_name[name].modules}

    def runs(self, module: Module, asked: Imported) -> bool:
        """What is imported by importing; of the service's own code everything, which runs at its first request."""
        return asked.kind in ("import", "guarded") or self._is_own(module)

    def needs(self, module: Module, asked: Imported) -> bool:
        """What a module cannot do without, or was meant to have."""
        if asked.kind == "import" or self._is_own(module):
            return True
        wanted = self._by_module.get(asked.name.partition(".")[0], set())
        mine = self._by_module.get(module.name.partition(".")[0], set())
        if wanted & mine:
            return True
        mentioned = {name for owner in mine for name in self._by_name[owner].mentions}
        return bool(wanted & (mentioned | self._direct))

    def _is_own(self, module: Module) -> bool:
        return module.place.own or module.name.partition(".")[0] in self._own

    def owners(self, modules: Iterable[Module]) -> frozenset[str]:
        """The distributions that the modules belong to."""
        paths = (m.path.relative_to(self._site).as_posix() for m in modules if m.path.is_relative_to(self._site))
        return frozenset(self._by_file[path] for path in paths if path in self._by_file)

    def required_unseen(self, found: frozenset[str]) -> set[str]:
        """Modules of what native code requires: it may import them unseen."""
        native = (self._by_name[name] for name in found if self._by_name[name].has_native_code)
        return {
            module
            for distribution in native
            for name in distribution.requires
            if name not in found and name in self._by_name and (distribution.name, name) not in NEVER_BY_ITSELF
            for module in self._by_name[name].modules
        }

    def plugged_in(self, found: frozenset[str], modules: Iterable[str]) -> set[str]:
        """Modules of distributions that register themselves with a module that is needed."""
        hosts = {name.partition(".")[0] for name in modules}
        return {
            module
            for distribution in self._by_name.values()
            if distribution.name not in found and any(g.partition(".")[0] in hosts for g in distribution.plugs_into)
            for module in distribution.modules
        }

    def without_modules(self, found: frozenset[str]) -> frozenset[str]:
        """Distributions that hold no modules, of those that something needed requires."""
        asked = self._direct | {name for owner in found for name in self._by_name[owner].requires}
        return frozenset(name for name in asked if name in self._by_name and not self._by_name[name].modules)
