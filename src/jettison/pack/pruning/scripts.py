"""Commands that distributions bring along. The image starts one at most."""

from __future__ import annotations

from collections.abc import Iterator

from ..libraries import Libraries
from .needed import Needed
from .pruned import Removal

RULE = "commands"
REASON = "the image starts another command"
FOLDER = "bin/"


def removals(libraries: Libraries, needed: Needed) -> Iterator[Removal]:
    """All but the one that starts the service."""
    every = {file for distribution in libraries.distributions for file in distribution.files}
    files = frozenset(file for file in every if file.startswith(FOLDER) and file != FOLDER + needed.script)
    yield Removal(rule=RULE, reason=REASON, files=files)
