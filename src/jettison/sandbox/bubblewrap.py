"""Runner: bubblewrap, which needs no rights where user namespaces are on."""

from __future__ import annotations

from .isolation import Isolation, absent, host_pieces, prepared

NAME = "bubblewrap"


def missing() -> str | None:
    """The program that is not installed."""
    return absent("bwrap")


def argv(isolation: Isolation) -> list[str]:
    """``bwrap …``; it dies with its parent, so a killed measurement leaves no service behind."""
    prepared(isolation)
    line = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    if not isolation.network:
        line.append("--unshare-net")
    if isolation.on_host:
        for kind, path in host_pieces(isolation.mounts):
            where = str(path)
            line += {
                "dir": ["--dir", where],
                "link": ["--symlink", str(path.readlink()) if kind == "link" else "", where],
                "bind": ["--ro-bind", where, where],
            }[kind]
    else:
        line += ["--ro-bind" if isolation.read_only else "--bind", str(isolation.root), "/"]
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"]
    for mount in isolation.mounts:
        line += ["--bind" if mount.writable else "--ro-bind", str(mount.source.absolute()), mount.target]
    line += ["--chdir", isolation.workdir, "--clearenv"]
    for name, value in isolation.environment:
        line += ["--setenv", name, value]
    return [*line, "--", *isolation.command]
