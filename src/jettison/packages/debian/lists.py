"""The package lists of a suite, from the mirror or from the cache."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import time
from dataclasses import dataclass
from pathlib import Path

from ...errors import IndexUnreachable, Untrusted
from ...records import Progress, Steps, from_json, to_json
from ...workspace import Workspace, digest, write_file
from . import download, sources
from .catalogue import Catalogue, DebianPackage, SeenRelease, merged
from .release import Listed, Release, release
from .signatures import signed_text
from .sources import Mirror

_FRESH_SECONDS = 24 * 3600
_KIND = "debian-lists"
_COMPONENT = "main"


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The newest release file that this cache has seen of one suite."""

    checked_seconds: float
    """When the mirror was last asked, in seconds since 1970."""
    release: SeenRelease


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One of the suites that make up a catalogue."""

    suite: str
    address: str
    optional: bool


def catalogue(suite: str, architecture: str, workspace: Workspace, *, mirror: str | None = None) -> Steps[Catalogue]:
    """Every package of ``suite``, its updates and its security updates, the newest version of each.

    The lists are checked against the archive's signature and kept in the workspace. They are asked for again
    after a day; when no mirror answers then, the old ones serve and a note says how old they are.

    :param suite: a codename: ``bookworm``, ``noble``
    :param architecture: in Debian's names: ``amd64``, ``arm64``
    :param mirror: its address, instead of ``JETTISON_DEBIAN_MIRROR`` and the system's sources
    :raises Untrusted: a signature or digest does not hold
    :raises IndexUnreachable: no mirror answers, and nothing is in the cache
    :raises EnvironmentUnusable: no mirror is known
    """
    found = sources.mirror(mirror)
    notes: list[str] = []
    lists: list[tuple[str, bytes]] = []
    releases: list[SeenRelease] = []
    for part in _parts(suite, found):
        yield Progress(step="package lists", note=part.suite)
        try:
            seen, data = yield from _one_list(part, architecture, workspace, found, notes)
        except download.NotThere:
            if not part.optional:
                raise
            notes.append(f"{part.address} has no {part.suite}: packages are as they were released")
            continue
        releases.append(seen)
        lists.append((part.address, data))
    return merged(
        lists,
        distribution=found.distribution,
        suite=suite,
        architecture=architecture,
        releases=tuple(releases),
        notes=tuple(notes),
    )


def fetched(package: DebianPackage, workspace: Workspace) -> Steps[Path]:
    """The package's ``.deb``, from the cache or the mirror, its digest checked.

    :raises Untrusted: the mirror sends other bytes
    :raises IndexUnreachable: the mirror does not answer, or no longer has this version
    """
    name = package.filename.rpartition("/")[2]

    def make(folder: Path) -> Steps[None]:
        yield from download.checked(
            package.url, folder / name, sha256=package.sha256, size_bytes=package.size_bytes, note=name
        )

    folder = yield from workspace.folder("debs", package.sha256, make)
    return folder / name


def _parts(suite: str, found: Mirror) -> tuple[_Part, ...]:
    return (
        _Part(suite=suite, address=found.archive, optional=False),
        _Part(suite=f"{suite}-updates", address=found.archive, optional=True),
        _Part(suite=f"{suite}-security", address=found.security, optional=True),
    )


def _one_list(
    part: _Part, architecture: str, workspace: Workspace, found: Mirror, notes: list[str]
) -> Steps[tuple[SeenRelease, bytes]]:
    """The release file's identity and the plain package list of one suite."""
    key = digest(part.address, part.suite, architecture)
    state = workspace.entry(_KIND, key).with_suffix(".json")
    known = from_json(state.read_bytes(), _Known) if state.is_file() else None
    if known is None or not 0 <= time.time() - known.checked_seconds < _FRESH_SECONDS:
        try:
            seen = yield from _refreshed(part, architecture, workspace, found)
            known = _Known(checked_seconds=time.time(), release=seen)
            write_file(state, to_json(known))
        except download.NotThere:
            raise
        except IndexUnreachable as cause:
            if known is None:
                raise
            days = (time.time() - known.checked_seconds) / 86400
            notes.append(f"{part.suite}: {cause.what}; the lists from {days:.1f} days ago are used")
    folder = workspace.entry(_KIND, known.release.sha256 + architecture)
    [file] = folder.iterdir()
    opener = lzma.open if file.suffix == ".xz" else gzip.open
    with opener(file, "rb") as plain:
        return known.release, plain.read()


def _refreshed(part: _Part, architecture: str, workspace: Workspace, found: Mirror) -> Steps[SeenRelease]:
    """Ask the mirror for the release file, and for the list when that is new."""
    url = f"{part.address}/dists/{part.suite}/InRelease"
    data = download.text(url)
    text = signed_text(data, found.keyrings, keys=found.keys, where=url)
    signed = release(text, part.suite, where=url)
    listed = signed.packages(_COMPONENT, architecture)
    if listed is None:
        raise Untrusted(
            f"{part.suite} has no packages for {architecture}",
            where=url,
            next_step="name another suite or architecture",
        )
    seen = SeenRelease(suite=part.suite, date=signed.date, sha256=hashlib.sha256(data).hexdigest())

    def make(folder: Path) -> Steps[None]:
        yield from _download(f"{part.address}/dists/{part.suite}", listed, signed, folder)

    yield from workspace.folder(_KIND, seen.sha256 + architecture, make)
    return seen


def _download(base: str, listed: Listed, signed: Release, folder: Path) -> Steps[None]:
    where, _, name = listed.path.rpartition("/")
    target = folder / name
    if signed.by_hash:
        by_hash = f"{base}/{where}/by-hash/SHA256/{listed.sha256}"
        try:
            yield from _list_file(by_hash, target, listed)
            return
        except download.NotThere:
            target.unlink(missing_ok=True)
    yield from _list_file(f"{base}/{listed.path}", target, listed)


def _list_file(url: str, target: Path, listed: Listed) -> Steps[None]:
    yield from download.checked(url, target, sha256=listed.sha256, size_bytes=listed.size_bytes, note=listed.path)
