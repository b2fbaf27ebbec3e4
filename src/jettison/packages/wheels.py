"""What a wheel takes when installed, read from its directory at the end of the file, without downloading the rest.

A wheel is a zip whose central directory lists every file with its size; an installation unpacks exactly those, moves
the ``.data`` folders to their places and adds a few small files. Source: the binary distribution format of the Python
packaging user guide, and APPNOTE.TXT 6.3 for zip.
"""

from __future__ import annotations

import configparser
import re
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

from packaging.utils import parse_wheel_filename

from ..errors import Untrusted
from ..records import Known, Progress, Steps, from_json, to_json
from ..workspace import Workspace, file_digest, write_file
from . import ratios
from .index import IndexSettings
from .ranges import NoRangesError, RemoteTail
from .remote import Remote
from .resolution import Wheel

_AT_ONCE = 8
_INSTALLER_BYTES = len("pip\n")
_LARGEST_ENTRY_POINTS_BYTES = 1_000_000
_SCRIPT_BYTES = 230
"""Of a console script as pip writes it: five short lines, an import of some twenty letters."""


@dataclass(frozen=True, kw_only=True)
class WheelContents:
    """One distribution as installed."""

    name: str
    version: str
    wheel_bytes: int
    """As an index sends it: already compressed."""
    files: tuple[tuple[str, int], ...] = field(repr=False)
    """Path under ``site-packages`` (``bin/…`` for scripts) and bytes; empty when only estimated."""
    estimated_bytes: int | None = None
    """Stands in for the files where they cannot be listed."""
    source: str = "the wheel's own directory"
    """How the figures are known."""
    fetched_bytes: int = 0
    """Downloaded to know it; 0 from the cache or a local file."""

    @property
    def known(self) -> Known:
        """``weighed``, or ``table`` for an estimate."""
        return "weighed" if self.estimated_bytes is None else "table"

    @property
    def unpacked_bytes(self) -> int:
        """Installed, without bytecode."""
        if self.estimated_bytes is not None:
            return self.estimated_bytes
        return sum(size for _, size in self.files)

    @property
    def python_bytes(self) -> int:
        """Of the .py files, which an installer may compile."""
        return sum(size for path, size in self.files if path.endswith(".py"))

    @property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """Bytes by what the files are for, largest first: ``libraries``, ``python``, ``tests``, ``headers``, …"""
        found: dict[str, int] = {}
        for path, size in self.files:
            found[_purpose(path)] = found.get(_purpose(path), 0) + size
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def contents(
    wheels: Sequence[Wheel], *, settings: IndexSettings, workspace: Workspace
) -> Steps[tuple[WheelContents, ...]]:
    """What each of the wheels takes when installed, in their order; eight are asked at once.

    What was read once is kept under the wheel's sha256 for good.

    :raises IndexUnreachable: an index does not give a file
    :raises Untrusted: a file is no wheel
    """
    found: dict[int, WheelContents] = {}
    with Remote(settings) as remote:
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="weigh")
        try:
            asked: dict[Future[WheelContents], int] = {
                pool.submit(_kept, wheel, remote, workspace): position for position, wheel in enumerate(wheels)
            }
            for done in as_completed(asked):
                found[asked[done]] = done.result()
                name = found[asked[done]].name
                yield Progress(step="weigh packages", done=len(found), total=len(wheels), note=name)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return tuple(found[position] for position in range(len(wheels)))


def _kept(wheel: Wheel, remote: Remote, workspace: Workspace) -> WheelContents:
    """From the cache, else read now. Estimates are not kept: an index may learn to give ranges."""
    kept = workspace.entry("wheels", wheel.sha256).with_suffix(".json")
    if wheel.sha256 and kept.is_file():
        with suppress(ValueError):  # what another version of jettison wrote is read anew
            return from_json(kept.read_bytes(), WheelContents)
    read = _read(wheel, remote)
    if wheel.sha256 and read.known == "weighed":
        write_file(kept, to_json(replace(read, fetched_bytes=0)))
    return read


