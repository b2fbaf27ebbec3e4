"""A folder as the rules see it: its Dockerfiles taken apart, its requirements files, and what a build would copy."""

from __future__ import annotations

import ast
import os
import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ..dockerfile.folder import Folder, folder
from ..dockerfile.places import dockerfiles_below, dockerfiles_in
from ..errors import DockerfileUnreadable, NotAService
from .builds import Build, brought, build_at, files_named, renewed, text_at
from .code_imports import Code, read_code
from .declared import declared
from .dependencies import Dependency
from .gpu_machines import gpu_reserved_in
from .lock_files import LOCKS, Locked, locked_in
from .python_trees import parsed
from .requirement_files import RequirementFile
from .weighed import Weights

T = TypeVar("T")
DEVICES = ("cpu", "gpu")
PLATFORMS = (
    "azure-app-service",
    "azure-functions",
    "azure-container-apps",
    "aws-lambda",
    "cloud-run",
    "kubernetes",
)
_REQUIREMENTS = re.compile(
    r"(^|[/._-])(requirements?|constraints?|reqs?)([._-][\w.-]+)?\.(txt|in)$|requirements/[\w.-]+\.(txt|in)$"
)
_NOT_SHIPPED = (".git/", ".venv/", "venv/", "node_modules/", ".tox/", "site-packages/")


