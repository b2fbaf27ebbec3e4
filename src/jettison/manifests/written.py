"""Values as YAML, with where the figures come from above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import __version__
from ..records import Placement


def text(summary: str, placement: Placement, documents: Iterable[Mapping[str, Any]]) -> bytes:
    """One file."""
    import yaml  # type: ignore[import-untyped]

    class Plain(yaml.SafeDumper):  # type: ignore[misc]
        """Writes a value that stands in two places twice: anchors are hard to read and to edit."""

        def ignore_aliases(self, data: Any) -> bool:
            """See the class."""
            return True

    head = [summary, f"Written by jettison {__version__}.", *placement.sources]
    # A comment ends with its line: whatever would end one is left out.
    comments = "".join(f"# {' '.join(line.split())}\n" for line in head)
    body: str = yaml.dump_all(documents, Dumper=Plain, sort_keys=False, allow_unicode=False, width=100)
    return (comments + body).encode("ascii", "backslashreplace")
