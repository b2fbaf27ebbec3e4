"""What a running service takes: peak memory of its process tree, read from the kernel."""

from __future__ import annotations

from pathlib import Path

_PROC = Path("/proc")
_RUNNERS = ("bwrap", "runc", "runc:[2:INIT]", "unshare")
"""Names of the processes that keep a service in its place; they are no part of it."""


def tree(root: int) -> tuple[int, ...]:
    """Process ids of a process and all that it started."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                # The name in parentheses may hold spaces; the parent's id is the second field behind it.
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return tuple(found)


def peak_memory_bytes(root: int) -> int:
    """Sum over the tree of each process's largest resident set since it began (VmHWM); the runner does not count."""
    return sum(_high_water(pid) for pid in tree(root))


def _high_water(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if fields.get("Name", "").strip() in _RUNNERS or "VmHWM" not in fields:
        return 0
    return int(fields["VmHWM"].split()[0]) * 1024
