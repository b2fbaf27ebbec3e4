"""The service's own Python code, as far as a rule about its build has to know it: what it imports, and what it names.

Nothing is run. A name counts when some text that the service uses could be a path with it; what looks like a key of a
dictionary does not count. Where it cannot be known which files the service starts from, all of them count.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from .builds import Build
from .project import Project
from .python_trees import dotted, nodes, parsed

_NOT_OWN = re.compile(
    r"(^|/)(\.git|\.?venv|env|node_modules|site-packages|\.tox|\.nox|__pycache__|\.ipynb_checkpoints)/"
)
_TESTS = re.compile(r"(^|/)(tests?|conftest\.py|test_[^/]*\.py|[^/]*_test\.py)(/|$)")
_SETTINGS = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".properties", ".html", ".js")
_SHELL = (".sh", ".bash")
_LARGEST_BYTES = 400_000
_NAME = re.compile(r"[\w.@~+-]+")
# A word is looked at from its start alone: a long one would take its length squared otherwise.
_PATH = re.compile(r"(?<![^\s\"'`=,;()\[\]{}<>|&])[^\s\"'`=,;()\[\]{}<>|&]*/[^\s\"'`,;()\[\]{}<>|&]*")
_FILE = re.compile(r"(?<![\w.@+-])[\w.@+-]+\.[A-Za-z]\w{0,11}\b")
_VALUE = re.compile(r"[:=]\s*[\"']?([\w.@+-]+)[\"']?\s*(?:[#,}].*)?$", re.MULTILINE)
_LOADS_BY_NAME = ("import_module", "__import__", "pkgutil", "spec_from_file_location", "runpy")
_KEYED = ("get", "pop", "setdefault", "getattr", "setattr", "hasattr", "jsonify", "dict", "getlist", "Field", "Form")
_MODULE = re.compile(r"(?:^|\s)-m\s+([\w.]+)|(?<![\w.])([\w.]+):[A-Za-z_]\w*(?:\(|\b)")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call in the code with the texts that it gets."""

    name: str
    """``AutoModel.from_pretrained``; of a longer chain the last two parts."""
    texts: tuple[str, ...]
    """Its first positional arguments that are plain texts, in order; empty when the first is none."""
    named: tuple[tuple[str, str], ...]
    """Keyword arguments; those that are no plain text have an empty value. A name of the module stands for its text."""
    line: int
    start: int
    """In the file's text."""
    end: int

    @property
    def function(self) -> str:
        """``from_pretrained``."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class PythonFile:
    """One file, or the code behind a ``python -c``."""

    path: str
    text: str
    parse: Callable[[str], ast.Module | None] = parsed

    @cached_property
    def tree(self) -> ast.Module | None:
        """None when it does not parse."""
        return self.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Modules in full (``app.models``), and names taken out of them; relative ones made absolute."""
        return frozenset(self._imports())

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Text literals that are no keys and no docstrings."""
        return tuple(_texts(self.tree)) if self.tree else (self.text,)

    @cached_property
    def constants(self) -> dict[str, str]:
        """Names of the module that are given one plain text, or one with a default out of the environment."""
        found: dict[str, str] = {}
        for node in self.tree.body if self.tree else ():
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                text = _plain(node.value, found)
                if text is not None:
                    found[node.targets[0].id] = text
        return found

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Calls, in the order of the file."""
        return tuple(sorted(self._calls(), key=lambda call: call.start))

    def _imports(self) -> Iterator[str]:
        package = posixpath.dirname(self.path).replace("/", ".")
        for node in nodes(self.tree) if self.tree else ():
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                module = ".".join(part for part in (*above, node.module or "") if part)
                yield module
                yield from (f"{module}.{alias.name}".strip(".") for alias in node.names)

    def _calls(self) -> Iterator[Call]:
        starts, lines = [0], self.text.splitlines(keepends=True)
        for line in lines:
            starts.append(starts[-1] + len(line))
        for node in nodes(self.tree) if self.tree else ():
            if not isinstance(node, ast.Call):
                continue
            name = ".".join(dotted(node.func)[-2:])
            texts: list[str] = []
            for each in node.args:
                text = _plain(each, self.constants)
                if text is None:
                    break
                texts.append(text)
            named = tuple(
                (each.arg, _plain(each.value, self.constants) or "") for each in node.keywords if each.arg is not None
            )
            start = starts[node.lineno - 1] + _characters(lines[node.lineno - 1], node.col_offset)
            last = node.end_lineno or node.lineno
            end = starts[last - 1] + _characters(lines[last - 1], node.end_col_offset or 0)
            yield Call(name=name, texts=tuple(texts), named=named, line=node.lineno, start=start, end=end)


@dataclass(frozen=True, kw_only=True)
class Code:
    """What a build's service consists of."""

    files: tuple[PythonFile, ...]
    """Those that the service and its build can reach, by path; empty when the folder holds no Python."""
    others: tuple[PythonFile, ...]
    """Those that nothing reaches from what the Dockerfile starts."""
    named: frozenset[str]
    """Names of files and folders that some text could mean, paths taken apart."""
    said: frozenset[str]
    """Those of them that code and scripts of the folder have, not the Dockerfile or settings."""

    @cached_property
    def modules(self) -> frozenset[str]:
        """Top-level names of what it imports."""
        return frozenset(name.partition(".")[0] for file in self.files for name in file.imports)

    def names(self, path: str) -> bool:
        """Whether something could mean that path: its last name stands in a text, or its ending as in ``*.csv``."""
        name = posixpath.basename(path)
        return name in self.named or posixpath.splitext(name)[1] in self.named

    @cached_property
    def calls(self) -> tuple[tuple[PythonFile, Call], ...]:
        """Of all files, each with its file."""
        return tuple((file, call) for file in self.files for call in file.calls)


