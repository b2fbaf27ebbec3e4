"""The app of a folder in which nothing starts one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from ...errors import NotAService
from ..source.code import Code, Module
from ..source.folding import Folding
from .app_names import dotted_name
from .apps import Apps, FoundApp, other_framework
from .entries import Entry, unsupported
from .guessed_starts import guessed_start
from .run_calls import run_calls

_ASIDE = re.compile(
    r"(^|/)(tests?|testing|examples?|docs?|notebooks?|scripts|benchmarks?|migrations|site-packages|node_modules|venv|\.[^/]+)/"
    r"|(^|/)(test_[^/]*|conftest|setup)\.py$"
)
_LIKELY = ("wsgi", "asgi", "main", "app", "application", "server", "api", "run", "index", "service", "__init__")


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    module: Module
    variable: str
    app: FoundApp

    @property
    def rank(self) -> tuple[int, int, bool]:
        """Smaller is likelier: near the top, of a usual name, an object and no factory."""
        stem = self.module.source.rpartition("/")[2].removesuffix(".py")
        usual = _LIKELY.index(stem) if stem in _LIKELY else len(_LIKELY)
        return self.module.source.count("/"), usual, self.app.is_factory

    @property
    def name(self) -> str:
        return f"{self.module.source}:{self.app.line}"


def guessed_app(code: Code, packages: Collection[str], notes: list[str]) -> Entry:
    """The one app of the folder, or the one that stands nearest to its top.

    :param packages: names of those that are installed.
    :raises UnsupportedApp: there are only services of another kind.
    :raises NotAService: there is no app, or several and none is the obvious one.
    """
    modules = [module for target in code.targets() if (module := _module(code, target))]
    apps = Apps(code)
    found = [
        _Candidate(module=module, variable=variable, app=app)
        for module in modules
        for variable, app in apps.in_module(module)
    ]
    if not found:
        raise _nothing(code, modules)
    # One app may be importable from several modules; the likeliest name of each stands for it.
    best: dict[tuple[str, int], _Candidate] = {}
    for each in sorted(found, key=lambda candidate: candidate.rank):
        best.setdefault((each.app.module.target, each.app.line), each)
    ranked = sorted(best.values(), key=lambda candidate: candidate.rank)
    if len(ranked) > 1 and ranked[0].rank[:2] == ranked[1].rank[:2]:
        raise NotAService(
            f"several apps stand there, and none is the obvious one: {', '.join(each.name for each in ranked[:8])}",
            where=str(code.build.folder),
            next_step=f'choose one in jettison.toml: [service] app = "{_text(code, ranked[0])}"; or name its folder',
        )
    if len(ranked) > 1:
        notes.append(
            f"the app of {ranked[0].name} was taken; {', '.join(each.name for each in ranked[1:8])} stand there too"
        )
    return _entry(code, ranked[0], packages, notes)


def _entry(code: Code, chosen: _Candidate, packages: Collection[str], notes: list[str]) -> Entry:
    name, root = dotted_name(chosen.module.target, code.roots)
    point = chosen.app.entry(name, chosen.variable)
    point = replace(point, import_folders=() if root == code.build.scope.workdir else (root,))
    served = next(run_calls([chosen.module], Apps(code), Folding(code)), None)
    start = (
        guessed_start(point, port=served.port, packages=packages) if served else guessed_start(point, packages=packages)
    )
    notes.append(f"nothing says how the service is started; `{' '.join(start.argv)}` was guessed")
    return Entry(point=point, start=start, module=chosen.module)


def _text(code: Code, candidate: _Candidate) -> str:
    called = candidate.app.entry(dotted_name(candidate.module.target, code.roots)[0], candidate.variable)
    return f"{called.module}:{called.variable}"


def _module(code: Code, target: str) -> Module | None:
    source = code.build.at[target].source
    return None if _ASIDE.search(source) else code.module(target)


def _nothing(code: Code, modules: list[Module]) -> Exception:
    other = other_framework(tuple(modules))
    if other is not None:
        return unsupported(*other)
    unread = [note for note in code.notes if "does not parse" in note]
    if unread:
        return NotAService(
            f"no app was found, and some code cannot be read: {unread[0]}",
            where=str(code.build.folder),
            next_step="correct that line; code for a newer Python than this one cannot be read either",
        )
    notebooks = sum(target.endswith(".ipynb") for target in code.build.at)
    looked = f"{len(modules)} Python files" + (f" ({notebooks} notebooks were not)" if notebooks else "")
    return NotAService(
        f"no service is here: {looked} were read, and none makes a Flask or FastAPI app",
        where=str(code.build.folder),
        next_step="name the folder of a service; or, when its app is made in a way that reading does not see, "
        '[service] app = "module:variable" in jettison.toml',
    )
