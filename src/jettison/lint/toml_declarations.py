"""What pyproject.toml (PEP 621, PEP 735, uv, Poetry) and a Pipfile say that a project needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .dependencies import Asked, Dependency, Form, name_place
from .removals import alone_on_its_lines, item_removed, line_removed
from .toml_places import TomlEntry, TomlPlaces, TomlValue, toml_places


@dataclass(frozen=True, kw_only=True)
class ProjectFile:
    """A pyproject.toml or Pipfile."""

    path: str
    text: str
    asked: Asked | None
    """What installs ask of it; None when no image gets it."""
    lock: str = ""

    @cached_property
    def places(self) -> TomlPlaces:
        """Where everything stands in it."""
        return toml_places(self.text)

    def of_pyproject(self) -> Iterator[Dependency]:
        """Main dependencies, extras and groups, of whichever tool."""
        for entry in self.places.below("project"):
            if entry.path[-1] == "dependencies":
                yield from self._listed(entry.value, "", ships=self.asked is not None)
        for entry in self.places.below("project", "optional-dependencies"):
            yield from self._listed(entry.value, entry.path[-1], ships=self._takes_extra(entry.path[-1]))
        for entry in self.places.below("dependency-groups"):
            yield from self._listed(entry.value, entry.path[-1], ships=self._takes_group(entry.path[-1]))
        for entry in self.places.below("tool", "uv"):
            if entry.path[-1] == "dev-dependencies":
                yield from self._listed(entry.value, "dev", ships=self._takes_group("dev"))
        yield from self._of_poetry()

    def of_pipfile(self) -> Iterator[Dependency]:
        """Of ``[packages]`` and ``[dev-packages]``."""
        for entry in self.places.below("packages"):
            yield self._keyed(entry, "pipfile", "", ships=self.asked is not None)
        for entry in self.places.below("dev-packages"):
            yield self._keyed(entry, "pipfile", "dev", ships=self._takes_group("dev"))

    def _takes_extra(self, name: str) -> bool:
        return self.asked is not None and bool({name, "*"} & self.asked.extras)

    def _takes_group(self, name: str) -> bool:
        return self.asked is not None and (name in self.asked.groups or (self.asked.dev and name == "dev"))

    def _listed(self, value: TomlValue, group: str, *, ships: bool) -> Iterator[Dependency]:
        """The strings of an array of requirements."""
        for index, item in enumerate(value.items):
            try:
                found = Requirement(item.text or "")
            except InvalidRequirement:  # also an `include-group` table
                continue
            yield Dependency(
                file=self.path,
                start=item.start,
                end=item.end,
                name=canonicalize_name(found.name),
                extras=tuple(sorted(found.extras)),
                specifier=str(found.specifier),
                marker=str(found.marker) if found.marker else "",
                url=found.url or "",
                form="pep621",
                group=group,
                ships=ships,
                lock=self.lock,
                name_at=name_place(self.text, item.start, item.end, found.name),
                removal=item_removed(self.text, value.items, index, value.end - 1),
            )

    def _of_poetry(self) -> Iterator[Dependency]:
        for entry in self.places.below("tool", "poetry", "dependencies"):
            ships = self.asked is not None and entry.entry("optional") is None
            made = self._keyed(entry, "poetry", "", ships=ships)
            if made.name != "python":
                yield replace(made, removal=None) if made.name in self._in_poetry_extras else made
        for entry in self.places.below("tool", "poetry", "dev-dependencies"):
            yield self._keyed(entry, "poetry", "dev", ships=self._takes_group("dev"))
        for entry in self.places.entries:
            if entry.path[:3] == ("tool", "poetry", "group") and entry.path[4:-1] == ("dependencies",):
                yield self._keyed(entry, "poetry", entry.path[3], ships=self._takes_poetry_group(entry.path[3]))

    def _takes_poetry_group(self, name: str) -> bool:
        """Poetry installs every group that is not said to be optional, unless it is told not to."""
        optional = self.places.by_path.get(("tool", "poetry", "group", name, "optional"))
        is_optional = optional is not None and self.text[optional.value.start : optional.value.end] == "true"
        return self.asked is not None and (name in self.asked.groups or (self.asked.dev and not is_optional))

    @cached_property
    def _in_poetry_extras(self) -> frozenset[str]:
        extras = self.places.below("tool", "poetry", "extras")
        return frozenset(canonicalize_name(item.text) for entry in extras for item in entry.value.items if item.text)

    def _keyed(self, entry: TomlEntry, form: Form, group: str, *, ships: bool) -> Dependency:
        """What is written as ``name = version`` or ``name = {version = …}``."""
        value, extras, marker = entry.value, entry.entry("extras"), entry.entry("markers")
        version = value if value.text is not None else entry.entry("version")
        address = next((found.text for key in ("git", "url", "path", "file") if (found := entry.entry(key))), "")
        written = (entry.key_start, entry.key_end)
        is_alone = alone_on_its_lines(self.text, entry.key_start, value.end)
        return Dependency(
            file=self.path,
            start=entry.key_start,
            end=value.end,
            name=canonicalize_name(entry.path[-1]),
            extras=tuple(sorted(item.text for item in extras.items if item.text)) if extras else (),
            specifier=(version.text or "") if version else "",
            marker=(marker.text or "") if marker else "",
            url=address or "",
            form=form,
            group=group,
            ships=ships,
            lock=self.lock,
            name_at=written if self.text[written[0] : written[1]] == entry.path[-1] else None,
            removal=line_removed(self.text, entry.key_start, value.end) if is_alone else None,
        )
