"""The tokenizer of a folder that has spiece.model alone; equality with transformers is in tests/runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from jettison.convert.tokenizer import tokenizer_json, tokenizer_settings
from jettison.errors import ModelUnreadable, TokenizerMissing, UnsupportedModel
from jettison_runtime.tokenization import TextTokenizer
from tests.spiece import model_bytes

PIECES = [
    *(("<pad>", 0.0, 3), ("</s>", 0.0, 3), ("<unk>", 0.0, 2), ("<sep>", 0.0, 4)),
    *(("▁", -3.0, 1), ("▁the", -2.0, 1), ("re", -3.2975401878356934, 1), ("e", -4.0, 1), ("r", -5.0, 1)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spiece.model").write_bytes(model_bytes(PIECES, unk=2))
    return tmp_path


def state(folder: Path, **settings: Any) -> TextTokenizer:
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return TextTokenizer(folder, tokenizer_settings(folder), content=tokenizer_json(folder))


def test_pieces_are_found_and_the_end_is_added(folder: Path) -> None:
    tokenizer = state(folder)
    texts = ["there", "the  re<sep>re ", "x", "re<extra_id_0>", ""]
    ids = [[5, 6, 1], [5, 4, 6, 3, 4, 6, 1], [4, 2, 1], [4, 6, 108, 1], [1]]
    assert tokenizer.encode(texts) == ids
    assert tokenizer.decode([5, 6, 4, 6, 108, 1]) == "there re"
    assert (tokenizer.pad_token, tokenizer.eos_token, tokenizer.unk_token) == ("<pad>", "</s>", "<unk>")
    assert tokenizer.id_of("<extra_id_99>") == 9


def test_sentinels_are_as_many_as_the_settings_say(folder: Path) -> None:
    assert state(folder, extra_ids=2).id_of("<extra_id_0>") == 10
    assert state(folder, extra_ids=0).id_of("<extra_id_0>") is None
    with pytest.raises(UnsupportedModel, match="extra_ids is 100"):
        state(folder, additional_special_tokens=["<extra_id_0>"])
    assert state(folder, additional_special_tokens=["<q>"]).id_of("<q>") == 109


def test_a_later_prefix_is_only_put_first(folder: Path) -> None:
    assert state(folder, legacy=True).encode(["re<sep>re"]) == [[4, 6, 3, 4, 6, 1]]
    assert state(folder, legacy=False).encode(["re<sep>re"]) == [[4, 6, 3, 6, 1]]


def test_added_tokens_keep_their_numbers_or_are_refused(folder: Path) -> None:
    added = {"109": {"content": "<q>", "lstrip": True, "special": True}}
    assert state(folder, added_tokens_decoder=added).encode(["re   <q>"]) == [[4, 6, 109, 1]]
    (folder / "added_tokens.json").write_text(json.dumps({"<q>": 200}))
    with pytest.raises(UnsupportedModel, match="<q> is 200"):
        state(folder)


def test_scores_are_read_back_to_the_last_bit(folder: Path) -> None:
    state(folder)
    read = json.loads(Tokenizer.from_str(tokenizer_json(folder)).to_str())
    assert read["model"]["vocab"][6] == ["re", struct_float(-3.2975401878356934)]


def struct_float(value: float) -> float:
    """As the file holds it, in 32 bits."""
    import struct

    (held,) = struct.unpack("<f", struct.pack("<f", value))
    return float(held)


def test_what_is_no_tokenizer_of_ours_is_refused(folder: Path) -> None:
    with pytest.raises(UnsupportedModel, match="ByT5"):
        state(folder, tokenizer_class="ByT5Tokenizer")
    with pytest.raises(TokenizerMissing, match=r"tokenizer\.json"):
        state(folder, tokenizer_class="LlamaTokenizer")
    (folder / "spiece.model").write_bytes(model_bytes(PIECES, unk=2, kind=2))
    with pytest.raises(UnsupportedModel, match="Unigram"):
        state(folder)
    (folder / "tokenizer.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelUnreadable, match="no text"):
        state(folder)


WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "A", "##b", "é", "e"]


def words(folder: Path, **settings: Any) -> list[str]:
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", **settings}))
    tokenizer = TextTokenizer(folder, tokenizer_settings(folder), content=tokenizer_json(folder))
    (encoded,) = tokenizer.encodings(["Ab é"])
    return list(encoded.tokens)


def test_a_vocabulary_alone_is_wordpiece_with_the_rules_that_are_stated(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    assert words(tmp_path) == ["[CLS]", "a", "##b", "e", "[SEP]"]
    assert words(tmp_path, do_lower_case=False) == ["[CLS]", "A", "##b", "é", "[SEP]"]
    assert words(tmp_path, do_lower_case=False, strip_accents=True) == ["[CLS]", "A", "##b", "e", "[SEP]"]
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    with pytest.raises(ModelUnreadable, match=r"vocab\.txt has no \[UNK\]"):
        words(tmp_path)


def test_the_settings_count_where_a_tokenizer_json_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    (tmp_path / "tokenizer.json").write_text(tokenizer_json(tmp_path))
    assert words(tmp_path) == ["[CLS]", "a", "##b", "e", "[SEP]"]
    assert words(tmp_path, do_lower_case=False) == ["[CLS]", "A", "##b", "é", "[SEP]"]


def test_a_pair_has_types_and_names_of_its_special_tokens(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    tokenizer = TextTokenizer(tmp_path, tokenizer_settings(tmp_path, "bert"), content=tokenizer_json(tmp_path, "bert"))
    (encoded,) = tokenizer.encodings([("a", "e a")])
    assert (encoded.ids, encoded.type_ids) == ([2, 5, 3, 9, 5, 3], [0, 0, 0, 1, 1, 1])
    assert (tokenizer.cls_token, tokenizer.sep_token, tokenizer.mask_token) == ("[CLS]", "[SEP]", "[MASK]")
    assert "token_type_ids" in tokenizer.input_names
