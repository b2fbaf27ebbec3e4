"""The wheel of jettison-runtime, made from the copy that is installed here: what was measured is what ships.

The same files give the same bytes, whatever machine, clock or umask: names sorted, times fixed, modes set.
"""

from __future__ import annotations

import hashlib
from importlib import metadata, resources
from pathlib import Path

from jettison.workspace import Workspace, digest, write_file

from .wheel_files import record, zipped

DISTRIBUTION = "jettison-runtime"
_PACKAGES = ("jettison_runtime", "jettison_server")


def runtime_wheel(workspace: Workspace) -> Path:
    """The wheel, in the cache; its file name carries version and tags, its folder the digest of its content."""
    files = _package_files()
    installed = metadata.distribution(DISTRIBUTION)
    stem = DISTRIBUTION.replace("-", "_")
    info = f"{stem}-{installed.version}.dist-info"
    files[f"{info}/METADATA"] = _metadata(installed).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: jettison\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = record(files, f"{info}/RECORD").encode()
    name = f"{stem}-{installed.version}-py3-none-any.whl"
    wheel = workspace.entry(
        "wheels", digest([(name, hashlib.sha256(data).hexdigest()) for name, data in files.items()])
    )
    path = wheel / name
    if not path.is_file():
        write_file(path, zipped(files))
    return path


def _package_files() -> dict[str, bytes]:
    """Path in the wheel → content, sorted; bytecode is left out."""
    found: dict[str, bytes] = {}
    for package in _PACKAGES:
        with resources.as_file(resources.files(package)) as root:
            files = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
            found |= {f"{package}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in files}
    return found


def _metadata(installed: metadata.Distribution) -> str:
    requires = list(installed.requires or ())
    extras = sorted(set(installed.metadata.get_all("Provides-Extra") or ()))
    lines = ["Metadata-Version: 2.1", f"Name: {DISTRIBUTION}", f"Version: {installed.version}"]
    lines += ["License: Apache-2.0", f"Requires-Python: {installed.metadata['Requires-Python']}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {line}" for line in requires]
    return "\n".join(lines) + "\n"
