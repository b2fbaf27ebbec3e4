"""Whether it can be said at all that nothing uses a dependency."""

from __future__ import annotations

from .distributions import distribution_of
from .project import Project


def could_be_judged(project: Project) -> bool:
    """The folder holds the service's code, all of it was read, and what it imports does not depend on its running."""
    return project.code.is_whole and not project.code.is_open


def present_in(project: Project) -> frozenset[str]:
    """Distributions that the service has: those that it installs, and those of the modules that it imports."""
    declared = {each.name for each in project.dependencies if each.ships}
    return frozenset(declared | {distribution_of(module) for module in project.code.modules})
