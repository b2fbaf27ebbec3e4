"""Runner: runc, the engine's own low-level runtime, on a bundle made for one run.

A container outlives the ``runc run`` that started it: no signal that the kernel sends at a parent's death reaches it.
So one small shell waits, outside of every session and of all that is measured, until this program is gone, and
then deletes its containers and bundles.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

from .isolation import MOUNT_POINTS, WITH_PARENT, Isolation, Mount, absent, host_pieces, prepared

NAME = "runc"


def missing() -> str | None:
    """The program that is not installed."""
    return absent("runc", "setpriv")


def argv(isolation: Isolation) -> list[str]:
    """``runc run``. The bundle's folder lives until this program ends."""
    prepared(isolation)
    bundle = Path(tempfile.mkdtemp(prefix="jettison-bundle-"))
    _watch().write(os.fsencode(bundle) + b"\n")
    pieces = _host_root(bundle / "root", isolation) if isolation.on_host else []
    root = bundle / "root" if isolation.on_host else isolation.root.absolute()
    (bundle / "config.json").write_text(json.dumps(_configuration(isolation, root, pieces)))
    # --no-new-keyring: a key ring needs rights that build machines do not give.
    run = ["runc", "--root", str(bundle / "state"), "run", "--no-new-keyring", "--bundle", str(bundle), bundle.name]
    return [*WITH_PARENT, *run]


_WATCH = """
while read -r bundle; do set -- "$@" "$bundle"; done
sleep 0.3  # a `runc run` that was just starting has died by now, and writes no more state
for bundle do
  name="${bundle##*/}"
  if [ -e "$bundle/state/$name" ]; then runc --root "$bundle/state" delete --force "$name"; fi
  rm -rf "$bundle"
done
"""


@functools.cache
def _watch() -> IO[bytes]:
    """Where to write the bundles that shall not outlive this program. The kernel closes it, whatever ends us."""
    shell = subprocess.Popen(
        ["/bin/sh", "-c", _WATCH],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        bufsize=0,
    )
    assert shell.stdin is not None
    atexit.register(_let_go, shell)
    return shell.stdin


def _let_go(shell: subprocess.Popen[bytes]) -> None:
    assert shell.stdin is not None
    shell.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        shell.wait(timeout=10)


def _host_root(root: Path, isolation: Isolation) -> list[Mount]:
    """An empty root with the host's links in it; gives back what is to be bound there."""
    for name in MOUNT_POINTS:
        (root / name).mkdir(parents=True)
    bound = []
    for kind, path in host_pieces(isolation.mounts):
        if kind == "link":
            (root / path.relative_to("/")).symlink_to(path.readlink())
        elif kind == "bind":
            bound.append(Mount(source=path, target=str(path)))
    return bound


def _configuration(isolation: Isolation, root: Path, pieces: list[Mount]) -> dict[str, Any]:
    """OCI runtime configuration: no resource limits, which need rights of their own."""
    rootless = os.geteuid() != 0
    spaces = ["pid", "ipc", "uts", "mount", *(["user"] if rootless else [])]
    spaces += [] if isolation.network else ["network"]
    linux: dict[str, Any] = {"namespaces": [{"type": name} for name in spaces]}
    if rootless:
        linux["uidMappings"] = [{"containerID": 0, "hostID": os.getuid(), "size": 1}]
        linux["gidMappings"] = [{"containerID": 0, "hostID": os.getgid(), "size": 1}]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": list(isolation.command),
            "env": [f"{name}={value}" for name, value in isolation.environment],
            "cwd": isolation.workdir,
            "noNewPrivileges": True,
        },
        "root": {"path": str(root), "readonly": isolation.read_only},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            *({"destination": f"/{name}", "type": "tmpfs", "source": "tmpfs"} for name in ("tmp", "run", "dev")),
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm"},
            *(
                {
                    "destination": mount.target,
                    "type": "bind",
                    "source": str(mount.source.absolute()),
                    "options": ["rbind", "rw" if mount.writable else "ro"],
                }
                for mount in (*pieces, *isolation.mounts)
            ),
        ],
        "linux": linux,
    }
