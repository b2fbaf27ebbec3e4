"""What a folder itself says its service may need: ``[limits]`` of ``jettison.toml`` or ``[tool.jettison]``."""

from __future__ import annotations

from .project import Project
from .toml_places import table_at


def stated_limit(project: Project, key: str) -> float:
    """The number behind a key; 0 when nothing is stated, or nothing that could be meant."""
    own = project.toml("jettison.toml")
    if own is None:
        own = table_at(project.toml("pyproject.toml"), "tool", "jettison")
    stated = table_at(own, "limits").get(key)
    return float(stated) if isinstance(stated, int | float) and not isinstance(stated, bool) else 0.0
