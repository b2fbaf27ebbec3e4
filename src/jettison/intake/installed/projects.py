"""What a project's own files ask for: pyproject.toml (PEP 621, PEP 735, Poetry, uv), setup.cfg, setup.py, Pipfile."""

from __future__ import annotations

import ast
import configparser
import posixpath
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..documents import table, tables, text_at, texts, toml_at
from .poetry import poetry_wanted, version_bounds
from .requirements import Find, Reading, Wanted, wanted_by_file


@dataclass(frozen=True, kw_only=True)
class Projects:
    """Reads the projects that lie in the image."""

    find: Find
    notes: list[str] = field(default_factory=list)

    def wanted(self, folder: str, extras: tuple[str, ...] = (), *, groups: tuple[str, ...] = ()) -> Wanted | None:
        """What the project in a folder of the image asks for; None when no project is there.

        :param groups: dependency groups besides; ``dev`` also stands for Poetry's groups.
        """
        if (path := self.find(posixpath.join(folder, "pyproject.toml"))) is not None:
            project = toml_at(path, self.notes, "pyproject.toml")
            if found := self._of_pyproject(project, folder, extras, groups):
                return found
        if (path := self.find(posixpath.join(folder, "setup.cfg"))) is not None:
            found = _of_setup_cfg(text_at(path, self.notes) or "", extras)
            if found.requirements:
                return found
        if (path := self.find(posixpath.join(folder, "setup.py"))) is not None:
            return self._of_setup_py(text_at(path, self.notes) or "", folder, extras)
        return None

    def pipfile_wanted(self, folder: str, *, dev: bool = False) -> Wanted | None:
        """What a Pipfile asks for; None without one."""
        path = self.find(posixpath.join(folder, "Pipfile"))
        return pipfile_wanted(toml_at(path, self.notes, "Pipfile"), dev=dev) if path else None

    def _of_pyproject(
        self, found: dict[str, Any], folder: str, extras: tuple[str, ...], groups: tuple[str, ...]
    ) -> Wanted | None:
        project = table(found, "project")
        poetry = table(found, "tool", "poetry")
        made = Wanted()
        listed = list(texts(project.get("dependencies")))
        for extra in extras:
            listed += texts(table(project, "optional-dependencies").get(extra))
        for group in groups:
            listed += _group(table(found, "dependency-groups"), group, ())
        if "dev" in groups:
            listed += texts(table(found, "tool", "uv").get("dev-dependencies"))
        _add_listed(made, listed, self.notes, "pyproject.toml")
        if "dependencies" in texts(project.get("dynamic")):
            made.add(self._dynamic(found, folder))
        if table(poetry, "dependencies") and not listed:
            made.add(poetry_wanted(poetry, extras=extras, dev="dev" in groups))
        made.index_options += [
            each for each in _uv_indexes(table(found, "tool", "uv")) if each not in made.index_options
        ]
        return made if project or poetry or listed else None

    def _dynamic(self, found: dict[str, Any], folder: str) -> Wanted:
        made = Wanted()
        named = table(found, "tool", "setuptools", "dynamic", "dependencies").get("file")
        for name in texts(named):
            made.add(wanted_by_file(posixpath.join(folder, name), self.reading()))
        return made

    def reading(self) -> Reading:
        """What requirement lines need to be followed from here."""
        return Reading(find=self.find, project=self.wanted, variables={}, notes=self.notes)

    def _of_setup_py(self, text: str, folder: str, extras: tuple[str, ...]) -> Wanted:
        """``install_requires`` where it is written out; a list that is worked out by running code stays unknown."""
        made = Wanted()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            self.notes.append("setup.py does not parse and was left out")
            return made
        constants = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                value = keyword.value
                value = constants.get(value.id, value) if isinstance(value, ast.Name) else value
                if keyword.arg == "install_requires":
                    listed = _literal(value)
                    if listed is None:
                        made.add(self._file_behind(tree, folder))
                    _add_listed(made, list(texts(listed)), self.notes, "setup.py")
                elif keyword.arg == "extras_require" and extras:
                    listed = _literal(value)
                    for extra in extras:
                        _add_listed(made, list(texts(table(listed).get(extra))), self.notes, "setup.py")
        return made

    def _file_behind(self, tree: ast.Module, folder: str) -> Wanted:
        """The requirements file that a setup.py reads in place of a written list."""
        names = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".txt")
        }
        named = sorted(each for each in names if "require" in each)
        if len(named) == 1 and self.find(posixpath.join(folder, named[0])) is not None:
            return wanted_by_file(posixpath.join(folder, named[0]), self.reading())
        self.notes.append("setup.py works out its requirements by running code; they are not known")
        return Wanted()


