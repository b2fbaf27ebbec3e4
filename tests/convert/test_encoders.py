"""Encoders: every form against the numpy reference, what is refused, what is stored. Families are in tests/runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jettison_runtime
from jettison.convert import candidates
from jettison.convert.architectures.bert import balance
from jettison.convert.architectures.graph import Graph
from jettison.convert.forms import named
from jettison.convert.kinds import encoder
from jettison.errors import ModelUnreadable, UnsupportedModel
from jettison.records import Candidate, Rejected, finished
from jettison.workspace import Workspace
from jettison_runtime.errors import CanaryError
from jettison_runtime.tasks.embedding import Embedder
from tests import encoder_folders
from tests.encoder_folders import TEXTS
from tests.t5_folders import safetensors


def converted(folder: Path, workspace: Workspace, *forms: str) -> tuple[tuple[Candidate, ...], tuple[Rejected, ...]]:
    wanted = [named(name) for name in forms] or None
    return finished(candidates(folder, name="m", prompts=TEXTS, workspace=workspace, forms=wanted))


def path_of(made: tuple[Candidate, ...], form: str) -> Path:
    (found,) = (each.model.path for each in made if each.name == form and each.model)
    return found


@pytest.mark.parametrize("task", ["text-classification", "fill-mask", "feature-extraction"])
def test_every_form_has_the_reference_s_numbers(task: str, tmp_path: Path, workspace: Workspace) -> None:
    made, rejected = converted(encoder_folders.bert(tmp_path / "model", task), workspace)
    assert not rejected
    assert [each.name for each in made] == [form.name for form in encoder.FORMS]
    for each in made:
        assert each.check is not None
        assert each.model is not None
        jettison_runtime.load(each.model.path, threads=1).model.check_canary()
        if each.name == "fp32":
            assert each.check.worst_difference < 1e-5
            assert each.check.agreement == 1.0


def test_a_wrong_graph_is_noticed(tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = encoder_folders.bert(tmp_path / "model", seed=1)
    honest = Graph.op

    # The planted fault: padding is not masked, which shows in a batch alone.
    def careless(self: Graph, kind: str, *inputs: str, **options: object) -> str:
        given = tuple("" if each == "attention_mask" else each for each in inputs)
        if kind == "MultiHeadAttention":
            return honest(self, kind, *given, **options)  # type: ignore[arg-type]
        return honest(self, kind, *inputs, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Graph, "op", careless)
    made, rejected = converted(folder, workspace, "fp32")
    assert not made
    assert "logit" in rejected[0].reason


def test_a_form_that_an_encoder_cannot_have_is_rejected(tmp_path: Path, workspace: Workspace) -> None:
    made, rejected = converted(encoder_folders.bert(tmp_path / "model", seed=2), workspace, "int8-mixed")
    assert not made
    assert "no such form" in rejected[0].reason


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"architectures": ["BertForMultipleChoice"]}, "BertForMultipleChoice"),
        ({"position_embedding_type": "relative_key"}, "relative_key"),
        ({"hidden_act": "mish"}, "mish"),
        ({"is_decoder": True}, "decoder"),
    ],
)
def test_what_no_graph_computes_is_refused(
    changed: dict[str, Any], message: str, tmp_path: Path, workspace: Workspace
) -> None:
    folder = encoder_folders.bert(tmp_path / "model", **changed)
    with pytest.raises(UnsupportedModel, match=message):
        converted(folder, workspace, "fp32")


def test_weights_that_are_not_those_of_the_config_are_refused(tmp_path: Path, workspace: Workspace) -> None:
    folder = encoder_folders.bert(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 56}))
    with pytest.raises(ModelUnreadable, match=r"intermediate\.dense.*\[48, 32\].*\[56, 32\]"):
        converted(folder, workspace, "fp32")
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(ModelUnreadable, match=r"encoder\.layer\.2"):
        converted(folder, workspace, "fp32")


def test_the_table_of_a_masked_language_model_is_stored_once(tmp_path: Path, workspace: Workspace) -> None:
    folder = encoder_folders.bert(tmp_path / "model", "fill-mask", vocab_size=4000)
    made, _ = converted(folder, workspace, "fp32")
    table = 4 * 4000 * 32
    size = (path_of(made, "fp32") / "weights.bin").stat().st_size
    assert table <= size < 2 * table


def test_a_row_of_one_text_does_not_depend_on_its_padding(tmp_path: Path, workspace: Workspace) -> None:
    made, _ = converted(encoder_folders.bert(tmp_path / "model", seed=3), workspace, "fp32")
    model = jettison_runtime.load(path_of(made, "fp32"), threads=1)
    together = model.encode(TEXTS)
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5
    # More tokens than are computed at once.
    ids = np.random.default_rng(0).integers(5, 60, (45, 20))
    mask = np.ones_like(ids)
    mask[::3, 11:] = 0
    whole = model.model.outputs(ids, mask)
    for row in (0, 18, 19, 20, 37, 44):
        real = mask[row] > 0
        (own,) = model.model.outputs(ids[row : row + 1, real], mask[row : row + 1, real])["last_hidden_state"]
        assert np.abs(whole["last_hidden_state"][row][real] - own).max() < 1e-5


@pytest.mark.parametrize(
    ("modes", "normalize"),
    [(["mean_tokens"], True), (["cls_token", "max_tokens"], False), (["mean_sqrt_len_tokens"], False)],
)
def test_sentences_are_pooled_as_the_folder_says(
    modes: list[str], normalize: bool, tmp_path: Path, workspace: Workspace
) -> None:
    folder = encoder_folders.bert(tmp_path / "model", seed=4)
    encoder_folders.sentence_transformer(folder, modes, normalize=normalize)
    made, rejected = converted(folder, workspace, "fp32")
    assert not rejected
    model = jettison_runtime.load(path_of(made, "fp32"), threads=1)
    # By hand, from the hidden states of the twelve tokens that the folder allows.
    hidden = [states[: len(states)] for states in _cut(model)]
    by_hand = {
        "mean_tokens": lambda rows: rows.mean(axis=0),
        "cls_token": lambda rows: rows[0],
        "max_tokens": lambda rows: rows.max(axis=0),
        "mean_sqrt_len_tokens": lambda rows: rows.sum(axis=0) / np.sqrt(len(rows)),
    }
    expected = np.stack([np.concatenate([by_hand[mode](rows) for mode in modes]) for rows in hidden])
    if normalize:
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(model.encode(TEXTS) - expected).max() < 1e-5
    lengths = np.linalg.norm(model.encode(TEXTS, normalize=True), axis=1)
    assert np.abs(lengths - 1).max() < 1e-5


def _cut(model: Embedder) -> list[NDArray[np.float32]]:
    encodings = model.texts.encodings(TEXTS, truncation=True, max_length=12)
    assert max(map(len, encodings)) == 12
    return [each["last_hidden_state"] for each in model.texts.answers(encodings, ["last_hidden_state"])]


def test_a_pooling_that_the_runtime_lacks_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    folder = encoder_folders.bert(tmp_path / "model")
    encoder_folders.sentence_transformer(folder, ["lasttoken"], normalize=False)
    with pytest.raises(UnsupportedModel, match="lasttoken"):
        converted(folder, workspace, "fp32")


def test_a_canary_that_is_off_stops_the_start(tmp_path: Path, workspace: Workspace) -> None:
    made, _ = converted(encoder_folders.bert(tmp_path / "model", seed=5), workspace, "fp32")
    folder = path_of(made, "fp32")
    manifest = json.loads((folder / "manifest.json").read_text())
    values = manifest["canary"]["values"]
    manifest["canary"]["values"] = [value + 0.2 * max(map(abs, values)) for value in values]
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CanaryError, match="another form"):
        jettison_runtime.load(copy).model.check_canary()


def test_a_channel_is_balanced_by_its_size_and_its_weights() -> None:
    """Reaches 8 and 0.5 against weights of 1: the ratio of the scales is 16 to the share; centres lie in the middle."""

    low, high = np.array([-6, 0], np.float32), np.array([10, 1], np.float32)
    weight = np.array([[1, -1], [0.5, 0.25]], np.float32)
    found = balance.balanced(low, high, weight)
    assert found.centre.tolist() == [2, 0.5]
    ratio = float(found.scale[0] / found.scale[1])
    assert ratio == pytest.approx(16**0.7, rel=1e-5)
    assert float(found.scale[0] * found.scale[1]) == pytest.approx(1, rel=1e-5)


def test_names_of_the_first_checkpoints_are_known(tmp_path: Path, workspace: Workspace) -> None:
    folder = encoder_folders.bert(tmp_path / "model", seed=6)
    plain, _ = converted(folder, workspace, "fp32")
    from jettison.checkpoints import opened

    tensors = opened(folder)
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensors[name]
        for name in tensors
    }
    old = tmp_path / "old"
    old.mkdir()
    for file in folder.iterdir():
        (old / file.name).write_bytes(file.read_bytes())
    safetensors(old / "model.safetensors", renamed)
    made, _ = converted(old, workspace, "fp32")
    texts = ["hello world"]
    expected = jettison_runtime.load(path_of(plain, "fp32")).encode(texts)
    assert np.array_equal(jettison_runtime.load(path_of(made, "fp32")).encode(texts), expected)
