"""What a service's own Python files use, read and never run.

The reading is made for rules that say "nothing uses this": whatever could be a use counts as one, and code whose
imports are worked out while it runs says so.
"""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from .distributions import modules_of
from .python_trees import dotted, nodes

if TYPE_CHECKING:
    from .builds import Build
    from .project import Project

_NOT_THE_SERVICE = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|notebooks?|benchmarks?|bench|\.[^/]+)/"
    r"|(^|/)(test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks|fabfile|dodo)\.py$"
)
_SETTINGS = re.compile(
    r"(^|/)(procfile|makefile|justfile|[^/]*\.(sh|bash|ya?ml|ini|cfg|conf|env|toml|json|service|j2))$|(^|/)\.env[^/]*$",
    re.IGNORECASE,
)
_OF_DEVELOPMENT = re.compile(
    r"(^|/)(\.github|\.gitlab[^/]*|\.circleci|\.vscode|\.idea|\.devcontainer)(/|$)|(^|/)(tox\.ini|setup\.cfg|mypy\.ini|"
    r"pytest\.ini|pyproject\.toml|\.?ruff\.toml|\.pre-commit-config\.ya?ml|azure-pipelines\.ya?ml|mkdocs\.ya?ml|"
    r"package(-lock)?\.json|\.flake8|[^/]*lock[^/]*)$"
)
_LARGEST_SETTINGS_BYTES = 200_000
_MOST_FILES = 2_000
"""Of Python, beyond which a folder is no single service and nothing is said about its use."""
_OPENS = frozenset({"entry_points", "iter_entry_points", "load_entry_point", "run_module", "run_path"})
_UNPICKLES = re.compile(
    r"^(c?pickle|_pickle|joblib|dill|cloudpickle|jsonpickle|pyfunc|skops|load_learner|allow_pickle|weights_only|"
    r"hickle|mlflow|bentoml|load_model|read_pickle)$",
    re.MULTILINE,
)
_NOTEBOOK_IMPORT = re.compile(r"^\s*(?:import|from)\s+([\w.]+)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*(?:-\w+)*")


@dataclass(frozen=True, kw_only=True)
class Code:
    """What the Python files of a folder use. Files of tests, docs, notebooks and build scripts are kept apart."""

    files: tuple[str, ...]
    """Of the service itself."""
    imports: frozenset[str]
    """Dotted names that it imports: ``torch.nn``."""
    elsewhere: frozenset[str]
    """Dotted names that tests, docs, notebooks and build scripts import."""
    identifiers: frozenset[str]
    """Names in its code, and whole names of what it calls: ``cv2.imread``."""
    texts: frozenset[str]
    """Words of strings in its code, of its settings and scripts, and of commands that build and start the image."""
    is_open: bool
    """Something may be imported whose name is known only while it runs, or a file could not be read."""
    is_whole: bool
    """The service's code is in the folder: there is some, and no image takes its code from elsewhere."""

    @cached_property
    def modules(self) -> frozenset[str]:
        """Top-level modules that the service imports."""
        return frozenset(name.partition(".")[0] for name in self.imports)

    @cached_property
    def names(self) -> frozenset[str]:
        """`identifiers` and `texts`."""
        return self.identifiers | self.texts

    @cached_property
    def words(self) -> str:
        """`names`, a line each."""
        return "\n".join(sorted(self.names))

    @cached_property
    def unpickles(self) -> bool:
        """It loads objects of classes that it need not import."""
        return _UNPICKLES.search(self.words) is not None or "torch.load" in self.names

    def imports_of(self, name: str) -> bool:
        """The service imports a module of that distribution."""
        return _holds(self.imports, name)

    def imported_elsewhere(self, name: str) -> bool:
        """A test, a notebook or a build script imports a module of that distribution."""
        return _holds(self.elsewhere, name)

    def says(self, name: str) -> bool:
        """The distribution, or a module of it, is named in code, settings or commands."""
        return not self.names.isdisjoint(_spelled(name))

    def says_in_text(self, name: str) -> bool:
        """The same, in strings, settings and commands alone: what tests and linters are called, others are called
        too."""
        return not self.texts.isdisjoint(_spelled(name))


def _holds(imports: frozenset[str], name: str) -> bool:
    modules = modules_of(name)
    return any(each == module or each.startswith(module + ".") for module in modules for each in imports)


def _spelled(name: str) -> set[str]:
    return {name, name.replace("-", "_"), *modules_of(name)}


def read_code(project: Project) -> Code:
    """Everything that the folder's Python files and settings use."""
    paths = [path for path in sorted(project.paths) if not project.is_foreign(path) and _is_python(project, path)]
    own = [path for path in paths if not _NOT_THE_SERVICE.search(path)]
    read = _Reading()
    for path in own[:_MOST_FILES]:
        read.file(project.python(path))
    others = _Reading()
    for path in paths[:_MOST_FILES]:
        if _NOT_THE_SERVICE.search(path):
            others.file(project.python(path))
    elsewhere = {*others.imports, *_of_notebooks(project)}
    read.texts.update(_of_settings(project))
    return Code(
        files=tuple(own),
        imports=frozenset(read.imports),
        elsewhere=frozenset(elsewhere),
        identifiers=frozenset(read.identifiers),
        texts=frozenset(read.texts),
        is_open=read.is_open or len(paths) > _MOST_FILES,
        is_whole=bool(own) and all(_holds_code(build) for build in project.builds if build.installs),
    )