def pipfile_wanted(pipfile: dict[str, Any], *, dev: bool = False) -> Wanted:
    """What a Pipfile's table asks for."""
    made = Wanted()
    urls = {str(each.get("name")): each.get("url") for each in tables(pipfile.get("source"))[1:]}
    made.index_options += [f"--extra-index-url {url}" for url in urls.values() if isinstance(url, str)]
    for section in ("packages", "dev-packages")[: 2 if dev else 1]:
        for name, value in table(pipfile, section).items():
            entry = value if isinstance(value, dict) else {"version": str(value)}
            place = next((entry[key] for key in ("git", "file", "path") if isinstance(entry.get(key), str)), None)
            if place is not None:
                made.direct.append(f"{name} @ {'git+' if 'git' in entry else ''}{place}")
                continue
            extras = f"[{','.join(texts(entry.get('extras')))}]" if texts(entry.get("extras")) else ""
            marker = f"; {entry['markers']}" if isinstance(entry.get("markers"), str) else ""
            made.requirements.append(f"{name}{extras}{version_bounds(str(entry.get('version', '*')))}{marker}")
    return made


def _group(groups: dict[str, Any], name: str, above: tuple[str, ...]) -> list[str]:
    """A dependency group with those that it includes (PEP 735)."""
    found = next((value for key, value in groups.items() if canonicalize_name(key) == canonicalize_name(name)), None)
    listed: list[str] = []
    for each in found if isinstance(found, list) and name not in above else ():
        if isinstance(each, str):
            listed.append(each)
        elif isinstance(each, dict) and isinstance(each.get("include-group"), str):
            listed += _group(groups, each["include-group"], (*above, name))
    return listed


def _add_listed(made: Wanted, listed: list[str], notes: list[str], file: str) -> None:
    for each in listed:
        try:
            requirement = Requirement(each)
        except InvalidRequirement:
            notes.append(f"{file}: {each[:80]!r} is not a requirement and was left out")
            continue
        (made.direct if requirement.url else made.requirements).append(each if requirement.url else str(requirement))


def _uv_indexes(uv: dict[str, Any]) -> list[str]:
    """Indexes of ``[tool.uv]``. One that only named packages use comes as an extra one."""
    found: list[str] = []
    for each in tables(uv.get("index")):
        if isinstance(each.get("url"), str):
            found.append(f"{'--index-url' if each.get('default') is True else '--extra-index-url'} {each['url']}")
    if isinstance(uv.get("index-url"), str):
        found.append(f"--index-url {uv['index-url']}")
    return found + [f"--extra-index-url {url}" for url in texts(uv.get("extra-index-url"))]


def _of_setup_cfg(text: str, extras: tuple[str, ...]) -> Wanted:
    made = Wanted()
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read_string(text)
    except configparser.Error:
        return made
    listed = config.get("options", "install_requires", fallback="").split("\n")
    for extra in extras:
        listed += config.get("options.extras_require", extra, fallback="").split("\n")
    _add_listed(made, [line for each in listed if (line := re.sub(r"(^|\s)#.*", "", each).strip())], [], "setup.cfg")
    return made


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
