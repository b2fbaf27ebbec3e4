"""The files that COPY can name: those of the build's folder, or those of an earlier stage."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .folder import Folder
from .patterns import PatternError, clean, copy_regex, has_wildcards


@dataclass(frozen=True, kw_only=True)
class Landing:
    """One file that a COPY or ADD brings."""

    target: str
    """In the image, absolute."""
    source: str
    """In the build's folder, relative; empty for text that a heredoc holds."""
    size_bytes: int
    line: int
    """Of the instruction that brought it into the stage at hand."""
    text: str | None = None
    """What a heredoc holds."""
    unpacks: bool = False
    """An archive: ADD unpacks it in the folder of `target`, its members are not listed and itself is not there."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A file or folder that a source names."""

    path: str
    """In the tree; ``""`` is the whole tree."""
    files: tuple[tuple[str, Landing], ...]
    """What it holds, each with its path below the match: ``""`` for a match that is a file itself."""

    @property
    def is_file(self) -> bool:
        """A file, not a folder."""
        return len(self.files) == 1 and self.files[0][0] == ""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Files by path, relative to the tree's top."""

    files: Mapping[str, Landing]
    folders: frozenset[str]
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where a link points, when that is inside the tree. A source that is a link itself is followed."""

    def matches(self, source: str) -> tuple[Match, ...]:
        """What a COPY source names; nothing when it is not there."""
        path = clean("/" + source)[1:]
        if not has_wildcards(path):
            path = self.links.get(path, path)
            return (self._match(path),) if path in self.files or path in self.folders else ()
        try:
            fits = copy_regex(path).fullmatch
        except PatternError:
            return ()
        return tuple(self._match(each) for each in sorted({*self.files, *self.folders}) if each and fits(each))

    def _match(self, path: str) -> Match:
        if path in self.files:
            return Match(path=path, files=(("", self.files[path]),))
        prefix = f"{path}/" if path else ""
        below = ((name[len(prefix) :], file) for name, file in self.files.items() if name.startswith(prefix))
        return Match(path=path, files=tuple(below))


def folder_tree(folder: Folder) -> Tree:
    """The build's folder as a tree."""
    paths = {entry.path for entry in folder.entries}
    links = {
        entry.path: posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.link))
        for entry in folder.entries
        if entry.link
    }
    return Tree(
        files={
            entry.path: Landing(target="", source=entry.path, size_bytes=entry.size_bytes, line=0)
            for entry in folder.entries
            if not entry.is_folder
        },
        folders=frozenset({"", *(entry.path for entry in folder.entries if entry.is_folder)}),
        links={path: target for path, target in links.items() if target in paths},
    )


def stage_tree(landings: Iterable[Landing]) -> Tree:
    """What an earlier stage got from the build's folder, as a tree."""
    files = {landing.target[1:]: landing for landing in landings}
    folders = {""}
    for path in files:
        while (path := posixpath.dirname(path)) not in folders:
            folders.add(path)
    return Tree(files=files, folders=frozenset(folders))
