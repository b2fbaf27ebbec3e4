"""This machine's package index for pip inside a build: files that are mounted, and never part of an image."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jettison.packages.index import index_settings
from jettison.packages.pip_configuration import pip_options

_INSIDE = "/etc/pip-settings"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_FILES = ("cert", "client-cert", "constraint")


def volumes(folder: Path, *, python: bool) -> tuple[str, ...]:
    """What to mount, as buildah takes it.

    :param folder: a new one, for pip's configuration
    :param python: the base has certificates of its own, which those of this machine may cover
    """
    (folder / "pip-settings").mkdir(parents=True)
    lines = ["[global]", "disable-pip-version-check = 1", "root-user-action = ignore"]
    mounted: list[str] = []
    for name, value in sorted(pip_options().items()):
        if name in ("disable-pip-version-check", "no-cache-dir", "cache-dir"):
            continue
        words = value.split()
        if name in _FILES and Path(value).is_file():
            shutil.copy(value, folder / "pip-settings" / name)
            words = [f"{_INSIDE}/{name}"]
        elif name in ("find-links", "extra-index-url", "index-url"):
            mounted += [place for word in words if (place := _folder(word))]
        lines.append(f"{name} = {' '.join(words)}")
    (folder / "pip.conf").write_text("\n".join(lines) + "\n")
    found = [f"{folder / 'pip.conf'}:/etc/pip.conf:ro", f"{folder / 'pip-settings'}:{_INSIDE}:ro"]
    found += [f"{place}:{place}:ro" for place in dict.fromkeys(mounted)]
    certificate = index_settings().certificate
    if python and certificate:
        found.append(f"{certificate}:{_CERTIFICATES}:ro")
    return tuple(found)


def _folder(address: str) -> str:
    """The folder on this machine that an index or a folder of wheels lies in; empty for one elsewhere."""
    parts = urlsplit(address)
    path = Path(unquote(parts.path)) if parts.scheme in ("", "file") else None
    if path is None or not path.exists():
        return ""
    return str(path.parent if path.name == "simple" else path)
