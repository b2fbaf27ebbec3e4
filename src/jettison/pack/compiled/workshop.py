"""Where an image's own libraries are compiled: the image's base, with its distribution's compiler and headers.

What is compiled there fits the base by construction: its Python, its C library, its libstdc++. This machine needs no
compiler, and the paths inside are the same on every machine.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ...packages import debian
from ...packages.debian import DebianPackage
from ...packages.index import IndexSettings
from ...packages.install import installed
from ...packages.lock import lock_text
from ...packages.resolve import resolved
from ...records import Progress, Steps, from_json
from ...workspace import Workspace, digest, space_for
from ..root import Root
from ..rootfs import rules
from ..rootfs.base_lock import BaseLock
from ..rootfs.extract import extracted
from .recipe import COMPILER, TOOLS

TOOLS_FOLDER = "build/tools"
"""Where the build tools lie, in the workshop."""
_VERSION = 1
"""Goes up when the code below makes another folder of the same packages."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A root to compile in."""

    folder: Path
    python: str
    """Its interpreter: ``/usr/bin/python3.11``."""
    contents: str = field(repr=False)
    """Everything in it that was not in the base, with versions and digests: a line each."""


def workshop(root: Root, platform: str, settings: IndexSettings, workspace: Workspace) -> Steps[Workshop]:
    """The workshop of a base made of a distribution's packages; made once for the same packages.

    :param platform: of the base, as uv names it
    :raises Unresolvable: the suite has no such compiler, or the indexes not the tools
    :raises IndexUnreachable: a mirror or an index does not answer
    :raises Untrusted: a signature or digest does not hold
    """
    lock = from_json(root.lock, BaseLock)
    catalogue = yield from debian.catalogue(lock.suite, lock.architecture, workspace)
    there = frozenset(package.name for package in lock.packages) | frozenset(rules.LEFT_OUT)
    packages = catalogue.closure((*COMPILER, f"libpython{root.python}-dev"), already=there)
    tools = lock_text(
        (yield from resolved(TOOLS, python=root.python, platform=platform, settings=settings, workspace=workspace))
    )
    contents = "".join(f"{each.name} {each.version} sha256:{each.sha256}\n" for each in packages) + tools

    def make(folder: Path) -> Steps[None]:
        with space_for(folder):
            shutil.copytree(root.folder, folder, symlinks=True, dirs_exist_ok=True)
        yield from _laid(packages, folder, workspace)
        yield from installed(
            tools,
            folder / TOOLS_FOLDER,
            python=root.python,
            platform=platform,
            settings=settings,
            workspace=workspace,
            interpreter=f"/{root.executable}",
        )

    folder = yield from workspace.folder("workshops", digest(_VERSION, rules.VERSION, root.lock, contents), make)
    return Workshop(folder=folder, python=f"/{root.executable}", contents=contents)


def _laid(packages: tuple[DebianPackage, ...], folder: Path, workspace: Workspace) -> Steps[None]:
    """The packages over the base. No maintainer script is run; the one thing they would do that counts is a shell."""
    for position, package in enumerate(packages):
        yield Progress(step="compile", done=position, total=len(packages), note=f"compiler: {package.name}")
        file = yield from debian.fetched(package, workspace)
        extracted(file, folder, rules.is_needed)
    shell = folder / "usr/bin/sh"
    if not shell.is_symlink():
        shell.symlink_to("dash")
