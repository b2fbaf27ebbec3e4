"""Reading spiece.model: the fields that count, the others skipped, damage named."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.checkpoints.sentencepiece import UNIGRAM, sentencepiece_model
from jettison.errors import ModelUnreadable
from tests.spiece import model_bytes


def test_pieces_scores_and_kinds_are_read(tmp_path: Path) -> None:
    path = tmp_path / "spiece.model"
    path.write_bytes(
        model_bytes([("<pad>", 0.0, 3), ("<unk>", 0.0, 2), ("▁the", -2.5, 1), ("##", 0.0, 4)], b"map", unk=1)
    )
    model = sentencepiece_model(path)
    assert [(piece.text, piece.score) for piece in model.pieces][2:] == [("▁the", -2.5), ("##", 0.0)]
    assert [piece.is_control for piece in model.pieces] == [True, False, False, False]
    assert [piece.is_user_defined for piece in model.pieces] == [False, False, False, True]
    assert (model.model_type, model.unk_id, model.charsmap) == (UNIGRAM, 1, b"map")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "spiece.model"
    good = model_bytes([("a", -1.0, 1)] * 9, b"map", unk=0)
    for raw in (b"", good[: len(good) - 3], b"version https://git-lfs", b"\xff" * 40, good[1:], b"\x0a\x02\x0a\x90"):
        path.write_bytes(raw)
        with pytest.raises(ModelUnreadable, match=r"spiece\.model"):
            sentencepiece_model(path)
