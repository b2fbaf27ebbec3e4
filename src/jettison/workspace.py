"""Where work is kept: a content-addressed cache, and outputs that appear whole or not at all.

Everything is made under a temporary name beside its final one and renamed into place, so a kill at any
moment leaves the old result or the new one. A finished step is found again by the digest of what went
into it, which is all that resuming needs.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import functools
import glob
import hashlib
import importlib.util
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .errors import OutOfSpace, OutputRefused
from .records import Steps, from_json, to_json

T = TypeVar("T")

MARKER = ".jettison"
"""Stands in every folder that jettison writes for a user; only such a folder may be replaced."""
_HELD = ".held"


def cache_root() -> Path:
    """``$JETTISON_CACHE``, else this platform's cache folder."""
    if named := os.environ.get("JETTISON_CACHE"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "jettison"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jettison"


def digest(*parts: object) -> str:
    """sha256 over the parts: bytes as they are, paths by content, everything else as JSON. 64 hex digits."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            data = tree_digest(part).encode() if part.is_dir() else file_digest(part).encode()
        else:
            data = part if isinstance(part, bytes) else to_json(part)
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digest(root: Path) -> str:
    """sha256 over a folder: names, contents, links and the executable bit; times, owners and umask do not count."""
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            what = f"link {path.readlink()}"
        elif stat.S_ISREG(mode):
            what = f"{'x' if mode & 0o100 else '-'} {file_digest(path)}"
        else:
            continue
        total.update(f"{path.relative_to(root).as_posix()}\0{what}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


@functools.cache
def code_digest() -> str:
    """sha256 over the sources of jettison and of the runtime: a result belongs to the code that made it."""
    total = hashlib.sha256()
    for package in ("jettison", "jettison_runtime", "jettison_server"):
        spec = importlib.util.find_spec(package)
        for root in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(root).rglob("*.py")):
                total.update(f"{package}/{path.relative_to(root).as_posix()} {file_digest(path)}\n".encode())
    return total.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The cache. One folder a kind of result, one entry a digest of its inputs."""

    root: Path

    def entry(self, kind: str, key: str) -> Path:
        """Where the result of that kind and key lies, made or not."""
        return self.root / kind / key

    def folder(self, kind: str, key: str, make: Callable[[Path], Steps[None]]) -> Steps[Path]:
        """The finished folder of that kind and key; made once, however many processes ask."""
        final = self.entry(kind, key)
        if final.is_dir():
            return final
        with self._lock(kind, key):
            if not final.is_dir():
                with _fresh_sibling(final) as made:
                    made.mkdir()
                    yield from make(made)
                    made.rename(final)
        return final

    def record(self, kind: str, key: str, record_type: type[T], make: Callable[[], Steps[T]]) -> Steps[T]:
        """The record of that kind and key; worked out once."""
        final = self.entry(kind, key).with_suffix(".json")
        if final.is_file():
            return from_json(final.read_bytes(), record_type)
        with self._lock(kind, key):
            if final.is_file():
                return from_json(final.read_bytes(), record_type)
            made = yield from make()
            write_file(final, to_json(made, indent=1))
        return made

    def size_bytes(self) -> dict[str, int]:
        """Bytes on disk for each kind."""
        if not self.root.is_dir():
            return {}
        return {
            kind.name: sum(path.lstat().st_size for path in kind.rglob("*") if not path.is_dir())
            for kind in sorted(self.root.iterdir())
            if kind.is_dir()
        }

    def clear(self, kind: str = "") -> int:
        """Remove everything, or one kind; gives back the bytes set free."""
        sizes = self.size_bytes()
        chosen = [name for name in sizes if kind in ("", name)]
        for name in chosen:  # only what lies here by that name: a kind is no path that could lead elsewhere
            shutil.rmtree(self.root / name, ignore_errors=True)
        return sum(sizes[name] for name in chosen)

    @contextlib.contextmanager
    def _lock(self, kind: str, key: str) -> Iterator[None]:
        """One process at a time works on one entry. The kernel frees the lock when its holder dies."""
        lock = self.root / "locks" / f"{kind}-{key[:32]}"
        with space_for(lock):
            lock.parent.mkdir(parents=True, exist_ok=True)
            self.entry(kind, key).parent.mkdir(parents=True, exist_ok=True)
            with lock.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                _sweep(self.root / kind, key)
                yield


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. The rights of the one that it replaces stay."""
    with space_for(path), _fresh_sibling(path) as made:
        path.parent.mkdir(parents=True, exist_ok=True)
        with made.open("wb") as file:
            if path.is_file():
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A temporary folder, removed at the end; one that a killed process left is removed when the next one is made."""
    for left in Path(tempfile.gettempdir()).glob(f"jettison-{kind}-*"):
        with contextlib.suppress(OSError), (left / _HELD).open("r") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel has let go of it when its holder died
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"jettison-{kind}-") as folder:
        made = Path(folder)
        with (made / f"{_HELD}.new").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            (made / f"{_HELD}.new").rename(made / _HELD)  # by that name only once it is held
            yield made


