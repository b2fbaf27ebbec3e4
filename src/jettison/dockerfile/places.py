"""Where Dockerfiles lie in a project, and which folder each is built from."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import DockerfileUnreadable
from .folder import folder
from .instructions import Dockerfile
from .parse import dockerfile_at
from .stages import stages
from .tree import folder_tree

_NAME = re.compile(r"(dockerfile|containerfile)([._-].+)?|.+\.(dockerfile|containerfile)", re.IGNORECASE)
_NOT_ONE = re.compile(
    r"(\.dockerignore|\.md|\.txt|\.bak|\.orig|\.old|~|\.j2|\.jinja2?|\.tmpl|\.template|\.in)$", re.IGNORECASE
)
_USUAL_FOLDERS = ("docker", ".docker", "deploy", "deployment", "build", "container", "containers", "infra", "ops", "ci")
_NOT_LOOKED_INTO = ("node_modules", ".git", ".devcontainer", ".github", "tests", "examples", "venv", ".venv")
_DEEPEST = 3


def dockerfiles_in(folder: Path) -> list[Path]:
    """The folder's Dockerfiles, the plainest name first."""
    try:
        listed = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and not _NOT_ONE.search(path.name)]
        files = [path for path in listed if path.is_file()]
    except OSError:
        return []
    # A build takes "Dockerfile"; "Containerfile" is podman's name for it.
    return sorted(
        files,
        key=lambda path: (
            path.name.lower() not in ("dockerfile", "containerfile"),
            path.name.lower() != "dockerfile",
            path.name,
        ),
    )


def dockerfiles_below(root: Path) -> list[Path]:
    """Those of the first level that has any, and one further down below the folders that usually hold them."""
    level = [root]
    for _ in range(_DEEPEST):
        level = [below for each in level for below in _folders(each)]
        found: list[Path] = []
        for each in level:
            found += dockerfiles_in(each)
            if each.name.lower() in _USUAL_FOLDERS:
                found += [path for below in _folders(each) for path in dockerfiles_in(below)]
        if found:
            return found
    return []


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.name not in _NOT_LOOKED_INTO and path.is_dir() and not path.is_symlink()
        )
    except OSError:
        return []


def context_of(root: Path, path: Path) -> Path:
    """The folder that a build of it most likely gets: the one where most of what it copies is found."""
    if path.parent == root or not path.is_relative_to(root):
        return root
    try:
        found = dockerfile_at(path)
    except DockerfileUnreadable:
        return root  # whoever reads it next says why
    candidates = [root, *reversed([each for each in path.parents if each.is_relative_to(root) and each != root])]
    usual = path.parent.name.lower() in _USUAL_FOLDERS
    ordered = candidates if usual else candidates[::-1]
    return min(ordered, key=lambda each: _missing_count(found, each))


def _missing_count(found: Dockerfile, candidate: Path) -> int:
    tree = folder_tree(folder(candidate))
    missing = 0
    for stage in stages(found):
        for each in stage.instructions:
            if each.word in ("COPY", "ADD") and each.flag("from") is None and not each.heredocs:
                sources = [source for source in each.arguments[:-1] if "$" not in source and "://" not in source]
                missing += sum(not tree.matches(source) for source in sources)
    return missing
