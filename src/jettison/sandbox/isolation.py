"""What a runner is asked for, and what every runner has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A folder or file of the host that the command sees."""

    source: Path
    target: str
    """Absolute, inside."""
    writable: bool = False


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """One command and the world it may see."""

    root: Path
    command: tuple[str, ...]
    workdir: str = "/"
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    read_only: bool = True
    network: bool = True
    """The host's network; False: none at all."""

    @property
    def on_host(self) -> bool:
        """The root is the host's own."""
        return self.root == Path("/")


class Runner(Protocol):
    """A module of this room that can run a command in a root file system."""

    NAME: str

    def missing(self) -> str | None:
        """The program that is not installed; None when all are."""
        ...

    def argv(self, isolation: Isolation) -> list[str]:
        """What to start on the host. Nothing of it lives on when this program is killed."""
        ...


WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")
"""Put before a command line: the kernel kills it when the thread that started it is gone, however it went."""


def absent(*programs: str) -> str | None:
    """The first of these programs that is not installed, in words; None when all are."""
    found = next((name for name in programs if shutil.which(name) is None), None)
    return f"{found} is not installed" if found else None


MOUNT_POINTS = ("proc", "dev", "tmp", "sys", "run")
"""Folders that every container engine expects or makes."""


def prepared(isolation: Isolation) -> None:
    """Make the mount points in an unpacked root, as an engine would; the host's root is left alone."""
    if isolation.on_host:
        return
    targets = [*MOUNT_POINTS, *(mount.target.strip("/") for mount in isolation.mounts if mount.source.is_dir())]
    for target in targets:
        place = isolation.root / target
        if not place.is_symlink():
            place.mkdir(parents=True, exist_ok=True)
    for mount in isolation.mounts:
        if mount.source.is_file():
            place = isolation.root / mount.target.strip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()


def host_pieces(mounts: tuple[Mount, ...]) -> Iterator[tuple[str, Path]]:
    """The host's root in pieces, so that mounts can stand at paths that the host does not have.

    Yields ``("dir", path)``, ``("link", path)`` or ``("bind", path)``, parents first. A folder above a mount
    is taken apart into its children; every other one is bound whole.
    """
    split = {PurePosixPath("/")}
    for mount in mounts:
        split.update(PurePosixPath(mount.target).parents)
    yield from _pieces(Path("/"), split, {mount.target.rstrip("/") for mount in mounts})


def _pieces(folder: Path, split: set[PurePosixPath], taken: set[str]) -> Iterator[tuple[str, Path]]:
    for child in sorted(folder.iterdir()):
        if str(child) in taken or (folder == Path("/") and child.name in MOUNT_POINTS):
            continue
        if child.is_symlink():
            yield "link", child
        elif child.is_dir() and PurePosixPath(child) in split:
            yield "dir", child
            yield from _pieces(child, split, taken)
        elif child.is_dir() or child.is_file():
            yield "bind", child
