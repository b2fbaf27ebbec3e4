"""Runner: a bare user namespace, for machines with neither bubblewrap nor runc. Both programs are of util-linux."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .isolation import WITH_PARENT, Isolation, absent, host_pieces, prepared

NAME = "user namespace"


def missing() -> str | None:
    """The program that is not installed."""
    return absent("unshare", "setpriv")


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
    if not isolation.network:
        namespaces.append("--net")
    # This program dead, unshare is killed; unshare dead, its child is; and with that, the first process of the new
    # process namespace, everything in it.
    return [*WITH_PARENT, "unshare", *namespaces, sys.executable, "-I", "-S", enter, json.dumps(plan)]
