"""The RECORD of a distribution, as it is once files were left out, changed or moved."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path


def mended(record: Path, files: set[str], changed: Mapping[str, Path], moved: Mapping[str, str]) -> bytes:
    """The RECORD that tells the truth about the image.

    :param files: what is there, relative to the site folder
    :param changed: files whose content is another now, and where it lies
    :param moved: files that lie elsewhere in the image, as paths relative to the site folder there
    """
    rows = []
    for row in csv.reader(io.StringIO(record.read_text("utf-8"))):
        if row and row[0] in files:
            fingerprint = _fingerprint(changed[row[0]]) if row[0] in changed else tuple(row[1:])
            rows.append((moved.get(row[0], row[0]), *fingerprint))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return text.getvalue().encode()


def _fingerprint(path: Path) -> tuple[str, str]:
    """Digest and size as a RECORD states them."""
    data = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", str(len(data))
