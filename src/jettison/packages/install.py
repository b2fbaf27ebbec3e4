"""Installing a lock into a folder for another Python and platform, the same bytes every time.

uv unpacks and checks the digests. What it adds that differs between machines is taken out again: the path of this
machine's Python in scripts, cache stamps, lock files.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..errors import OutputRefused
from ..records import Progress, Steps
from ..workspace import Workspace, space_for
from . import uv
from .index import IndexSettings

_STAMPS = ("uv_cache.json", "uv_build.json", "direct_url.json")
"""Files in ``.dist-info`` that tell of this machine: times and paths."""
_INTERPRETER_LINES = re.compile(rb"\A(#!/bin/sh\n'''exec' .*\n' '''\n|#!.*\n)")
"""The first line of a script; or the three that stand for it where a path is too long for one."""


def installed(  # noqa: PLR0913  (each is a thing that the result depends on)
    lock: str,
    into: Path,
    *,
    python: str,
    platform: str,
    settings: IndexSettings,
    workspace: Workspace,
    local_wheels: Iterable[Path] = (),
    interpreter: str = "/usr/bin/python3",
) -> Steps[None]:
    """Install a lock into an empty folder, as ``site-packages`` with scripts in ``bin``; no bytecode.

    The result depends on the arguments alone, not on caches, umask, working directory or this machine's Python.

    :param lock: text of `lock.lock_text`
    :param into: made if it is not there
    :param local_wheels: wheel files that members of the lock may come from
    :param interpreter: what the scripts name as their Python
    :raises OutputRefused: the folder is not empty
    :raises Unresolvable: a member of the lock is in no index, or not for this Python and platform
    :raises IndexUnreachable: an index does not answer
    :raises Untrusted: a file is not the one that was locked
    """
    if into.exists() and any(into.iterdir()):
        raise OutputRefused(f"{into} is not empty", where=str(into), next_step="install into an empty folder")
    count = lock.count("--hash=")
    yield Progress(step="install", total=count, note=f"{count} packages for Python {python}")
    folders = tuple(sorted({str(wheel.resolve().parent) for wheel in local_wheels}))
    with space_for(into), tempfile.TemporaryDirectory(prefix="jettison-") as made:
        (Path(made) / "lock.txt").write_text(lock)
        uv.output(
            [
                *("pip", "install", "--requirements", "lock.txt", "--target", str(into.absolute())),
                *("--python", sys.executable, "--python-version", python, "--python-platform", platform),
                *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy"),
            ],
            settings=replace(settings, find_links=(*settings.find_links, *folders)),
            workspace=workspace,
            folder=Path(made),
        )
        _forget_this_machine(into, interpreter)
    yield Progress(step="install", done=count, total=count)


def _forget_this_machine(root: Path, interpreter: str) -> None:
    (root / ".lock").unlink(missing_ok=True)
    for record in sorted(root.glob("*.dist-info/RECORD")):
        rows = []
        for path, digest, size in csv.reader(io.StringIO(record.read_text("utf-8"))):
            file = root / path
            if file.parent == record.parent and file.name in _STAMPS:
                file.unlink(missing_ok=True)
            elif path.startswith("bin/") and _renamed(file, interpreter):
                rows.append((path, *_fingerprint(file)))
            else:
                rows.append((path, digest, size))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(sorted(rows))
        record.write_text(text.getvalue(), "utf-8")


def _renamed(script: Path, interpreter: str) -> bool:
    """Let a Python script name that interpreter; False for anything else in ``bin``."""
    content = script.read_bytes()
    found = _INTERPRETER_LINES.match(content)
    if not found or b"python" not in found[0]:
        return False
    script.write_bytes(f"#!{interpreter}\n".encode() + content[found.end() :])
    return True


def _fingerprint(file: Path) -> tuple[str, str]:
    """Digest and size as a RECORD states them."""
    content = file.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", str(len(content))
