"""Weights that do not fit their config.json, or of which versions of transformers make different models: refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.errors import ModelUnreadable, TokenizerMissing, UnsupportedModel
from jettison.records import finished
from jettison.workspace import Workspace
from tests import t5_folders

Arrays = dict[str, NDArray[np.float32]]
SHAPE = {"d_model": 32, "d_kv": 8, "num_heads": 2, "d_ff": 40, "num_layers": 1}
QUERY = "encoder.block.0.layer.0.SelfAttention.q.weight"


def convert(
    folder: Path, workspace: Workspace, *, change: Callable[[Arrays], Any] = lambda made: None, **config: Any
) -> None:
    t5_folders.write(folder, SHAPE)
    stated = {**json.loads((folder / "config.json").read_text()), **config}
    (folder / "config.json").write_text(json.dumps(stated))
    made = t5_folders.tensors({**stated, "tie_word_embeddings": True, **SHAPE}, 0)
    change(made)
    t5_folders.safetensors(folder / "model.safetensors", made)
    texts = ["transformer", "a"]
    done, rejected = finished(candidates(folder, name="m", prompts=texts, workspace=workspace, forms=[named("fp32")]))
    assert done, rejected


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"d_ff": 20}, "wi.weight has the shape"),
        ({"num_heads": 4}, "config.json asks for"),
        ({"vocab_size": 100}, "shared.weight has the shape"),
        ({"d_model": "32x"}, "no number"),
        ({"d_ff": None}, "no number"),
        ({"num_layers": 2}, "has no tensor encoder.block.1"),
        ({"vocab_size": None}, "no number"),
    ],
)
def test_sizes_that_do_not_fit_are_named(
    config: dict[str, Any], words: str, tmp_path: Path, workspace: Workspace
) -> None:
    with pytest.raises(ModelUnreadable, match=words):
        convert(tmp_path, workspace, **config)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_broken_weight_is_named(value: float, tmp_path: Path, workspace: Workspace) -> None:
    def broken(made: Arrays) -> None:
        made[QUERY][3, 4] = value

    with pytest.raises(ModelUnreadable, match=f"{QUERY} holds a NaN or an infinity"):
        convert(tmp_path, workspace, change=broken)


def test_weights_that_somebody_quantized_are_refused(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(UnsupportedModel, match="quantized already \\(by bitsandbytes\\)"):
        convert(tmp_path, workspace, quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True})
    convert(tmp_path, workspace)
    path = tmp_path / "model.safetensors"
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    header[QUERY]["dtype"] = "I32"
    text = json.dumps(header).encode().ljust(size)
    path.write_bytes(raw[:8] + text + raw[8 + size :])
    with pytest.raises(ModelUnreadable, match=f"{QUERY} holds .*quantized already"):
        finished(candidates(tmp_path, name="m", prompts=[], workspace=workspace, forms=[named("fp32")]))


@pytest.mark.parametrize("name", ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"])
def test_a_table_may_stand_there_twice_if_it_is_the_same(name: str, tmp_path: Path, workspace: Workspace) -> None:
    convert(tmp_path / "same", workspace, change=lambda made: made.update({name: made["shared.weight"]}))
    with pytest.raises(UnsupportedModel, match=f"{name} and shared.weight differ"):
        convert(tmp_path / "other", workspace, change=lambda made: made.update({name: made["shared.weight"] * 2}))


@pytest.mark.parametrize("name", ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"])
def test_an_embedding_may_have_the_name_of_either_side(name: str, tmp_path: Path, workspace: Workspace) -> None:
    convert(tmp_path, workspace, change=lambda made: made.update({name: made.pop("shared.weight")}))


def test_a_head_of_its_own_must_be_there(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(UnsupportedModel, match=r"there is no lm_head\.weight"):
        convert(tmp_path, workspace, tie_word_embeddings=False)


def test_tokens_that_the_model_lacks_are_not_asked_of_it(tmp_path: Path, workspace: Workspace) -> None:
    def smaller(made: Arrays) -> None:
        made["shared.weight"] = made["shared.weight"][:20]

    convert(tmp_path, workspace, change=smaller, vocab_size=20)


def test_a_length_limit_that_is_none_is_none(tmp_path: Path, workspace: Workspace) -> None:
    t5_folders.write(tmp_path, SHAPE)
    path = tmp_path / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_max_length": None}))
    made, _ = finished(candidates(tmp_path, name="m", prompts=["a"], workspace=workspace, forms=[named("fp32")]))
    assert [each.name for each in made] == ["fp32"]


def test_a_tokenizer_that_cannot_be_kept_is_told_from_one_that_is_missing(tmp_path: Path, workspace: Workspace) -> None:
    t5_folders.write(tmp_path, SHAPE)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(TokenizerMissing, match=r"tokenizer\.json"):
        finished(candidates(tmp_path, name="m", prompts=[], workspace=workspace))
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "ByT5Tokenizer"}')
    with pytest.raises(UnsupportedModel, match="ByT5"):
        finished(candidates(tmp_path, name="m", prompts=[], workspace=workspace))
