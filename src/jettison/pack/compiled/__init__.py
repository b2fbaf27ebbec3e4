"""Libraries that an image gets lighter by, when they are compiled for it in place of what their wheels hold.

Never worse: what cannot be compiled, or stands under something that may ask for what is left out, keeps its wheel, and
the result says why.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from ...errors import EnvironmentUnusable, IndexUnreachable, Unresolvable
from ...packages.index import index_settings
from ...packages.resolution import Wheel
from ...packages.resolve import source_of
from ...records import Blueprint, Progress, Steps
from ...workspace import Workspace
from ..assembly import root_of
from ..contents import shipped
from ..libraries import MACHINES, Libraries, libraries, platform_of
from ..root import Root
from .recipe import NUMPY, Recipe
from .wheel import compiled_wheel
from .workshop import workshop

__all__ = ["NUMPY", "Compiled", "Recipe", "compiled"]


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A wheel that was compiled for an image, or why none was."""

    wheel: Path | None
    note: str
    """What was done or why not, in a sentence; empty when there is nothing to say."""


def compiled(blueprint: Blueprint, workspace: Workspace, recipe: Recipe = NUMPY) -> Steps[Compiled]:
    """The recipe's distribution, of the very version that the blueprint's image gets, compiled for its base.

    It takes minutes once for a version and a base, and is found again after that.

    :raises JettisonError: the blueprint cannot be packed at all
    """
    root = yield from root_of(blueprint, workspace)
    found = yield from libraries(blueprint, root, workspace)
    wheel = found.resolution.wheel(recipe.distribution)
    if wheel is None:
        return Compiled(wheel=None, note="")
    kept = f"{wheel.name} {wheel.version} is the index's own wheel"
    yield Progress(step="compile", note=f"who stands on {wheel.name}")
    reason = _obstacle(recipe, blueprint, root, found, wheel)
    if reason:
        return Compiled(wheel=None, note=f"{kept}: {reason}")
    target = platform_of(blueprint.architecture, root.libc)
    settings = index_settings().with_options(blueprint.index_options)
    try:
        source = yield from source_of(
            wheel, python=root.python, platform=target, settings=settings, workspace=workspace
        )
        place = yield from workshop(root, target, settings, workspace)
        made = yield from compiled_wheel(recipe, source, place, platform=target, settings=settings, workspace=workspace)
    except (Unresolvable, IndexUnreachable, EnvironmentUnusable) as cause:
        return Compiled(wheel=None, note=f"{kept}: {cause.what}")
    note = f"{wheel.name} {wheel.version} is compiled from {source.filename} {recipe.what}"
    return Compiled(wheel=made, note=note)


def _obstacle(recipe: Recipe, blueprint: Blueprint, root: Root, found: Libraries, wheel: Wheel) -> str:
    """Why it is not tried; empty when it is."""
    ships = shipped(blueprint, root, found)
    askers = [
        each.name
        for each in found.distributions
        if wheel.name in each.requires and each.name in ships and each.name not in recipe.may_stand_on_it
    ]
    if askers:
        return f"{', '.join(askers)} may ask for what it would lack"
    if not root.lock:
        return "the base was given, and no compiler is known to fit it"
    if MACHINES.get(blueprint.architecture) != platform.machine():
        return f"this machine cannot compile for {blueprint.architecture}"
    return ""
