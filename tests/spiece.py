"""A spiece.model written by the description of protocol buffers."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def model_bytes(pieces: Sequence[tuple[str, float, int]], charsmap: bytes = b"", *, unk: int, kind: int = 1) -> bytes:
    """Pieces with score and kind (1 normal, 2 unknown, 3 control, 4 user-defined); `kind` 1 is Unigram."""
    body = b"".join(
        field(1, field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + number(3, sort))
        for text, score, sort in pieces
    )
    trainer = number(3, kind) + number(4, 32000) + number(40, unk)
    return body + field(2, trainer) + field(3, field(1, b"nmt_nfkc") + field(2, charsmap) + number(3, 1))


def field(place: int, raw: bytes) -> bytes:
    return varint(place << 3 | 2) + varint(len(raw)) + raw


def number(place: int, value: int) -> bytes:
    return varint(place << 3) + varint(value)


def varint(value: int) -> bytes:
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])
