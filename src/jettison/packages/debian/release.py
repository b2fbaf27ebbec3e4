"""What a signed release file says: which suite it is, of when, and the digests of its package lists."""

from __future__ import annotations

import email.utils
from dataclasses import dataclass

from ...errors import Untrusted
from .control import paragraphs


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One file that the release vouches for."""

    path: str
    """Relative to the suite's folder."""
    sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Release:
    """A signed release file."""

    suite: str
    codename: str
    date: str
    """As written: RFC 2822."""
    by_hash: bool
    """Lists can be asked for by their digest too, which a mirror in the middle of an update does not break."""
    files: tuple[Listed, ...]

    @property
    def seconds(self) -> float:
        """Its date, in seconds since 1970."""
        return email.utils.parsedate_to_datetime(self.date).timestamp()

    def packages(self, component: str, architecture: str) -> Listed | None:
        """The package list of a component, in the smallest form that is offered."""
        names = {listed.path: listed for listed in self.files}
        for suffix in (".xz", ".gz"):
            if listed := names.get(f"{component}/binary-{architecture}/Packages{suffix}"):
                return listed
        return None


def release(text: str, suite: str, *, where: str) -> Release:
    """The release that the signed text describes.

    :raises Untrusted: it describes another suite than the one asked for, or nothing that can be read
    """
    fields = next(paragraphs(text), {})
    found = Release(
        suite=fields.get("Suite", ""),
        codename=fields.get("Codename", ""),
        date=fields.get("Date", ""),
        by_hash=fields.get("Acquire-By-Hash", "") == "yes",
        files=tuple(_listed(fields.get("SHA256", ""))),
    )
    # Ubuntu calls the updates of `noble` by the codename `noble`, Debian those of `bookworm` `bookworm-updates`.
    if suite not in (found.suite, found.codename):
        raise Untrusted(
            f"the release file is of {found.codename or 'no suite'}, not of {suite}",
            where=where,
            next_step="use another mirror (JETTISON_DEBIAN_MIRROR)",
        )
    if email.utils.parsedate_tz(found.date) is None:
        raise Untrusted(
            "the release file bears no date", where=where, next_step="use another mirror (JETTISON_DEBIAN_MIRROR)"
        )
    return found


def _listed(table: str) -> list[Listed]:
    rows = (line.split() for line in table.splitlines())
    return [
        Listed(path=row[2], sha256=row[0].lower(), size_bytes=int(row[1]))
        for row in rows
        if len(row) == 3 and len(row[0]) == 64 and row[1].isdecimal()
    ]
