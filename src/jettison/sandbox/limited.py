"""A child process with limits, for work on files that nobody vouches for.

No network, the host's files read-only, one folder that may be written, so much memory and so much time. Whatever the
file does to the library that reads it (a crash, a loop, a flood of messages), this program lives on and can say so.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import EnvironmentUnusable
from ..records import Progress, Steps
from . import container

_KEPT_BYTES = 1 << 16
_SIGNALLED = 128
_TICK_SECONDS = 1.0
NOTE = "note: "
"""A line of the child that begins so is shown as its progress."""

_ENTER = """
import os, resource, sys
memory, files = int(sys.argv[1]), int(sys.argv[2])
for what, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, files), (resource.RLIMIT_CORE, 0)):
    hard = resource.getrlimit(what)[1]
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (least, least))
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Run inside, before the command: limits set outside would hold for the runner, too."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a child may use."""

    seconds: float = 900.0
    memory_bytes: int = 16 << 30
    file_bytes: int = 8 << 30
    """Of one file that it writes."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Another root than this machine's: an unpacked image with a Python inside."""

    root: Path
    python: str
    """Absolute, inside."""
    writable_at: str
    """Where the folder that may be written stands inside, always the same: what is built may hold its path."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a child ended."""

    code: int
    """Exit code; 128 and the signal's number when a signal ended it."""
    timed_out: bool
    output: str
    """The last 64 KB of what it said."""

    @property
    def failure(self) -> str | None:
        """How it failed, in words; None when it did not."""
        if self.timed_out:
            return "took too long and was stopped"
        if self.code > _SIGNALLED:
            number = self.code - _SIGNALLED
            name = signal.Signals(number).name if number in set(signal.Signals) else "unknown"
            return f"crashed (signal {number}, {name})"
        if self.code:
            lines = self.output.strip().splitlines()
            return lines[-1][:400] if lines else f"ended with code {self.code}"
        return None


def own_code() -> str:
    """``PYTHONPATH`` for a child that is to find the very code that runs here."""
    import jettison_runtime

    own = Path(__file__).parents[2], Path(jettison_runtime.__file__ or "").parent.parent
    return os.pathsep.join(str(home) for home in dict.fromkeys(own))


def ran(
    command: Sequence[str],
    *,
    writable: Path,
    needed: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    code_is_foreign: bool = True,
    world: World | None = None,
) -> Steps[Ended]:
    """Run a program to its end.

    :param command: an absolute path first.
    :param writable: the one folder that it may write to; it stands at the same path inside.
    :param needed: folders that it reads and that may lie below ``/tmp``, which is empty inside.
    :param code_is_foreign: the file may bring code of its own. Where this machine has no way to isolate a process, that
        is refused; a library that only reads data is then run with the limits alone.
    :param world: where it runs; None: on this machine's own files.
    :raises EnvironmentUnusable: nothing on this machine can isolate foreign code.
    """
    limits = limits or Limits()
    python = world.python if world else sys.executable
    inside = [python, "-I", "-S", "-c", _ENTER, str(limits.memory_bytes), str(limits.file_bytes), *command]
    home = world.writable_at if world else str(writable.absolute())
    seen = {"PATH": os.defpath, "HOME": home, "TMPDIR": "/tmp", **(environment or {})}
    if world:
        argv = _argv_in(world, inside, seen, writable)
    else:
        argv = _argv(inside, seen, writable, needed, code_is_foreign=code_is_foreign)
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=None if argv[0] != sys.executable else seen,
        start_new_session=True,
    )
    assert child.stdout is not None
    try:
        said, timed_out = yield from _heard(child.stdout, time.monotonic() + limits.seconds)
        if timed_out:
            _end(child)
        code = child.wait()
    finally:
        _end(child)
        child.stdout.close()
    code = _SIGNALLED - code if code < 0 else code
    return Ended(code=code, timed_out=timed_out, output=said.decode("utf-8", "replace"))


def _argv_in(world: World, inside: list[str], seen: Mapping[str, str], writable: Path) -> list[str]:
    mount = container.Mount(source=writable, target=world.writable_at, writable=True)
    return container.argv(
        world.root, inside, workdir=world.writable_at, environment=seen, mounts=(mount,), network=False
    )


def _argv(
    inside: list[str], seen: Mapping[str, str], writable: Path, needed: Sequence[Path], *, code_is_foreign: bool
) -> list[str]:
    mount = container.Mount(source=writable, target=str(writable.absolute()), writable=True)
    # A Python of a virtual environment that lies below /tmp is a link out of it: both ends are needed.
    homes = [Path(program).parent.parent for program in (sys.executable, inside[7]) if Path(program).is_absolute()]
    try:
        return container.argv(
            Path("/"),
            inside,
            workdir=str(writable.absolute()),
            environment=seen,
            mounts=(mount,),
            needed=tuple(dict.fromkeys((*needed, *homes))),
            network=False,
        )
    except EnvironmentUnusable:
        if code_is_foreign:
            raise
        return inside


def _heard(pipe: IO[bytes], deadline: float) -> Steps[tuple[bytes, bool]]:
    """The last of what the child says until it closes its output, and whether time ran out before that."""
    kept, line = b"", b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return kept, True
            if not waiting.select(min(left, _TICK_SECONDS)):
                continue
            piece = os.read(pipe.fileno(), _KEPT_BYTES)
            if not piece:
                return kept, False
            kept = (kept + piece)[-_KEPT_BYTES:]
            *whole, line = (line + piece)[-_KEPT_BYTES:].split(b"\n")
            for each in whole:
                text = each.decode("utf-8", "replace")
                if text.startswith(NOTE):
                    yield Progress(step="convert", note=text[len(NOTE) :])


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of it."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
