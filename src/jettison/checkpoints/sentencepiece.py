"""``spiece.model``: pieces, scores and the normalizer of a sentencepiece model, read without sentencepiece.

The file is a protocol buffer (``sentencepiece_model.proto``); what is read of it are a handful of fields.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jettison.errors import ModelUnreadable

from . import protobuf

UNIGRAM, BPE = 1, 2
_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One token of the vocabulary."""

    text: str
    score: float
    kind: int

    @property
    def is_control(self) -> bool:
        """Never made of text, as the end of a sequence."""
        return self.kind == _CONTROL

    @property
    def is_user_defined(self) -> bool:
        """Always a token of its own where it stands in a text."""
        return self.kind == _USER_DEFINED


@dataclass(frozen=True, kw_only=True)
class SentencePieceModel:
    """What tokenizing needs of the file."""

    pieces: tuple[Piece, ...]
    model_type: int
    unk_id: int
    charsmap: bytes
    """The compiled rules of normalization; empty where text is taken as it is."""


def sentencepiece_model(path: Path) -> SentencePieceModel:
    """Read a model file.

    :raises ModelUnreadable: the file is truncated, or something else.
    """
    pieces: list[Piece] = []
    model_type, unk_id, charsmap = UNIGRAM, 0, b""
    try:
        for field, value in _fields(path.read_bytes()):
            if field == 1:
                pieces.append(_piece(_as_bytes(value)))
            elif field == 2:
                trainer = dict(_fields(_as_bytes(value)))
                model_type, unk_id = _as_number(trainer.get(3, UNIGRAM)), _as_number(trainer.get(40, 0))
            elif field == 3:
                charsmap = _as_bytes(dict(_fields(_as_bytes(value))).get(2, b""))
    except (ValueError, struct.error) as cause:
        raise _unreadable(path) from cause
    if not pieces or not 0 <= unk_id < len(pieces):
        raise _unreadable(path)
    return SentencePieceModel(pieces=tuple(pieces), model_type=model_type, unk_id=unk_id, charsmap=charsmap)


def _unreadable(path: Path) -> ModelUnreadable:
    return ModelUnreadable(f"{path.name} is no sentencepiece model", where=str(path), next_step="copy it again")


def _piece(raw: bytes) -> Piece:
    found = dict(_fields(raw))
    (score,) = struct.unpack("<f", _as_bytes(found.get(2, bytes(4))))
    text = _as_bytes(found.get(1, b"")).decode("utf-8")
    return Piece(text=text, score=score, kind=_as_number(found.get(3, _NORMAL)))


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field of a message; of a field that is repeated, every one."""
    for field in protobuf.fields(raw):
        yield field.number, raw[field.start : field.end] if field.value is None else field.value


def _as_bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number where bytes are meant")
    return value


def _as_number(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ValueError("bytes where a number is meant")
    return value
