"""What a package needs: itself, what it depends on, what that depends on, and so on."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from ...errors import Unresolvable
from .catalogue import Catalogue, DebianPackage, provides
from .control import Alternatives, Wanted

_QUALIFIED = re.compile(r"[=:/].*")


def closure(
    catalogue: Catalogue, names: Iterable[str], *, recommends: bool, already: frozenset[str]
) -> tuple[DebianPackage, ...]:
    """See `Catalogue.closure`."""
    search = _Search(catalogue, already)
    for name in names:
        bare = _QUALIFIED.sub("", name)
        if bare not in already:
            search.take(search.named(bare))
    while search.waiting:
        package = search.waiting.popleft()
        for group in package.depends:
            search.satisfy(group, needed_by=package)
        for group in package.recommends if recommends else ():
            search.satisfy(group, needed_by=None)
    return tuple(search.chosen[name] for name in sorted(search.chosen))


class _Search:
    def __init__(self, catalogue: Catalogue, already: frozenset[str]) -> None:
        self._catalogue = catalogue
        self._already = already
        self.chosen: dict[str, DebianPackage] = {}
        self.waiting: deque[DebianPackage] = deque()

    def named(self, name: str) -> DebianPackage:
        """The package that a person means by the name."""
        ways = self._catalogue.ways(Wanted(name=name))
        if not ways:
            raise Unresolvable(
                f"there is no package {name} in {self._catalogue.distribution} {self._catalogue.suite}",
                where=f"{self._catalogue.suite}/{self._catalogue.architecture}",
                next_step="check the spelling, or name another suite",
            )
        return ways[0]

    def take(self, package: DebianPackage) -> None:
        """Choose a package; its own needs are looked at later."""
        if package.name not in self.chosen and package.name not in self._already:
            self.chosen[package.name] = package
            self.waiting.append(package)

    def satisfy(self, group: Alternatives, *, needed_by: DebianPackage | None) -> None:
        """Choose a package for a dependency, unless one is there. A recommendation may stay unmet."""
        if any(self._there(wanted) for wanted in group):
            return
        for wanted in group:
            if ways := self._catalogue.ways(wanted):
                self.take(ways[0])
                return
        if needed_by:
            raise Unresolvable(
                f"{needed_by.name} {needed_by.version} depends on {' | '.join(map(str, group))}, which no list has",
                where=f"{self._catalogue.suite}/{self._catalogue.architecture}",
                next_step="the mirror may be in the middle of an update: try again later, or name another mirror",
            )

    def _there(self, wanted: Wanted) -> bool:
        """What is installed already counts by name: its version is not known here."""
        if wanted.name in self._already or not self._already.isdisjoint(self._catalogue.providers.get(wanted.name, ())):
            return True
        if wanted.name in self.chosen:
            return provides(self.chosen[wanted.name], wanted)
        return any(
            provides(self.chosen[name], wanted)
            for name in self._catalogue.providers.get(wanted.name, ())
            if name in self.chosen
        )
