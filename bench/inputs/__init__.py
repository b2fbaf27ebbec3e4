"""Every kind of model that arrives as a graph, from a real file: does it convert, agree, get faster and smaller?"""

from __future__ import annotations

import sys
from pathlib import Path

from jettison.commands import arguments
from jettison.commands.progress import drawn
from jettison.convert.exporters import Exporter
from jettison.environments import Wanted, prepared


def exporter_python(exporter: Exporter) -> Path:
    """The interpreter that has what an exporter needs: what it exports is written there, too."""
    wanted = Wanted(
        name=exporter.kind,
        requirements=tuple(sorted(exporter.requirements)),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    return drawn(prepared(wanted, arguments.workspace())).python
