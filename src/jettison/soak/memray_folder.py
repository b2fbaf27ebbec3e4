"""memray for a service's Python, in a folder of its own: nothing of it is in the service's environment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jettison.environments import platform_tag
from jettison.errors import IndexUnreachable, Unresolvable
from jettison.packages.index import index_settings
from jettison.packages.install import installed
from jettison.packages.lock import lock_text
from jettison.packages.resolve import resolved
from jettison.records import Steps
from jettison.workspace import Workspace, digest

_REQUIREMENT = "memray>=1.14"


def memray_folder(python: str, workspace: Workspace, *, platform: str = "") -> Steps[tuple[Path | None, str]]:
    """The folder, without what memray requires (its agent needs none of it); or None and why it cannot be had.

    :param python: of the service, ``3.11``
    :param platform: of the service, as uv names it; this machine's where empty
    """
    settings, platform = index_settings(), platform or platform_tag()
    try:
        found = yield from resolved(
            (_REQUIREMENT,), python=python, platform=platform, settings=settings, workspace=workspace
        )
        lock = lock_text(replace(found, wheels=tuple(each for each in found.wheels if each.name == "memray")))
        folder = yield from workspace.folder(
            "memray",
            digest(lock),
            lambda into: installed(
                lock, into, python=python, platform=platform, settings=settings, workspace=workspace
            ),
        )
    except (Unresolvable, IndexUnreachable) as cause:
        return None, f"memray cannot be had for Python {python}: {cause.what}"
    return folder, ""
