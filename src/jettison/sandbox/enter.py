"""The last step into a user namespace: mounts, chroot, exec. A program of its own, with the standard library only.

Started as the first process of new user, mount and process namespaces; its one argument is a JSON plan
made by `user_namespace.argv`.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any

_BIND, _RECURSIVE, _PRIVATE, _REMOUNT, _READ_ONLY = 4096, 16384, 1 << 18, 32, 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Enter the world that the plan describes and become its command."""
    plan = json.loads(sys.argv[1])
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    # Held open by descriptor: the new root may be mounted over the folder that a source lies in.
    mounts = [(f"/proc/self/fd/{os.open(source, os.O_PATH)}", *rest) for source, *rest in plan["mounts"]]
    root = plan["root"]
    if root is None:
        root = "/tmp"
        _mount("none", root, "tmpfs", 0)
        for name in ("proc", "dev", "tmp", "sys", "run"):
            Path(root, name).mkdir()
        for kind, path, target in plan["pieces"]:
            _piece(root, kind, path, target)
    else:
        _mount(root, root, "", _BIND | _RECURSIVE)
    _mount("proc", f"{root}/proc", "proc", 0)
    _mount("/dev", f"{root}/dev", "", _BIND | _RECURSIVE)
    for scratch in ("tmp", "run"):
        _mount("none", f"{root}/{scratch}", "tmpfs", 0)
    for source, target, writable in mounts:  # last: one may lie below the scratch folders
        _bind(source, root + target, writable=writable)
    if plan["read_only"] and plan["root"]:
        _mount("none", root, "", _REMOUNT | _BIND | _READ_ONLY)
    os.chroot(root)
    os.chdir(plan["workdir"])
    os.execvpe(plan["command"][0], plan["command"], plan["environment"])


def _piece(root: str, kind: str, path: str, target: str) -> None:
    place = Path(root + path)
    if kind == "link":
        place.symlink_to(target)
    elif kind == "dir":
        place.mkdir()
    else:
        _bind(path, root + path, writable=False)


def _bind(source: str, target: str, *, writable: bool) -> None:
    place = Path(target)
    if Path(source).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    elif not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    _mount(source, target, "", _BIND | _RECURSIVE)
    if not writable:
        # A mount that came with locked flags cannot be remounted by us; the kernel then keeps it as it was.
        _mount("none", target, "", _REMOUNT | _BIND | _READ_ONLY, must=False)


def _mount(source: str, target: str, kind: str, flags: int, *, must: bool = True) -> None:
    arguments: list[Any] = [source.encode(), target.encode(), kind.encode() or None, flags, None]
    if _LIBC.mount(*arguments) != 0 and must:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), target)


if __name__ == "__main__":
    main()
