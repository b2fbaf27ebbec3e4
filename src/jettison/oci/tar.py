"""tar headers, byte by byte.

GNU's form is written, not PAX: its names are plain bytes of any length and any encoding, its sizes reach
beyond 8 GiB, every reader of images knows it, and a name of up to 100 bytes costs one block. PAX says what
a name's encoding is, which a name on Linux does not have, and some scanners overlook its sizes. The headers
are made here rather than by `tarfile` so that a digest does not depend on the version of Python.
"""

from __future__ import annotations

from .entries import Entry

BLOCK = 512
END = bytes(2 * BLOCK)

_NAME_ROOM = 100
_LARGEST_OCTAL = 8**11 - 1
_FILE, _HARD_LINK, _SYMLINK, _FOLDER, _LONG_NAME, _LONG_LINK = b"0", b"1", b"2", b"5", b"L", b"K"
_KINDS = {"file": _FILE, "symlink": _SYMLINK, "folder": _FOLDER}


def header(entry: Entry, *, epoch: int, hard_link: bytes = b"") -> bytes:
    """The blocks that announce an entry: owner 0:0, time `epoch` in whole seconds.

    :param hard_link: the name of the earlier entry that this one is another name of
    """
    name = entry.name + b"/" if entry.kind == "folder" else entry.name
    target = hard_link or entry.target
    blocks = b""
    for text, kind in ((target, _LONG_LINK), (name, _LONG_NAME)):
        if len(text) > _NAME_ROOM:
            blocks += _block(b"././@LongLink", kind, size=len(text) + 1) + padded(text + b"\0")
    kind = _HARD_LINK if hard_link else _KINDS[entry.kind]
    size = entry.size_bytes if kind == _FILE else 0
    return blocks + _block(name, kind, size=size, mode=entry.mode, epoch=epoch, target=target)


def padded(data: bytes) -> bytes:
    """Filled up to whole blocks."""
    return data + padding(len(data))


def padding(size: int) -> bytes:
    """What is missing to whole blocks."""
    return bytes(-size % BLOCK)


def _block(name: bytes, kind: bytes, *, size: int, mode: int = 0o644, epoch: int = 0, target: bytes = b"") -> bytes:
    fields = (
        name[:_NAME_ROOM].ljust(_NAME_ROOM, b"\0"),
        b"%07o\0" % mode,
        b"%07o\0" % 0,  # user
        b"%07o\0" % 0,  # group
        b"%011o\0" % size if size <= _LARGEST_OCTAL else b"\x80" + size.to_bytes(11, "big"),
        b"%011o\0" % epoch,
        b" " * 8,  # the checksum counts as spaces while it is summed up
        kind,
        target[:_NAME_ROOM].ljust(_NAME_ROOM, b"\0"),
        b"ustar  \0",
    )
    block = b"".join(fields).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]
