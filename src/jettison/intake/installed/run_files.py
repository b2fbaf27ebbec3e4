"""Which files a RUN finds in its image: those copied before it, and those that it mounts."""

from __future__ import annotations

import posixpath
from pathlib import Path

from ...dockerfile.copied import Landings
from ...dockerfile.runs import RunLine
from ..build import Build
from .requirements import Find


def files_at(build: Build, landings: Landings, line: RunLine) -> Find:
    """From a place in the image, as that line sees it, to the file on this machine."""
    at = landings.before(line.line)
    mounts = [
        (posixpath.normpath(posixpath.join(line.directory, mount.target or mount.source)), mount.source.strip("/"))
        for mount in line.mounts
        if mount.kind == "bind" and not mount.origin
    ]

    def find(target: str) -> Path | None:
        for place, source in mounts:
            if target == place or target.startswith(place.rstrip("/") + "/"):
                found = build.inside(posixpath.normpath(posixpath.join(source, posixpath.relpath(target, place))))
                if found is not None:
                    return found
        landing = at.get(target)
        return build.inside(landing.source) if landing and landing.source else None

    return find
