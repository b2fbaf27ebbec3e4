"""What a folder itself says its service may need: ``[limits]`` of ``jettison.toml`` or ``[tool.jettison]``."""

from __future__ import annotations

from typing import Any

from .project import Project


def stated_limit(project: Project, key: str) -> float:
    """The number behind a key; 0 when nothing is stated, or nothing that could be meant."""
    own: Any = project.toml("jettison.toml")
    if own is None:
        tool = (project.toml("pyproject.toml") or {}).get("tool")
        own = tool.get("jettison") if isinstance(tool, dict) else None
    limits = own.get("limits") if isinstance(own, dict) else None
    stated = limits.get(key) if isinstance(limits, dict) else None
    return float(stated) if isinstance(stated, int | float) and not isinstance(stated, bool) else 0.0
