"""What the Python installations of a Dockerfile bring: every distribution, the bytecode, the tool's cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..errors import Unresolvable
from ..packages import ratios
from ..packages.index import IndexSettings, index_settings
from ..packages.resolution import Resolution, Wheel
from ..packages.resolve import resolved
from ..packages.wheels import WheelContents, contents
from ..records import Part, PythonInstall, Steps
from ..workspace import Workspace

_GLIBC = {"buster": 28, "bullseye": 31, "bookworm": 36, "trixie": 40}
"""Minor version of glibc 2 in each suite; uv knows platforms up to 40."""
_CACHING_TOOLS = ("pip", "pipenv", "poetry")
"""Tools whose cache holds the downloaded files as they came. uv's cache shares its bytes with what it installs."""


@dataclass(frozen=True, kw_only=True)
class PythonWeight:
    """What a row of installations brings."""

    parts: tuple[Part, ...] = ()
    missing: tuple[str, ...] = ()
    """What could not be weighed, in sentences."""
    fetched_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class InstallWeight:
    """What one installation brings on top of those before it."""

    install: PythonInstall
    resolution: Resolution
    """All that it leads to, what was there already too."""
    contents: tuple[WheelContents, ...] = ()
    """Of what is new."""
    parts: tuple[Part, ...] = ()
    """One for each of `contents`, in their order."""
    left: tuple[Part, ...] = ()
    """Bytecode and the downloads of its cache, where they stay."""
    compiled: bool = False
    """Bytecode lies beside the sources."""

    @property
    def cache_bytes(self) -> int:
        """Of the downloads that stay in the layer."""
        return sum(part.unpacked_bytes for part in self.left if part.group == "cache")

    @property
    def sizes(self) -> dict[str, int]:
        """What each new one has for itself, with its bytecode, by canonical name: files of two count for neither."""
        owners = Counter(path for found in self.contents for path, _ in found.files)
        return {
            part.name.partition(" ")[0]: self._bytes(found, [each for each in found.files if owners[each[0]] == 1])
            for part, found in zip(self.parts, self.contents, strict=True)
        }

    @property
    def installed_bytes(self) -> int:
        """Of all that is new, with its bytecode."""
        there: dict[str, int] = {}
        total = 0
        for found in self.contents:
            total += self._bytes(found, [each for each in found.files if each[0] not in there])
            there.update(found.files)
        return total

    def _bytes(self, found: WheelContents, files: Sequence[tuple[str, int]]) -> int:
        sources = sum(size for path, size in files if path.endswith(".py"))
        compiled = ratios.bytecode(sources).size_bytes if self.compiled else 0
        return (found.estimated_bytes or 0) + sum(size for _, size in files) + compiled


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where the installations happen."""

    python: str
    suite: str = ""
    """Of the base image; ``alpine`` for musl."""
    environment: Mapping[str, str]
    """ENV of the final stage."""
    provided: tuple[tuple[str, str], ...] = ()
    """Distributions that the base image holds, with their version or nothing."""
    workspace: Workspace
    cpu_torch: bool = False

    @property
    def platform(self) -> str:
        """As uv names it."""
        if self.suite == "alpine":
            return "x86_64-unknown-linux-musl"
        return f"x86_64-manylinux_2_{_GLIBC.get(self.suite, 36)}"

    def switched_on(self, variable: str) -> bool:
        """A variable that pip reads as a yes. PYTHONDONTWRITEBYTECODE is none: pip compiles in spite of it."""
        return self.environment.get(variable, "").lower() in ("1", "true", "yes", "on", "y", "t")


def python_weight(installs: Sequence[PythonInstall], around: Surroundings) -> Steps[PythonWeight]:
    """Every distribution that the installations bring, layer by layer, with bytecode and caches.

    What an earlier layer holds is kept where it fits, as pip keeps it. Where a later one replaces it, the earlier one
    still takes its room, and the later part says so.

    :raises Unresolvable: the requirements of an installation cannot be satisfied
    :raises IndexUnreachable: an index does not answer
    """
    total = PythonWeight()
    for install in installs:
        if install.tool == "conda":
            total = _with(total, missing=(f"line {install.line}: conda packages are not weighed",))
    for weighed in (yield from install_weights(installs, around)):
        line = weighed.install.line
        total = _with(
            total,
            parts=(*weighed.parts, *weighed.left),
            missing=tuple(f"line {line}: {note}" if line else note for note in weighed.resolution.notes),
            fetched_bytes=sum(found.fetched_bytes for found in weighed.contents),
        )
    return total


def install_weights(installs: Sequence[PythonInstall], around: Surroundings) -> Steps[tuple[InstallWeight, ...]]:
    """Every installation by itself, in its order; those of conda are left out.

    :raises Unresolvable: the requirements of an installation cannot be satisfied
    :raises IndexUnreachable: an index does not answer
    """
    settings = index_settings()
    held: dict[str, Wheel] = {}
    found: list[InstallWeight] = []
    for install in installs:
        if install.tool == "conda":
            continue
        resolution = yield from _resolved(install, around, settings, held)
        new = [wheel for wheel in resolution.wheels if _changed(wheel, held)]
        weighed = yield from contents(new, settings=settings, workspace=around.workspace)
        found.append(
            InstallWeight(
                install=install,
                resolution=resolution,
                contents=weighed,
                parts=tuple(_part(wheel, each, resolution, held) for wheel, each in zip(new, weighed, strict=True)),
                left=tuple(_left_behind(install, weighed, around)),
                compiled=_compiles(install, around),
            )
        )
        held |= {wheel.name: wheel for wheel in resolution.wheels}
    return tuple(found)


def python_parts(
    requirements: Sequence[str],
    *,
    python: str,
    workspace: Workspace,
    cpu_torch: bool = False,
    options: Sequence[str] = (),
) -> Steps[tuple[Part, ...]]:
    """The distributions that one set of requirements brings, without bytecode or cache.

    :param python: ``3.11``
    :param options: index options of the line that the requirements stand in
    :raises Unresolvable: the requirements cannot be satisfied
    :raises IndexUnreachable: an index does not answer
    """
    install = PythonInstall(
        tool="pip",
        requirements=tuple(requirements),
        index_options=tuple(options),
        keeps_cache=False,
        compiles=False,
    )
    around = Surroundings(python=python, environment={}, workspace=workspace, cpu_torch=cpu_torch)
    found = yield from python_weight([install], around)
    return found.parts


def _resolved(
    install: PythonInstall, around: Surroundings, settings: IndexSettings, held: Mapping[str, Wheel]
) -> Steps[Resolution]:
    try:
        return (
            yield from resolved(
                install.requirements,
                python=around.python,
                platform=around.platform,
                settings=settings,
                workspace=around.workspace,
                options=install.index_options,
                preferred=[f"{wheel.name}=={wheel.version}" for wheel in held.values()],
                excluded=_there_already(install, around),
                cpu_torch=around.cpu_torch,
            )
        )
    except Unresolvable as problem:
        if install.line and not problem.where:
            problem.where = f"Dockerfile:{install.line}"
        raise


def _there_already(install: PythonInstall, around: Surroundings) -> list[str]:
    """What the base image holds in a version that the requirements accept, so that pip leaves it alone."""
    demanded: dict[str, list[SpecifierSet]] = {}
    for line in install.requirements:
        with suppress(InvalidRequirement):
            requirement = Requirement(line)
            demanded.setdefault(canonicalize_name(requirement.name), []).append(requirement.specifier)
    return [
        name
        for name, version in around.provided
        if all(not wanted or (version and wanted.contains(version, True)) for wanted in demanded.get(name, ()))
    ]


def _changed(wheel: Wheel, held: Mapping[str, Wheel]) -> bool:
    return wheel.name not in held or held[wheel.name].version != wheel.version


def _part(wheel: Wheel, found: WheelContents, resolution: Resolution, held: Mapping[str, Wheel]) -> Part:
    source = f"{found.source}; resolved {resolution.resolved_at}"
    if wheel.name in held:
        source += f"; replaces {held[wheel.name].version} of an earlier layer, which still takes its room"
    return Part(
        name=f"{wheel.name} {wheel.version}",
        group="python",
        pulled_bytes=found.wheel_bytes,
        unpacked_bytes=found.unpacked_bytes,
        known=found.known,
        source=source,
        required_by=wheel.required_by,
    )


def _compiles(install: PythonInstall, around: Surroundings) -> bool:
    return install.compiles and not around.switched_on("PIP_NO_COMPILE")


def _left_behind(install: PythonInstall, weighed: Sequence[WheelContents], around: Surroundings) -> list[Part]:
    """Bytecode beside the sources, and the downloads in the tool's cache."""
    left: list[Part] = []
    place = f", line {install.line}" if install.line else ""
    if _compiles(install, around) and weighed:
        estimate = ratios.bytecode(sum(found.python_bytes for found in weighed))
        left.append(
            Part(
                name=f"bytecode of {len(weighed)} packages{place}",
                group="bytecode",
                pulled_bytes=estimate.pulled_bytes,
                unpacked_bytes=estimate.size_bytes,
                known="table",
                source=estimate.source,
            )
        )
    keeps = install.keeps_cache and install.tool in _CACHING_TOOLS and not around.switched_on("PIP_NO_CACHE_DIR")
    if keeps and weighed:
        size = sum(found.wheel_bytes for found in weighed)
        left.append(
            Part(
                name=f"download cache of {install.tool}{place}",
                group="cache",
                pulled_bytes=size,
                unpacked_bytes=size,
                known="weighed",
                source="the files as the index sends them, once more",
            )
        )
    return left


def _with(
    total: PythonWeight, *, parts: tuple[Part, ...] = (), missing: tuple[str, ...] = (), fetched_bytes: int = 0
) -> PythonWeight:
    return PythonWeight(
        parts=(*total.parts, *parts),
        missing=(*total.missing, *missing),
        fetched_bytes=total.fetched_bytes + fetched_bytes,
    )
