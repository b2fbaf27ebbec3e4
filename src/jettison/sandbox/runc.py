"""Runner: runc, the engine's own low-level runtime, on a bundle made for one run."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from .isolation import MOUNT_POINTS, Isolation, Mount, host_pieces, prepared

NAME = "runc"


def missing() -> str | None:
    """The program that is not installed."""
    return None if shutil.which("runc") else "runc is not installed"


def argv(isolation: Isolation) -> list[str]:
    """``runc run``. The bundle's folder lives until this process ends."""
    prepared(isolation)
    bundle = Path(tempfile.mkdtemp(prefix="jettison-bundle-"))
    atexit.register(shutil.rmtree, bundle, ignore_errors=True)
    pieces = _host_root(bundle / "root", isolation) if isolation.on_host else []
    root = bundle / "root" if isolation.on_host else isolation.root.absolute()
    (bundle / "config.json").write_text(json.dumps(_configuration(isolation, root, pieces)))
    # --no-new-keyring: a key ring needs rights that build machines do not give.
    return ["runc", "--root", str(bundle / "state"), "run", "--no-new-keyring", "--bundle", str(bundle), bundle.name]


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
    """OCI runtime configuration: no network namespace and no resource limits, which need rights of their own."""
    rootless = os.geteuid() != 0
    spaces = ["pid", "ipc", "uts", "mount", *(["user"] if rootless else [])]
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
