"""Small real wheels and source distributions, written file by file."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    files: Mapping[str, bytes] | None = None,
    requires: Iterable[str] = (),
    scripts: Iterable[str] = (),
    tag: str = "py3-none-any",
) -> Path:
    """A wheel in `folder`; without files of its own it holds one module of its name."""
    module = name.replace("-", "_")
    information = f"{module}-{version}.dist-info"
    content = dict(files if files is not None else {f"{module}/__init__.py": f"name = {name!r}\n".encode()})
    content[f"{information}/METADATA"] = _metadata(name, version, requires)
    content[f"{information}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    if scripts:
        points = "".join(f"{script} = {module}:main\n" for script in scripts)
        content[f"{information}/entry_points.txt"] = f"[console_scripts]\n{points}".encode()
    record = "".join(f"{path},{_digest(data)},{len(data)}\n" for path, data in content.items())
    content[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n".encode()
    path = folder / f"{module}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, data in content.items():
            archive.writestr(zipfile.ZipInfo(place, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return path


def source(folder: Path, name: str, version: str = "1.0", *, requires: Iterable[str] = (), setup: str = "") -> Path:
    """A source distribution whose setup.py does what `setup` says, should anybody run it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    members = {"PKG-INFO": _metadata(name, version, requires), "setup.py": setup.encode()}
    with tarfile.open(path, "w:gz") as archive:
        for place, data in members.items():
            member = tarfile.TarInfo(f"{name}-{version}/{place}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def _metadata(name: str, version: str, requires: Iterable[str]) -> bytes:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {line}" for line in requires), "", ""]).encode()


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