def _is_python(project: Project, path: str) -> bool:
    """By its name, or by its first line when the name says nothing."""
    if path.endswith(".py"):
        return True
    if "." in posixpath.basename(path) or not 0 < project.paths[path] <= _LARGEST_SETTINGS_BYTES:
        return False
    first = (project.text(path) or "")[:100].partition("\n")[0]
    return first.startswith("#!") and "python" in first


@dataclass
class _Reading:
    imports: set[str] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    is_open: bool = False

    def file(self, tree: ast.Module | None) -> None:
        if tree is None:
            self.is_open = True
            return
        silent: set[int] = set()
        for node in nodes(tree):
            match node:
                case ast.Expr(value=ast.Constant() as alone):  # a docstring
                    silent.add(id(alone))
                case ast.Import(names=aliases):
                    self.imports.update(alias.name for alias in aliases)
                case ast.ImportFrom(module=str(module), names=aliases, level=0):
                    self.imports.add(module)
                    self.imports.update(f"{module}.{alias.name}" for alias in aliases)
                    self.identifiers.update(alias.name for alias in aliases)
                case ast.Call():
                    self._call(node)
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    self.identifiers.add(name)
                case ast.keyword(arg=str(name)):
                    self.identifiers.add(name)
                case ast.Constant(value=str(value)) if id(node) not in silent:
                    self.texts.update(_words_in(value))

    def _call(self, node: ast.Call) -> None:
        names = dotted(node.func)
        called, last = ".".join(names), "".join(names[-1:])
        if last in ("import_module", "__import__"):
            self._imported_by_name(node.args[0] if node.args else None)
        elif called in ("torch.load", "torch.hub.load", "hub.load"):
            self.identifiers.add(called)
            self.is_open = self.is_open or called != "torch.load"  # code of a repository elsewhere
        elif last in _OPENS or (called == "exec" and isinstance(node.func, ast.Name)):
            self.is_open = True
        if "." in called:
            self.identifiers.add(called)
        for keyword in node.keywords:
            said_no = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg == "trust_remote_code" and not said_no:
                self.is_open = True

    def _imported_by_name(self, node: ast.expr | None) -> None:
        match node:
            case ast.Constant(value=str(name)):
                self.imports.add(name.lstrip("."))
            case ast.JoinedStr(values=[ast.Constant(value=str(name)), *_]) if "." in name:
                self.imports.add(name.partition(".")[0])  # empty for a relative one
            case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="__name__" | "__package__")), *_]):
                pass
            case ast.BinOp(left=ast.Constant(value=str(name))) if "." in name:
                self.imports.add(name.partition(".")[0])
            case ast.BinOp(left=ast.Name(id="__name__" | "__package__")):
                pass
            case _:
                self.is_open = True


def _words_in(text: str) -> Iterable[str]:
    """Words of a text, also those that stand on either side of a dash."""
    for word in _WORD.findall(text[:100_000]):
        yield word
        if "-" in word:
            yield from word.split("-")


def _of_notebooks(project: Project) -> Iterator[str]:
    for path in project.paths:
        if path.endswith(".ipynb") and not project.is_foreign(path):
            try:
                cells = json.loads(project.text(path) or "").get("cells", ())
                sources = ["".join(cell.get("source", ())) for cell in cells]
            except (ValueError, AttributeError, TypeError, RecursionError):
                continue
            yield from _NOTEBOOK_IMPORT.findall("\n".join(sources))


def _of_settings(project: Project) -> Iterator[str]:
    """Words of settings, scripts and start commands; not those of files that only declare dependencies."""
    declaring = {each.file for each in project.dependencies}
    for path, size in project.paths.items():
        counts = _SETTINGS.search(path) and not _OF_DEVELOPMENT.search(path) and path not in declaring
        if counts and size <= _LARGEST_SETTINGS_BYTES and not project.is_foreign(path):
            yield from _words_in(project.text(path) or "")
    for build in project.builds:
        installing = {id(each.run) for each in build.installs}
        for line in build.lines:
            if line.word in ("CMD", "ENTRYPOINT", "ENV", "HEALTHCHECK") and line.stage in build.reached:
                yield from _words_in(" ".join(line.instruction.arguments) + " " + line.instruction.body)
            for run in line.runs if line.stage in build.reached else ():
                if id(run) not in installing and run.argv[0] not in ("apt-get", "apt", "apk"):
                    yield from _words_in(" ".join(run.argv))


def _holds_code(build: Build) -> bool:
    """Its image takes Python files from the folder, and no code from a repository."""
    brings = any(
        landing.source.endswith(".py") for index in build.reached for landing in build.landings_of(index).steps
    )
    mounted = any(
        mount.kind == "bind" and not mount.origin for each in build.installs for mount in each.run.mounts
    ) and any(each.install.kind == "project" or "." in each.install.words for each in build.installs)
    cloned = any(run.argv[:2] == ("git", "clone") for line in build.lines for run in line.runs)
    added = any(
        line.word == "ADD" and any(_is_repository(word) for word in line.instruction.arguments) for line in build.lines
    )
    return (brings or mounted) and not cloned and not added


def _is_repository(word: str) -> bool:
    return word.startswith("git@") or posixpath.splitext(word)[1] == ".git" or ".git#" in word
