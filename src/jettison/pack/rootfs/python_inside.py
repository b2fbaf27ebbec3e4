"""Finds the Python, and the C library, in an unpacked root that nobody has described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import ImageInvalid
from .links import real_path

_NAME = re.compile(r"python(3\.\d+)")
_USUAL = ("usr/local/bin", "usr/bin", "opt/venv/bin", "opt/conda/bin", "bin")
_GLIBC = re.compile(rb"GNU C Library [^\n]*?version (\d+\.\d+)")
MUSL = "musl"


@dataclass(frozen=True, kw_only=True)
class PythonInside:
    """A Python in a root; paths relative to the root."""

    version: str
    executable: str
    standard_library: str
    site: str
    """Where it looks for libraries that are installed beside it."""


def python_inside(root: Path, path: str, where: str) -> PythonInside:
    """The first Python in the image's PATH, else in the usual folders.

    :param path: the image's own PATH variable
    :raises ImageInvalid: there is none with its standard library
    """
    for folder in [*(part.strip("/") for part in path.split(":")), *_USUAL]:
        for version, executable in _interpreters(root, folder):
            prefix = PurePosixPath(executable).parent.parent
            library = f"{prefix}/lib/python{version}"
            if (root / library / "os.py").is_file():
                return PythonInside(
                    version=version,
                    executable=executable,
                    standard_library=library,
                    site=_site(root, str(prefix), version),
                )
    raise ImageInvalid(
        "there is no Python in this base",
        where=where,
        next_step="give an image with a Python 3, or use the default base",
    )


def libc_version(root: Path) -> str:
    """``2.36`` for glibc, ``musl``, or nothing when neither is found."""
    for pattern in ("lib*/*/libc.so.6", "usr/lib*/*/libc.so.6", "lib*/libc.so.6", "usr/lib*/libc.so.6"):
        for file in sorted(root.glob(pattern)):
            real = real_path(root, file.relative_to(root).as_posix())
            if (root / real).is_file() and (match := _GLIBC.search((root / real).read_bytes())):
                return match[1].decode()
    return MUSL if any(root.glob("lib/ld-musl-*")) else ""


def _interpreters(root: Path, folder: str) -> Iterator[tuple[str, str]]:
    """Version and real path of every interpreter in a folder, the one called ``python3`` first."""
    names = ["python3", "python"]
    if (root / folder).is_dir():
        names += sorted((item.name for item in (root / folder).iterdir() if _NAME.fullmatch(item.name)), reverse=True)
    for name in names:
        real = real_path(root, f"{folder}/{name}")
        if (root / real).is_file() and (match := _NAME.fullmatch(PurePosixPath(real).name)):
            yield match[1], real


def _site(root: Path, prefix: str, version: str) -> str:
    """Debian's own Python looks below ``/usr/local``; any other beside its standard library."""
    if prefix == "usr" and (root / "etc/debian_version").exists():
        return f"usr/local/lib/python{version}/dist-packages"
    return f"{prefix}/lib/python{version}/site-packages"
