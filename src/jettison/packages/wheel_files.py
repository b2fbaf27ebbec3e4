"""Writing wheels: the same files give the same bytes, whatever machine, clock or umask."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A zip file knows no earlier time."""


def record(files: Mapping[str, bytes], own_name: str) -> str:
    """The RECORD of these files, which names itself without a digest."""
    lines = []
    for name, data in files.items():
        hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={hashed},{len(data)}")
    return "\n".join([*lines, f"{own_name},,"]) + "\n"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a wheel, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()
