"""Runner: a bare user namespace, for machines with neither bubblewrap nor runc."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from .isolation import Isolation, host_pieces, prepared

NAME = "user namespace"


def missing() -> str | None:
    """The program that is not installed."""
    return None if shutil.which("unshare") else "unshare (util-linux) is not installed"


def argv(isolation: Isolation) -> list[str]:
    """``unshare … python enter.py PLAN``: the new namespaces, then mounts, chroot and exec in `enter`."""
    prepared(isolation)
    pieces = []
    if isolation.on_host:
        for kind, path in host_pieces(isolation.mounts):
            pieces.append([kind, str(path), str(path.readlink()) if kind == "link" else ""])
    plan = {
        "root": None if isolation.on_host else str(isolation.root.absolute()),
        "pieces": pieces,
        "mounts": [[str(m.source.absolute()), m.target, m.writable] for m in isolation.mounts],
        "read_only": isolation.read_only,
        "workdir": isolation.workdir,
        "environment": dict(isolation.environment),
        "command": isolation.command,
    }
    enter = str(Path(__file__).with_name("enter.py"))
    namespaces = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"]
    return ["unshare", *namespaces, sys.executable, "-I", "-S", enter, json.dumps(plan)]
