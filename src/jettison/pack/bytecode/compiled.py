"""Compiles modules with the image's own Python, run from its unpacked root."""

from __future__ import annotations

import platform
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import EnvironmentUnusable
from ...records import Progress, Steps
from ...sandbox import container
from ...workspace import Workspace, digest
from ..root import Root
from .canonical import Unreadable, canonical

_SECONDS = 600
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_UNCHECKED_HASH = 1
"""Flags of a ``.pyc`` that is never compared with its source, which a read-only image cannot change."""
_COMPILE = r"""
import importlib.util, marshal, struct, sys, warnings
warnings.simplefilter("ignore")
take, give = sys.stdin.buffer, sys.stdout.buffer
give.write(importlib.util.MAGIC_NUMBER)
def read():
    head = take.read(4)
    return take.read(struct.unpack("<I", head)[0]) if head else None
while (name := read()) is not None:
    source = read()
    try:
        code = marshal.dumps(compile(source, name.decode("utf-8", "surrogateescape"), "exec", dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        code = b""
    give.write(importlib.util.source_hash(source) + struct.pack("<I", len(code)) + code)
"""


@dataclass(frozen=True, kw_only=True)
class Bytecode:
    """Compiled modules."""

    files: tuple[tuple[str, bytes], ...]
    """Path in the image, relative to its root, and content; by path."""
    note: str = ""
    """Why there are none."""


def compiled(
    sources: Sequence[tuple[str, Path]], root: Root, architecture: str, workspace: Workspace
) -> Steps[Bytecode]:
    """Bytecode of the modules, the same bytes in every run; without a way to run the image's Python, none.

    :param sources: for each module its path in the image and where it lies here
    """
    if _ARCHITECTURES.get(platform.machine()) != architecture:
        return Bytecode(files=(), note=f"no bytecode: this machine cannot run {architecture} programs")
    every = sorted(sources)
    yield Progress(step="bytecode", total=len(every))
    contents = [(path, file.read_bytes()) for path, file in every]
    key = digest(root.folder.name, root.executable, *(digest(path, content) for path, content in contents))

    def make(folder: Path) -> Steps[None]:
        yield Progress(step="bytecode", total=len(every), note=f"{len(every)} modules with Python {root.python}")
        (folder / "answer").write_bytes(_answer(contents, root))

    try:
        folder = yield from workspace.folder("bytecode", key, make)
        return Bytecode(files=tuple(_files((folder / "answer").read_bytes(), contents, root.python)))
    except (EnvironmentUnusable, Unreadable, struct.error) as cause:
        return Bytecode(files=(), note=f"no bytecode, so a cold start compiles first: {cause.args[0]}")


def _answer(contents: list[tuple[str, bytes]], root: Root) -> bytes:
    """What the image's Python says to all sources at once."""
    asked = b"".join(_framed(f"/{path}".encode("utf-8", "surrogateescape")) + _framed(text) for path, text in contents)
    command = [f"/{root.executable}", "-I", "-S", "-X", "utf8", "-c", _COMPILE]
    try:
        done = subprocess.run(
            container.argv(root.folder, command, environment={"PYTHONHASHSEED": "0"}),
            input=asked,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as cause:
        said = (getattr(cause, "stderr", b"") or b"").decode("utf-8", "replace").strip().splitlines()
        raise EnvironmentUnusable(
            f"the image's Python does not run here: {said[-1] if said else cause}",
            where=str(root.folder),
            next_step="see what `jettison doctor` says of running images",
        ) from cause
    return done.stdout


def _files(answer: bytes, contents: list[tuple[str, bytes]], python: str) -> Iterator[tuple[str, bytes]]:
    magic, at = answer[:4], 4
    major, minor = (int(part) for part in python.split("."))
    for path, _ in contents:
        source_hash, (size,) = answer[at : at + 8], struct.unpack_from("<I", answer, at + 8)
        code = answer[at + 12 : at + 12 + size]
        at += 12 + size
        if size:
            head = magic + struct.pack("<I", _UNCHECKED_HASH) + source_hash
            yield _cached_name(path, f"{major}{minor}"), head + canonical(code, (major, minor))


def _cached_name(path: str, tag: str) -> str:
    file = PurePosixPath(path)
    return str(file.parent / "__pycache__" / f"{file.stem}.cpython-{tag}.pyc")


def _framed(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