@contextlib.contextmanager
def output_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill; on a clean exit it stands at `path`, replacing an older output of jettison.

    :raises OutputRefused: something else already stands at `path`.
    """
    check_output(path)
    path = path.absolute()
    with space_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent, path.name)
        with _fresh_sibling(path) as made:
            made.mkdir()
            yield made
            (made / MARKER).write_text("jettison wrote this folder and may replace it\n")
            if path.is_dir() and any(path.iterdir()):
                _exchange(made, path)
            else:
                made.replace(path)


def check_output(path: Path) -> None:
    """Refuse, before any work, an output folder that holds something of the user's."""
    ours = not path.exists() or (path / MARKER).is_file() or (path.is_dir() and not any(path.iterdir()))
    if not ours:
        raise OutputRefused(
            f"{path} exists and was not written by jettison",
            where=str(path),
            next_step="choose another folder with --out, or remove this one yourself",
        )


@contextlib.contextmanager
def space_for(path: Path) -> Iterator[None]:
    """Say a full disk in one clear sentence."""
    try:
        yield
    except OSError as cause:
        # shutil.copytree gathers its errors into one that has their texts and no number.
        gathered = isinstance(cause, shutil.Error) and os.strerror(errno.ENOSPC) in str(cause)
        if cause.errno not in (errno.ENOSPC, errno.EDQUOT) and not gathered:
            raise
        raise OutOfSpace(
            "the disk is full",
            where=str(cause.filename or path),
            next_step="free some room (`jettison cache` shows what jettison holds, `jettison cache clear` frees it), "
            "or point JETTISON_CACHE and --out at another disk",
        ) from cause


@contextlib.contextmanager
def _fresh_sibling(final: Path) -> Iterator[Path]:
    """A name beside `final` that nobody uses; whatever stands there afterwards is removed."""
    final.parent.mkdir(parents=True, exist_ok=True)
    made = final.parent / f".{final.name}.{os.getpid()}.{next(tempfile._get_candidate_names())}.tmp"  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        if made.is_dir():
            shutil.rmtree(made, ignore_errors=True)
        else:
            made.unlink(missing_ok=True)


def _sweep(folder: Path, name: str) -> None:
    """Remove what killed processes left half-made under that name; what a living one is making stays."""
    for left in folder.glob(f".{glob.escape(name)}*.tmp"):
        maker = left.name.split(".")[-3]
        if maker.isdigit() and not _alive(int(maker)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exchange(one: Path, other: Path) -> None:
    """Swap two folders. On Linux in one step of the kernel; elsewhere by two renames."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        here, exchange = -100, 2
        if libc.renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0:
            return
    aside = other.with_name(f".{other.name}.{os.getpid()}.old.tmp")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)
