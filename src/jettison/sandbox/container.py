"""Run a command inside an unpacked root file system, without a container engine.

Three ways, the first that works on this machine: bubblewrap, runc, a bare user namespace. All give a
read-only root, a private ``/proc``, a small ``/dev``, an empty ``/tmp`` and the host's network, so that
a service can be asked on a loopback port.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import EnvironmentUnusable
from . import bubblewrap, runc, user_namespace
from .isolation import MOUNT_POINTS, Isolation, Mount, Runner

RUNNERS: list[Runner] = [bubblewrap, runc, user_namespace]

__all__ = ["RUNNERS", "Mount", "argv", "runner"]


def argv(  # noqa: PLR0913  (one for each thing that a world can be given)
    root: Path,
    command: Sequence[str],
    *,
    workdir: str = "/",
    environment: Mapping[str, str],
    mounts: Sequence[Mount] = (),
    needed: Sequence[Path] = (),
    read_only: bool = True,
    network: bool = True,
) -> list[str]:
    """What to start on the host so that `command` runs with `root` as its root file system.

    `environment` is all that the command sees of an environment. With ``root=Path("/")`` the host's own
    files are used, read-only, and mounts may stand anywhere; folders in `needed`, and the installation of the
    program that is started, are there even where the private ``/tmp`` would hide them.

    :raises EnvironmentUnusable: nothing on this machine can do it.
    """
    if root == Path("/"):
        mounts = (*hidden(command[0], needed), *mounts)
    isolation = Isolation(
        root=root,
        command=tuple(command),
        workdir=workdir,
        environment=tuple(sorted(environment.items())),
        mounts=tuple(mounts),
        read_only=read_only,
        network=network,
    )
    return runner().argv(isolation)


def hidden(program: str, needed: Sequence[Path]) -> tuple[Mount, ...]:
    """Mounts of what a command needs from the host and the runners' own mounts would cover: a cache below ``/tmp``."""
    found: dict[Path, Mount] = {}
    # <prefix>/bin/python: a virtual environment's is a link into the installation that it was made from.
    for folder in (*needed, Path(program).resolve().parent.parent):
        if len(folder.parts) > 1 and folder.parts[1] in MOUNT_POINTS:
            found[folder] = Mount(source=folder, target=str(folder))
    return tuple(found.values())


@functools.cache
def runner() -> Runner:
    """The first way that works here, tried once by really running ``/bin/true`` of the host.

    :raises EnvironmentUnusable: with what each way answered.
    """
    reasons = []
    for candidate in RUNNERS:
        reason = refusal(candidate)
        if reason is None:
            return candidate
        reasons.append(f"{candidate.NAME}: {reason}")
    raise EnvironmentUnusable(
        "no way to run an image on this machine",
        where="; ".join(reasons),
        next_step="install bubblewrap (`apt-get install bubblewrap`) or allow user namespaces; "
        "`jettison doctor` checks again",
    )


def refusal(candidate: Runner) -> str | None:
    """Why this way does not work here; None when it does."""
    if sys.platform != "linux":
        return "needs Linux"
    if missing := candidate.missing():
        return missing
    trial = Isolation(root=Path("/"), command=("/bin/true",))
    try:
        done = subprocess.run(candidate.argv(trial), capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as cause:
        return str(cause)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["failed"])[-1]
