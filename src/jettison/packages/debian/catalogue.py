"""The packages of one suite: its release, its updates and its security updates together, the newest version of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .control import Alternatives, Wanted, dependencies, paragraphs
from .versions import compare

_PRIORITIES = ("required", "important", "standard", "optional", "extra")


@dataclass(frozen=True, kw_only=True)
class DebianPackage:
    """One package, as a signed list describes it."""

    name: str
    version: str
    architecture: str
    installed_bytes: int
    """As the list estimates it."""
    size_bytes: int
    """Of the ``.deb``."""
    depends: tuple[Alternatives, ...]
    """Depends and Pre-Depends."""
    recommends: tuple[Alternatives, ...]
    provides: tuple[tuple[str, str], ...]
    """Name and version; a version may be missing."""
    priority: str
    filename: str
    """Relative to the mirror."""
    sha256: str
    mirror: str
    """The address that the list came from."""

    @property
    def url(self) -> str:
        """Where the ``.deb`` is fetched."""
        return f"{self.mirror}/{self.filename}"


@dataclass(frozen=True, kw_only=True)
class SeenRelease:
    """A release file whose signature held."""

    suite: str
    date: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every package of a suite for one architecture."""

    distribution: str
    suite: str
    architecture: str
    releases: tuple[SeenRelease, ...]
    notes: tuple[str, ...] = ()
    """What a person should know: the age of lists that could not be refreshed, a part that a mirror lacks."""
    entries: Mapping[str, tuple[str, bytes]] = field(repr=False)
    """For every name the address of its mirror and its paragraph. Read only when asked for: there are 60,000."""
    providers: Mapping[str, tuple[str, ...]] = field(repr=False)
    """For every virtual name the packages that provide it."""

    def package(self, name: str) -> DebianPackage | None:
        """The newest version of the package; None when there is no real package of that name."""
        entry = self.entries.get(name)
        return _package(*entry) if entry else None

    def ways(self, wanted: Wanted) -> tuple[DebianPackage, ...]:
        """The packages that satisfy one alternative: the real one first, then providers by priority and name."""
        real = self.package(wanted.name)
        if real and wanted.allows(real.version):
            return (real,)
        others = (self.package(name) for name in self.providers.get(wanted.name, ()))
        fitting = [other for other in others if other and provides(other, wanted)]
        return tuple(sorted(fitting, key=lambda other: (_PRIORITIES.index(other.priority), other.name)))

    def closure(
        self, names: Iterable[str], recommends: bool = False, already: frozenset[str] = frozenset()
    ) -> tuple[DebianPackage, ...]:
        """The named packages with all that they need, sorted by name.

        Of several alternatives the first that can be had is taken, unless one is there anyway. Conflicts are
        not looked at. See `closure.closure`.

        :param recommends: recommended packages too, as ``apt-get install`` does when not told otherwise
        :param already: names of packages that are installed; they and their dependencies are left out
        :raises Unresolvable: a name, or something that a package depends on, is in no list
        """
        from .closure import closure

        return closure(self, names, recommends=recommends, already=already)


def merged(
    lists: Iterable[tuple[str, bytes]],
    *,
    distribution: str,
    suite: str,
    architecture: str,
    releases: tuple[SeenRelease, ...],
    notes: tuple[str, ...],
) -> Catalogue:
    """One catalogue out of several package lists.

    :param lists: for each list the address of its mirror and its plain bytes
    """
    entries: dict[str, tuple[str, bytes]] = {}
    providers: dict[str, set[str]] = {}
    for address, data in lists:
        for paragraph in data.split(b"\n\n"):
            name = _field(paragraph, b"Package")
            other = entries.get(name)
            if not name or (other and compare(_field(paragraph, b"Version"), _field(other[1], b"Version")) <= 0):
                continue
            entries[name] = (address, paragraph)
            for way in dependencies(_field(paragraph, b"Provides")):
                providers.setdefault(way[0].name, set()).add(name)
    return Catalogue(
        distribution=distribution,
        suite=suite,
        architecture=architecture,
        releases=releases,
        notes=notes,
        entries=entries,
        providers={name: tuple(sorted(found)) for name, found in providers.items()},
    )


def provides(package: DebianPackage, wanted: Wanted) -> bool:
    """The package is, or provides, what is wanted. A virtual name without a version meets no version."""
    if package.name == wanted.name and wanted.allows(package.version):
        return True
    return any(
        name == wanted.name and (wanted.relation is None or (version != "" and wanted.allows(version)))
        for name, version in package.provides
    )


def _package(mirror: str, paragraph: bytes) -> DebianPackage:
    fields = next(paragraphs(paragraph.decode("utf-8", "replace")))
    priority = fields.get("Priority", "optional")
    return DebianPackage(
        name=fields["Package"],
        version=fields.get("Version", ""),
        architecture=fields.get("Architecture", ""),
        installed_bytes=int(fields.get("Installed-Size", "0") or 0) * 1024,
        size_bytes=int(fields.get("Size", "0")),
        depends=dependencies(f"{fields.get('Pre-Depends', '')},{fields.get('Depends', '')}"),
        recommends=dependencies(fields.get("Recommends", "")),
        provides=tuple((way[0].name, way[0].version) for way in dependencies(fields.get("Provides", ""))),
        priority=priority if priority in _PRIORITIES else "optional",
        filename=fields.get("Filename", ""),
        sha256=fields.get("SHA256", ""),
        mirror=mirror,
    )


def _field(paragraph: bytes, name: bytes) -> str:
    """One field of one line, found without reading the rest."""
    start = 0 if paragraph.startswith(name + b": ") else paragraph.find(b"\n" + name + b": ") + 1
    if start == 0 and not paragraph.startswith(name + b": "):
        return ""
    end = paragraph.find(b"\n", start)
    return paragraph[start + len(name) + 2 : end if end >= 0 else None].decode("utf-8", "replace").strip()