def _read(wheel: Wheel, remote: Remote) -> WheelContents:
    if not wheel.is_wheel:
        return _estimated(wheel, wheel.size_bytes or 0, "a source distribution, built while the image is built")
    path = wheel.local_path
    if path is not None:
        with path.open("rb") as file:
            return _listed(wheel, file, path.stat().st_size)
    try:
        tail = RemoteTail(remote, wheel.location, wheel.size_bytes)
        listed = _listed(wheel, cast(BinaryIO, tail), tail.size_bytes)
    except NoRangesError as reason:
        return _estimated(wheel, wheel.size_bytes or reason.whole_bytes, str(reason))
    return replace(listed, fetched_bytes=tail.fetched_bytes)


def _listed(wheel: Wheel, file: BinaryIO, wheel_bytes: int) -> WheelContents:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            installed = [(_installed_path(entry.filename), entry.file_size) for entry in entries]
            added = _added(archive, file)
    except (zipfile.BadZipFile, EOFError, OverflowError, UnicodeDecodeError) as cause:
        raise Untrusted(
            f"{wheel.filename} is not a wheel: {cause}",
            next_step="the file in the index is damaged: pin another version, or ask who runs the index",
        ) from cause
    return WheelContents(
        name=wheel.name, version=wheel.version, wheel_bytes=wheel_bytes, files=tuple(sorted([*installed, *added]))
    )


def _installed_path(path: str) -> str:
    """Where a file of a wheel goes: the schemes of its ``.data`` folder spread out."""
    top, _, rest = path.partition("/")
    if not top.endswith(".data") or not rest:
        return path
    scheme, _, rest = rest.partition("/")
    return {"purelib": rest, "platlib": rest, "scripts": f"bin/{rest}", "headers": f"include/{rest}"}.get(scheme, rest)


def _added(archive: zipfile.ZipFile, file: BinaryIO) -> list[tuple[str, int]]:
    """What an installer adds: its own name, and a script for every entry point that is already at hand."""
    record = next((name for name in archive.namelist() if name.endswith(".dist-info/RECORD")), "")
    information = record.rpartition("/")[0]
    added = [(f"{information}/INSTALLER", _INSTALLER_BYTES)] if information else []
    with suppress(KeyError, configparser.Error, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, RuntimeError):
        entry = archive.getinfo(f"{information}/entry_points.txt")
        far = isinstance(file, RemoteTail) and entry.header_offset < file.begins_at
        if far or entry.file_size > _LARGEST_ENTRY_POINTS_BYTES:
            return added
        points = configparser.RawConfigParser(delimiters=("=",))
        points.optionxform = str  # type: ignore[assignment, method-assign]
        points.read_string(archive.read(entry).decode())
        for section in ("console_scripts", "gui_scripts"):
            if points.has_section(section):
                added += [(f"bin/{name}", _SCRIPT_BYTES) for name in points.options(section)]
    return added


def _estimated(wheel: Wheel, archive_bytes: int, reason: str) -> WheelContents:
    estimate = ratios.unpacked(archive_bytes)
    return WheelContents(
        name=wheel.name,
        version=wheel.version,
        wheel_bytes=archive_bytes,
        files=(),
        estimated_bytes=estimate.size_bytes,
        source=f"{reason}; {estimate.source}",
    )


_PURPOSES = (
    ("metadata", re.compile(r"(^|/)[^/]+\.(dist|egg)-info/")),
    ("tests", re.compile(r"(^|/)tests?/")),
    ("scripts", re.compile(r"^bin/")),
    ("headers", re.compile(r"(^|/)include/|\.(h|hpp|cuh|inc|cmake|pxd|pyx)$")),
    ("libraries", re.compile(r"\.(so|dylib|dll|pyd|a)$|\.so\.[^/]*$")),
    ("stubs", re.compile(r"\.pyi$|(^|/)py\.typed$")),
    ("python", re.compile(r"\.py$")),
)
"""What a file is for, by its path; the first that fits."""


def _purpose(path: str) -> str:
    return next((purpose for purpose, pattern in _PURPOSES if pattern.search(path)), "data")


def local_wheel(path: Path) -> Wheel:
    """A wheel file on this machine as a member of a set."""
    name, version, _, _ = parse_wheel_filename(path.name)
    return Wheel(
        name=name,
        version=str(version),
        filename=path.name,
        size_bytes=path.stat().st_size,
        sha256=file_digest(path),
        location=path.resolve().as_uri(),
    )
