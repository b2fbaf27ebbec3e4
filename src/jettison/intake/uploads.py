"""Bodies that are files: a form with pictures or sounds in it, or one file as it is.

Source of the form: RFC 7578 (multipart/form-data), names escaped as WHATWG's HTML standard says.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LARGEST_BYTES = 100_000_000
"""Of one file that a request sends."""


class Unreadable(ValueError):
    """A file that cannot be sent, and why."""


_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What a request sends."""

    content_type: str
    data: bytes
    shown: str
    """The names of its fields and files, for people."""


def one_file(path: Path) -> Upload:
    """A file as the whole body; its type shows in its name.

    :raises Unreadable: it cannot be read, or is empty.
    """
    data = _content(path)
    if not data:
        raise Unreadable(f"it sends {path.name}, which is empty")
    return Upload(content_type=type_of(path.name), data=data, shown=path.name)


def form(fields: Mapping[str, str], files: Sequence[tuple[str, Path]]) -> Upload:
    """A form with files. What separates its parts follows from their contents, so that the same form is the same body.

    :param files: the field's name and the file; a name may come again.
    :raises Unreadable: a file cannot be read.
    """
    contents = [_content(path) for _, path in files]
    told = hashlib.sha256()
    for content in (*(value.encode() for value in fields.values()), *contents):
        told.update(len(content).to_bytes(8, "little") + content)
    boundary = f"jettison{told.hexdigest()[:32]}"
    parts = [f'name="{_escaped(name)}"\r\n\r\n'.encode() + value.encode() for name, value in fields.items()]
    for (name, path), content in zip(files, contents, strict=True):
        head = (
            f'name="{_escaped(name)}"; filename="{_escaped(path.name)}"\r\nContent-Type: {type_of(path.name)}\r\n\r\n'
        )
        parts.append(head.encode() + content)
    begun = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    data = b"".join(begun + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    shown = [f"{name}={value}" for name, value in fields.items()] + [f"{name}={path.name}" for name, path in files]
    return Upload(content_type=f"multipart/form-data; boundary={boundary}", data=data, shown=" ".join(shown))


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_BYTES else b""
    except (OSError, ValueError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "no file can have this name"
        raise Unreadable(f"it sends {str(path)!a}, which cannot be read: {why}") from cause
    if size > LARGEST_BYTES:
        raise Unreadable(f"it sends {path.name}, which is larger than {LARGEST_BYTES // 1_000_000} MB")
    return content


def type_of(name: str) -> str:
    """The media type that a file's name tells."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _escaped(name: str) -> str:
    return name.translate(_ESCAPED)