def code_of(project: Project, build: Build) -> Code:
    """The code that a build's folder holds, and what it names. Files that the build does not see do not count."""
    key = ("code", build.path)
    if key not in project.worked_out:
        project.worked_out[key] = _code(project, build)
    found: Code = project.worked_out[key]
    return found


def _code(project: Project, build: Build) -> Code:
    texts = _own_texts(project, build)
    files = {
        path: PythonFile(path, text, project.parsed_python) for path, text in texts.items() if path.endswith(".py")
    }
    scripts = [text for path, text in texts.items() if path.endswith(_SHELL)]
    reached = _reached(files, build, scripts)
    said = {name for file in reached.values() for text in file.texts for name in _NAME.findall(text)}
    said.update(name for text in scripts for name in _NAME.findall(text))
    named = set(said)
    for path, text in texts.items():
        if path.endswith(_SETTINGS):
            found = (*_PATH.findall(text), *_FILE.findall(text), *_VALUE.findall(text))
            named.update(name for each in found for name in _NAME.findall(each))
    for line in build.lines:
        if line.word not in ("COPY", "ADD", "LABEL", "FROM"):
            bodies = (line.instruction.body, *(heredoc.content for heredoc in line.instruction.heredocs))
            named.update(name for body in bodies for name in _NAME.findall(body))
    return Code(
        files=tuple(reached[path] for path in sorted(reached)),
        others=tuple(files[path] for path in sorted(files) if path not in reached),
        named=frozenset(named),
        said=frozenset(said),
    )


def _own_texts(project: Project, build: Build) -> dict[str, str]:
    """Code, scripts and settings that the build sees, by path."""
    found: dict[str, str] = {}
    for each in build.listed.entries:
        if each.is_folder or each.link or not each.path.endswith((".py", *_SETTINGS, *_SHELL)):
            continue
        if each.size_bytes > _LARGEST_BYTES or _NOT_OWN.search(each.path) or build.ignored.holds(each.path):
            continue
        text = project.text(build.below(each.path))
        if text is not None:
            found[each.path] = text
    return found


def _reached(files: dict[str, PythonFile], build: Build, scripts: Iterable[str]) -> dict[str, PythonFile]:
    """Files that the Dockerfile starts, with all that they import; every file when none is found that it starts."""
    by_module: dict[str, list[str]] = {}
    for path in files:
        parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
        for index in range(len(parts)):
            by_module.setdefault(".".join(parts[index:]), []).append(path)
    waiting: list[str] = []
    for text in (*(_started(build)), *scripts):
        for word in re.findall(r"(?<![\w./-])[\w./-]+\.py\b", text):
            waiting += by_module.get(posixpath.normpath(word).lstrip("./").removesuffix(".py").replace("/", "."), [])
            waiting += by_module.get(posixpath.basename(word).removesuffix(".py"), [])
        for module, application in _MODULE.findall(text):
            waiting += by_module.get(module or application, []) + by_module.get(f"{module}.__main__", [])
    if not waiting:
        return {path: file for path, file in files.items() if not _TESTS.search(path)} or files
    reached: dict[str, PythonFile] = {}
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached[path] = files[path]
        folder = posixpath.dirname(path)
        while folder:  # importing a module of a package runs the package
            waiting += [each for each in (f"{folder}/__init__.py",) if each in files]
            folder = posixpath.dirname(folder)
        for name in (*files[path].imports, *(each for each in files[path].texts if re.fullmatch(r"[\w.]+", each))):
            waiting += by_module.get(name, [])
    if any(word in file.text for file in reached.values() for word in _LOADS_BY_NAME):
        return {path: file for path, file in files.items() if path in reached or not _TESTS.search(path)}
    return reached


def _started(build: Build) -> Iterator[str]:
    for line in build.lines:
        if line.word in ("CMD", "ENTRYPOINT", "RUN", "HEALTHCHECK"):
            yield " ".join(line.instruction.arguments)
        elif line.word == "ENV":
            yield from (
                f" -m {value.removesuffix('.py')}" for name, value in line.instruction.pairs if name == "FLASK_APP"
            )


def _texts(tree: ast.Module) -> Iterator[str]:
    skipped: set[int] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Subscript):
            skipped.add(id(node.slice))
        elif isinstance(node, ast.Dict):
            skipped.update(id(key) for key in node.keys)
        elif isinstance(node, ast.Expr):
            skipped.add(id(node.value))
        elif isinstance(node, ast.Call) and dotted(node.func)[-1:] and dotted(node.func)[-1] in _KEYED:
            # Only the key: the default in `environ.get("MODEL", "data/m")` is a value all the same.
            skipped.update(id(each) for each in node.args[:1])
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


def _plain(node: ast.expr, constants: dict[str, str]) -> str | None:
    """The text that an expression is; of ``environ.get(name, default)`` the default."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.Call) and dotted(node.func)[-1:] in (("get",), ("getenv",)) and len(node.args) == 2:
        return _plain(node.args[1], constants)
    return None


def _characters(line: str, offset: int) -> int:
    """How many characters the first `offset` bytes of a line are."""
    return offset if line.isascii() else len(line.encode("utf-8", "surrogateescape")[:offset].decode("utf-8", "ignore"))