@dataclass(frozen=True, kw_only=True)
class Project:
    """What a rule gets. Nothing of it is run, nothing outside the folder is read."""

    root: Path
    targets: tuple[str, ...]
    """``cpu`` or ``gpu``, then platforms."""
    builds: tuple[Build, ...]
    listed: Folder = field(repr=False)
    """Everything in the folder."""
    changed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Texts of files as fixes have left them, by path."""
    refreshes: bool = False
    """Lock files are made again after the fixes, so that a change which only holds with its lock can be made."""
    weights: Weights = field(default_factory=Weights, repr=False)
    notes: tuple[str, ...] = ()
    trees: dict[str, ast.Module | None] = field(default_factory=dict, repr=False, compare=False)
    """Of Python texts, by text: fixes change other files, and these are not parsed again."""

    @property
    def on_cpu(self) -> bool:
        """The service is meant to run without a GPU."""
        return "gpu" not in self.targets

    def aims_at(self, *platforms: str) -> bool:
        """The service is meant for one of these platforms."""
        return any(platform in self.targets for platform in platforms)

    @cached_property
    def paths(self) -> Mapping[str, int]:
        """Files of the folder with their sizes in bytes, those that fixes made among them."""
        found = {each.path: each.size_bytes for each in self.listed.entries if not each.is_folder and not each.link}
        return {**found, **{path: len(text.encode("utf-8", "surrogateescape")) for path, text in self.changed.items()}}

    def text(self, path: str) -> str | None:
        """A file's text; None when it is not there, cannot be opened, or is larger than a text file gets."""
        if path in self.changed:
            return self.changed[path]
        build = self._builds_by_path.get(path)
        return build.dockerfile.text if build is not None else self._texts(path)

    def python(self, path: str) -> ast.Module | None:
        """A Python file's tree; None when there is no such file, or when it does not parse."""
        text = self.text(path)
        return self.parsed_python(text) if text is not None else None

    def parsed_python(self, text: str) -> ast.Module | None:
        """A text's tree, made once for all rules and for all rounds of fixing."""
        if text not in self.trees:
            self.trees[text] = parsed(text)
        return self.trees[text]

    def holds(self, path: str) -> bool:
        """Something is there under that path, a folder or a link too."""
        return path in self.changed or any(each.path == path for each in self.listed.entries)

    @cached_property
    def _builds_by_path(self) -> Mapping[str, Build]:
        return {build.path: build for build in self.builds}

    @cached_property
    def _read(self) -> dict[str, str | None]:
        return {}

    def _texts(self, path: str) -> str | None:
        if path not in self._read:
            self._read[path] = text_at(self.root / path) if path in self.paths else None
        return self._read[path]

    @cached_property
    def worked_out(self) -> dict[tuple[str, str], Any]:
        """What modules of this room have worked out for several rules, by what it is and of which file."""
        return {}

    @cached_property
    def requirement_files(self) -> tuple[RequirementFile, ...]:
        """Files with requirements or constraints, by path; those of environments in the folder are not among them."""
        named = (path for path in self.paths if _REQUIREMENTS.search(path.lower()) and not self.is_foreign(path))
        waiting = {*named, *self._named_by_installs}
        found: dict[str, RequirementFile] = {}
        while waiting:
            path = waiting.pop()
            text = self.text(path)
            if path not in found and text is not None:
                found[path] = RequirementFile(path=path, text=text)
                waiting.update(found[path].named_files)
        return tuple(found[path] for path in sorted(found))

    @cached_property
    def installed_files(self) -> tuple[RequirementFile, ...]:
        """Those that an image gets: named by an install, or by one that is; without a Dockerfile, all in the folder."""
        if not self.builds:
            return self.requirement_files
        by_path = {file.path: file for file in self.requirement_files}
        waiting = sorted(self._named_by_installs)
        found: dict[str, RequirementFile] = {}
        while waiting:
            path = waiting.pop(0)
            if path in found or path not in by_path:
                continue
            found[path] = by_path[path]
            waiting += by_path[path].named_files
        return tuple(found[path] for path in sorted(found))

    @cached_property
    def constraints(self) -> frozenset[str]:
        """Files that installs and requirements files name as constraints, by path."""
        found = {path for file in self.requirement_files for path in file.files_of("-c")}
        for build in self.builds:
            for each in build.installs:
                both = set(files_named(build, each))
                found.update(build.below(path) for path in both - set(files_named(build, each, constraints=False)))
                for value in filter(None, map(each.run.variables.get, ("PIP_CONSTRAINT", "UV_CONSTRAINT"))):
                    found.update(build.below(path) for path in brought(build, each, value))
        return frozenset(found)

    @cached_property
    def _named_by_installs(self) -> frozenset[str]:
        named: set[str] = set()
        for build in self.builds:
            for each in build.installs:
                named.update(build.below(source) for source in files_named(build, each))
        return frozenset(named)

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """What its files and commands say that it needs, by file and place."""
        return declared(self)

    @cached_property
    def code(self) -> Code:
        """What its Python files use."""
        return read_code(self)

    @cached_property
    def locked(self) -> tuple[Locked, ...]:
        """What its lock files hold."""
        paths = (path for path in sorted(self.paths) if posixpath.basename(path) in LOCKS and not self.is_foreign(path))
        return tuple(each for path in paths for each in locked_in(path, self.text(path) or ""))

    def is_foreign(self, path: str) -> bool:
        """A file of an environment, a repository's own data, or a package that lies in the folder by accident."""
        return any(each in f"/{path}" for each in _NOT_SHIPPED)

    def toml(self, path: str) -> dict[str, Any] | None:
        """A TOML file's content; None when it is not there or does not parse."""
        key = ("toml", path)
        if key not in self._made:
            text = self.text(path)
            try:
                self._made[key] = tomllib.loads(text) if text is not None else None
            except (tomllib.TOMLDecodeError, RecursionError):
                self._made[key] = None
        return self._made[key]  # type: ignore[no-any-return]

    def once(self, make: Callable[[Project], T]) -> T:
        """What a function makes of this folder, made once for all the rules that ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> dict[Any, Any]:
        return {}

    def with_texts(self, texts: Mapping[str, str]) -> Project:
        """The folder with other texts in some files.

        :raises DockerfileUnreadable: a Dockerfile among them does not parse any more
        """
        changed = {**self.changed, **texts}
        return replace(self, changed=changed, builds=tuple(renewed(build, changed, texts) for build in self.builds))


def project(
    path: Path,
    *,
    targets: tuple[str, ...] = (),
    dockerfile: Path | None = None,
    weights: Weights | None = None,
    refreshes: bool = False,
) -> Project:
    """Read a folder, or a single Dockerfile with the folder that it lies in.

    :param targets: ``cpu`` or ``gpu``, then platforms; when empty ``gpu`` where a manifest of the folder reserves one,
        else ``cpu``
    :param dockerfile: the only one to read, relative to the folder.
    :raises NotAService: there is no such folder or file
    :raises DockerfileUnreadable: the one that was named does not parse, or is not in the folder; or none of all parses
    """
    if path.is_file():
        path, dockerfile = path.parent, Path(path.name)
    if not path.is_dir():
        raise NotAService(
            "there is no such folder", where=str(path), next_step="name a service's folder or a Dockerfile"
        )
    listed = folder(path)
    weights = weights or Weights()
    notes = list(listed.notes)
    if not targets:
        targets, of_gpu = _aimed(path, listed)
        notes += of_gpu
    found: list[Build] = []
    unreadable: list[DockerfileUnreadable] = []
    for each in [_inside(path, dockerfile)] if dockerfile is not None else _dockerfiles(path):
        try:
            found.append(build_at(path, each, listed))
        except DockerfileUnreadable as cause:
            if dockerfile is not None:
                raise
            unreadable.append(cause)
            notes.append(f"{cause.where}: {cause.what}; it was left out")
    if unreadable and not found:
        raise unreadable[0]
    return Project(
        root=path,
        targets=targets,
        builds=tuple(found),
        listed=listed,
        weights=weights,
        refreshes=refreshes,
        notes=(*notes, *weights.notes),
    )


def _aimed(root: Path, listed: Folder) -> tuple[tuple[str, ...], list[str]]:
    files = ((each.path, each.size_bytes) for each in listed.entries if not each.is_folder and not each.link)
    reserved = gpu_reserved_in(files, lambda path: text_at(root / path))
    if not reserved:
        return ("cpu",), []
    return ("gpu",), [f"{reserved} reserves a GPU, so this is read as with --target gpu; --target cpu says otherwise"]


def _inside(root: Path, dockerfile: Path) -> Path:
    """The one that was named, by whatever path, as one of the folder."""
    relative = os.path.relpath(root / dockerfile, root)
    if Path(relative).parts[0] == os.pardir:
        raise DockerfileUnreadable(
            "the Dockerfile does not lie in the folder",
            where=str(dockerfile),
            next_step="name one of the folder, or the folder that holds both",
        )
    return root / relative


def _dockerfiles(root: Path) -> list[Path]:
    return list(dict.fromkeys((*dockerfiles_in(root), *dockerfiles_below(root))))
