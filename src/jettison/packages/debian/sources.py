"""Where this machine's apt gets its packages, and which keys it trusts for that.

Both forms of source files are read, one line a source (``.list``) and deb822 (``.sources``). jettison has no
mirror of its own: what the system uses, or what the user sets, is all there is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import EnvironmentUnusable
from .control import paragraphs

MIRROR_VARIABLE = "JETTISON_DEBIAN_MIRROR"
KEYRING_VARIABLE = "JETTISON_DEBIAN_KEYRING"

_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>[^#]*)")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One archive that apt asks."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""
    """Paths of keyrings, or the key itself; empty for apt's trusted keys."""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """Where the packages of a distribution come from."""

    distribution: str
    """``debian`` or ``ubuntu``."""
    suite: str
    """Of the machine itself, or asked for; empty when it has none."""
    archive: str
    security: str
    """May be the same as the archive."""
    keyrings: tuple[Path, ...]
    keys: tuple[str, ...] = ()
    """Keys that stand in a source file itself, ASCII-armoured."""


def mirror(asked: str | None = None, *, root: Path = Path("/")) -> Mirror:
    """The mirror to use: the argument, ``JETTISON_DEBIAN_MIRROR``, or that of the system's sources.

    A setting holds one address, or two with a space between: the archive's, then that of the security updates.

    :param root: where ``/etc`` and ``/usr`` are looked up
    :raises EnvironmentUnusable: no setting, and this system has no Debian or Ubuntu source
    """
    distribution, suite = _system(root)
    setting = (asked or os.environ.get(MIRROR_VARIABLE, "")).split()
    found = [source for source in sources(root) if source.uri.startswith(("http://", "https://", "file:"))]
    own = [source for source in found if suite and source.suite.split("-")[0] == suite and "main" in source.components]
    archive = next((source for source in own if source.suite == suite), None)
    security = next((source for source in own if source.suite == f"{suite}-security"), archive)
    if not setting and (archive is None or security is None):
        raise EnvironmentUnusable(
            "this machine has no Debian or Ubuntu package source",
            where=str(root / "etc" / "apt"),
            next_step=f"set {MIRROR_VARIABLE} to a Debian mirror and {KEYRING_VARIABLE} to its keyring, "
            "or give a base image as an OCI layout",
        )
    signed_by = {source.signed_by for source in (archive, security) if source and source.signed_by}
    addresses = setting or [source.uri for source in (archive, security) if source]
    return Mirror(
        distribution=distribution or "debian",
        suite=suite,
        archive=addresses[0].rstrip("/"),
        security=addresses[-1].rstrip("/"),
        keyrings=_keyrings(root, distribution or "debian", signed_by),
        keys=tuple(sorted(key for key in signed_by if "BEGIN PGP" in key)),
    )


def sources(root: Path = Path("/")) -> tuple[Source, ...]:
    """Every binary source that is switched on, in apt's order."""
    folder = root / "etc" / "apt"
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    return tuple(source for file in files if file.is_file() for source in _read(file))


def _read(file: Path) -> Iterator[Source]:
    try:
        text = file.read_text("utf-8", "replace")
    except OSError:
        return
    if file.suffix == ".list":
        yield from _one_line_sources(text)
    elif file.suffix == ".sources":
        yield from _paragraph_sources(text)


def _one_line_sources(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        if match := _ONE_LINE.match(line.strip()):
            options = dict(part.partition("=")[::2] for part in (match["options"] or "").split())
            yield Source(
                uri=match["uri"].rstrip("/"),
                suite=match["suite"],
                components=tuple(match["components"].split()),
                signed_by=options.get("signed-by", ""),
            )


def _paragraph_sources(text: str) -> Iterator[Source]:
    for fields in paragraphs(text):
        found = {name.lower(): value for name, value in fields.items()}
        if "deb" not in found.get("types", "").split() or found.get("enabled", "yes").lower() in ("no", "false"):
            continue
        for uri in found.get("uris", "").split():
            for suite in found.get("suites", "").split():
                yield Source(
                    uri=uri.rstrip("/"),
                    suite=suite,
                    components=tuple(found.get("components", "").split()),
                    signed_by=found.get("signed-by", ""),
                )


def _system(root: Path) -> tuple[str, str]:
    """The distribution and its codename, by os-release; derivatives count as what they derive from."""
    try:
        lines = (root / "etc" / "os-release").read_text("utf-8", "replace").splitlines()
    except OSError:
        return "", ""
    fields = {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in lines)}
    family = [fields.get("ID", ""), *fields.get("ID_LIKE", "").split()]
    distribution = next((name for name in family if name in ("debian", "ubuntu")), "")
    return distribution, (fields.get("UBUNTU_CODENAME") or fields.get("VERSION_CODENAME", "")) if distribution else ""


def _keyrings(root: Path, distribution: str, signed_by: set[str]) -> tuple[Path, ...]:
    """The user's setting, what the sources name, else the distribution's own keyring, else all of apt's keys."""
    if setting := os.environ.get(KEYRING_VARIABLE):
        return (Path(setting),)
    named = sorted({root / path.lstrip("/") for text in signed_by if "BEGIN PGP" not in text for path in text.split()})
    own = sorted((root / "usr" / "share" / "keyrings").glob(f"{distribution}-archive-keyring.*"))
    trusted = sorted((root / "etc" / "apt" / "trusted.gpg.d").glob("*"))
    for candidates in (named, own, trusted):
        there = tuple(path for path in candidates if path.is_file() and not path.name.endswith("~"))
        if there:
            return there
    return ()
