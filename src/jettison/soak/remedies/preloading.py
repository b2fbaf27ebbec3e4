"""Another allocator from a Debian package, put in the place of malloc by the loader."""

from __future__ import annotations

import platform
import re
import shutil
from pathlib import Path

from jettison.errors import EnvironmentUnusable, IndexUnreachable, Unresolvable
from jettison.packages import debian
from jettison.packages.debian import DebianPackage, deb
from jettison.records import Steps
from jettison.sandbox.container import Mount

from .world import Change, World

_PLACE = "/jettison-agent/preloaded"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_CODENAME = re.compile(r"^VERSION_CODENAME=\"?([a-z]+)", re.MULTILINE)


def preloaded(world: World, names: tuple[str, ...], settings: tuple[tuple[str, str], ...] = ()) -> Steps[Change | str]:
    """The first of these packages that the service's own release has, its library preloaded."""
    release = world.root / "etc" / "os-release"
    codename = _CODENAME.search(release.read_text("utf-8", "replace")) if release.is_file() else None
    architecture = _ARCHITECTURES.get(platform.machine())
    if codename is None or architecture is None:
        return "the service's root is no Debian or Ubuntu"
    try:
        catalogue = yield from debian.catalogue(codename[1], architecture, world.workspace)
        package = next((found for name in names if (found := catalogue.package(name))), None)
        if package is None:
            return f"{codename[1]} has no package {names[0]}"
        library = yield from _library(package, world)
    except (IndexUnreachable, Unresolvable, EnvironmentUnusable) as cause:
        return cause.what
    target = f"{_PLACE}/{library.name}"
    return Change(
        environment=(("LD_PRELOAD", target), *settings),
        mounts=(Mount(source=library.parent, target=_PLACE),),
        added_bytes=library.stat().st_size,
    )


def _library(package: DebianPackage, world: World) -> Steps[Path]:
    """The package's shared library, alone in a folder."""
    file = yield from debian.fetched(package, world.workspace)

    def fill(into: Path) -> Steps[None]:
        yield from ()
        with deb.files(file) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() and ".so." in member.name else None
                if content is not None:
                    with content, (into / Path(member.name).name).open("wb") as out:
                        shutil.copyfileobj(content, out)

    folder = yield from world.workspace.folder("preloaded", package.sha256, fill)
    found = sorted(folder.iterdir(), key=lambda path: -path.stat().st_size)
    if not found:
        raise Unresolvable(
            f"{package.name} holds no shared library", where=file.name, next_step="report this, with the release's name"
        )
    return found[0]
