"""Lays the files of ``.deb`` packages into a folder, with ``/usr`` merged and unneeded files left out."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from ...errors import Untrusted
from ...packages.debian import deb

MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Top-level folders that are links into ``/usr``."""


def extracted(package: Path, into: Path, is_needed: Callable[[str], bool]) -> tuple[str, ...]:
    """Write a package's files below a folder; owners and times are not kept, the executable bit is.

    :param is_needed: told of a path, whether to write it
    :returns: the paths written, sorted
    :raises Untrusted: not a package, or one that would write outside the folder
    """
    kept = set()
    with deb.files(package) as tar:
        for member in tar:
            path = _merged(member.name)
            if not path or member.isdir() or not is_needed(path):
                continue
            if ".." in path.split("/"):
                raise _leads_out(package, member.name)
            target = into / path
            if not target.parent.resolve().is_relative_to(into.resolve()):
                raise _leads_out(package, member.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            if _write(tar, member, target, into):
                kept.add(path)
    return tuple(sorted(kept))


def merge_usr(root: Path) -> None:
    """Make ``/bin`` and its like links into ``/usr``, as every current distribution has them."""
    for name in MERGED[:3] + MERGED[4:5]:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")


def _merged(name: str) -> str:
    """The path below the root once ``/lib`` is ``/usr/lib``; nothing for the root and for the links themselves."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or (len(parts) == 1 and parts[0] in MERGED):
        return ""
    return "/".join(["usr", *parts] if parts[0] in MERGED else parts)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, root: Path) -> bool:
    if member.issym():
        target.symlink_to(member.linkname)
    elif member.islnk():
        source = root / _merged(member.linkname)
        if not source.is_file():
            return False  # the file that it is another name of was not needed
        os.link(source, target)
    elif member.isreg():
        content = tar.extractfile(member)
        assert content is not None  # a regular file has content
        with content, target.open("xb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        target.chmod(0o755 if member.mode & 0o111 else 0o644)
    else:
        return False
    return True


def _leads_out(package: Path, name: str) -> Untrusted:
    return Untrusted(
        f"{package.name} would write outside its root: {name}",
        where=str(package),
        next_step="do not use this mirror",
    )
