"""Values as YAML, with where the figures come from above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import __version__
from ..records import Placement


def text(summary: str, placement: Placement, documents: Iterable[Mapping[str, Any]]) -> bytes:
    """One file."""
    import yaml

    head = [summary, f"Written by jettison {__version__}.", *placement.sources]
    # A comment ends with its line: whatever would end one is left out.
    comments = "".join(f"# {' '.join(line.split())}\n" for line in head)
    body: str = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=False, width=100)
    return (comments + body).encode("ascii", "backslashreplace")
