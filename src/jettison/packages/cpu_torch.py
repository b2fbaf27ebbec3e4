"""CPU builds of torch that the user's own indexes and folders offer.

They carry the local version ``+cpu``, which the public index does not accept and plain ``torch`` never asks for:
so they have to be looked for by name.
"""

from __future__ import annotations

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from .index import IndexSettings
from .listing import filenames
from .tags import runs_on

NAMES = frozenset({"torch", "torchvision", "torchaudio"})
"""What PyTorch builds in variants."""


def offered(name: str, settings: IndexSettings, *, python: str, platform: str) -> list[str]:
    """Versions of CPU builds for that Python and platform, newest first.

    :raises IndexUnreachable: an index does not answer
    """
    found: set[Version] = set()
    for filename in filenames(name, settings):
        try:
            version = parse_wheel_filename(filename)[1]
        except InvalidWheelFilename:
            continue
        if version.local == "cpu" and runs_on(filename, python=python, platform=platform):
            found.add(version)
    return [str(version) for version in sorted(found, reverse=True)]
