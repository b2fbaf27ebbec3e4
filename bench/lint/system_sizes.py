"""What Debian packages take in an image beside their Installed-Size, for `packages/debian_sizes.toml`.

``python -m bench.lint.system_sizes > src/jettison/packages/debian_sizes.toml``: they are installed on a stand-in for a
slim image, with what they recommend, and every file that is really there is counted.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from jettison.workspace import cache_root

from .bases import made
from .images import Store

BASE = "debian:13-slim"
INSTALLED = (
    "build-essential cmake curl espeak-ng ffmpeg ghostscript git git-lfs gnupg graphviz "
    "htop imagemagick libegl1 libgeos-dev libgl1 libgtk-3-0t64 libhdf5-dev libmagic1 libopenblas-dev libpq-dev "
    "libsm6 libsndfile1 libxext6 libxml2-dev libxrender1 nano nodejs ocrmypdf openssh-client pkg-config poppler-utils "
    "portaudio19-dev procps python3-dev python3-pip rsync sox supervisor tesseract-ocr unzip vim wget zip"
)
_NAMED_BYTES = 400_000
"""Smaller differences are in the ratio."""


def main() -> int:
    """Print the table."""
    store = Store(cache_root() / "lint-builds")
    with store.alone():
        bases = made(store, (BASE,))
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "Dockerfile"
                asked = f"DEBIAN_FRONTEND=noninteractive apt-get install -y {INSTALLED}"
                file.write_text(f"FROM {BASE}\nRUN apt-get update && {asked}\n")
                store.built("sizes:latest", Path(folder), file)
            root = store.layer_folders("sizes:latest")[-1]
            catalogued = _catalogued(root)
            there = {name: _bytes(root, name) for name in catalogued}
        finally:
            store.removed(bases)
    left_out = {name: size - there[name] for name, size in catalogued.items() if size - there[name] > _NAMED_BYTES}
    rest = sum(catalogued.values()) - sum(left_out.values())
    print("# What Debian packages take in a slim image, which leaves out manuals and translations.")
    print("# Written by bench/lint/system_sizes.py.\n")
    print(f'date = "{datetime.now(UTC):%Y-%m-%d}"')
    print(f'source = "{len(catalogued)} packages, {sum(catalogued.values()) / 1e6:,.0f} MB, as {BASE} installs them"')
    print("# Installed-Size counts every file in whole KiB.")
    print(f"bytes_per_installed_byte = {sum(there.values()) / rest:.3f}\n")
    print("# Bytes of a package that are not put in.")
    print("[left_out]")
    for name, size in sorted(left_out.items()):
        print(f'"{name}" = {size}')
    return 0


def _catalogued(root: Path) -> dict[str, int]:
    """Installed-Size of what the layer brought, in bytes."""
    found: dict[str, int] = {}
    for record in (root / "var/lib/dpkg/status").read_text("utf-8").split("\n\n"):
        name = re.search(r"^Package: (\S+)", record, re.M)
        size = re.search(r"^Installed-Size: (\d+)", record, re.M)
        if name and size and _listed(root, name[1]):
            found[name[1]] = int(size[1]) * 1024
    return found


def _listed(root: Path, name: str) -> list[Path]:
    """The lists of a package's files, in that layer alone."""
    info = root / "var/lib/dpkg/info"
    return [path for path in (info / f"{name}.list", info / f"{name}:amd64.list") if path.is_file()]


def _bytes(root: Path, name: str) -> int:
    places = {root / line.lstrip("/") for path in _listed(root, name) for line in path.read_text("utf-8").splitlines()}
    return sum(place.lstat().st_size for place in places if place.is_symlink() or place.is_file())


if __name__ == "__main__":
    raise SystemExit(main())
