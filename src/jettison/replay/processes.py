"""What a running service takes: memory of its process tree, read from the kernel."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
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
    """Sum over the tree of each process's largest resident set (VmHWM) since it began, or since `restart_peak`."""
    return sum(status.get("VmHWM", 0) for _, status in _service(root))


def own_bytes(root: int) -> int:
    """Resident memory of the tree that no file stands behind; what forked processes share counts for each."""
    return sum(status.get("RssAnon", 0) + status.get("RssShmem", 0) for _, status in _service(root))


def own_peak_bytes(root: int) -> int:
    """The largest resident sets less the files in them; see `own_bytes` and `peak_memory_bytes`."""
    return sum(status.get("VmHWM", 0) - status.get("RssFile", 0) for _, status in _service(root))


def restart_peak(root: int) -> None:
    """Let `peak_memory_bytes` count from now on."""
    _forget(root, "5")


def forget_touched(root: int) -> None:
    """Let `touched_file_bytes` count from now on."""
    _forget(root, "1")


def touched_file_bytes(root: int) -> int:
    """Pages of files that the tree has really used since `forget_touched`; what processes share counts once.

    Of what it maps (its libraries, weights) a service uses little while it answers: these have to stay in memory.
    """
    found: dict[tuple[str, str], int] = {}
    for pid, _ in _service(root):
        for file, offset, touched in _mapped(pid):
            found[file, offset] = max(touched, found.get((file, offset), 0))
    return sum(found.values())


_MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) \S+ [1-9]\d* +(/.*)")
"""The first line of a mapping of a file: offset, device, a file's number, its path."""


def mapped_file_bytes(root: int) -> int:
    """Pages of files in memory: of the process that has most, for the others mostly share them."""
    return max((status.get("RssFile", 0) for _, status in _service(root)), default=0)


def _mapped(pid: int) -> Iterator[tuple[str, str, int]]:
    """Each mapping of a file: its path, its offset there, and how much of it was used and is still the file's."""
    try:
        lines = (_PROC / str(pid) / "smaps").read_text().splitlines()
    except OSError:
        return
    place: tuple[str, str] | None = None
    sizes: dict[str, int] = {}
    for line in (*lines, "0-0 "):
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            sizes[name] = int(value.split()[0]) * 1024
        elif not value or "-" in name:
            if place is not None:
                # A page that was written to is a copy, and no longer the file's.
                yield *place, min(sizes.get("Referenced", 0), sizes.get("Rss", 0) - sizes.get("Anonymous", 0))
            match = _MAPPING.match(line)
            place, sizes = ((match[2], match[1]) if match else None), {}


def _forget(root: int, what: str) -> None:
    for pid, _ in _service(root):
        with contextlib.suppress(OSError):
            (_PROC / str(pid) / "clear_refs").write_text(what)


def _service(root: int) -> Iterator[tuple[int, dict[str, int]]]:
    """Process ids of the tree with the sizes of their status in bytes; not the runner's."""
    for pid in tree(root):
        try:
            lines = (_PROC / str(pid) / "status").read_text().splitlines()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        if fields.get("Name", "").strip() not in _RUNNERS:
            sizes = {name: int(value.split()[0]) * 1024 for name, value in fields.items() if value.endswith(" kB")}
            yield pid, sizes
