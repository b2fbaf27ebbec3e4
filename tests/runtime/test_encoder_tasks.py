"""What the tasks of encoders refuse, and their arithmetic by hand; equality with transformers is in test_encoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import jettison_runtime
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime.encoder import Encoder
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.seq2seq import Seq2Seq
from jettison_runtime.tasks.embedding import Embedder
from jettison_runtime.tasks.mask_filling import MaskFiller
from jettison_runtime.tasks.scores import default_function, scored
from jettison_runtime.tasks.text_classification import TextClassifier
from tests import encoder_folders

LONG = "hello world " * 60


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> dict[str, Path]:
    """A small BERT for some tasks, converted."""
    root, found = tmp_path_factory.mktemp("tasks"), {}
    for task in ("text-classification", "fill-mask", "feature-extraction"):
        folder = encoder_folders.bert(root / task, task, seed=7)
        made, _ = finished(candidates(folder, name="m", prompts=[], workspace=workspace, forms=[named("fp32")]))
        assert made[0].model is not None
        found[task] = made[0].model.path
    return found


def test_a_folder_is_loaded_by_its_task(folders: dict[str, Path]) -> None:
    kinds = {"text-classification": TextClassifier, "fill-mask": MaskFiller, "feature-extraction": Embedder}
    for task, folder in folders.items():
        assert isinstance(jettison_runtime.load(folder), kinds[task])
    with pytest.raises(ModelFolderError, match="for fill-mask, and this loads feature-extraction"):
        Embedder.load(folders["fill-mask"])
    with pytest.raises(ModelFolderError, match="text2text-generation"):
        Seq2Seq.load(folders["fill-mask"])


def test_an_encoder_of_another_task_is_refused(converted: dict[str, Path]) -> None:
    with pytest.raises(ModelFolderError, match="text2text-generation"):
        Encoder.load(converted["fp32"])


def test_scores_by_hand(folders: dict[str, Path]) -> None:
    logits = np.log(np.array([1, 3, 4], np.float32))
    assert scored(logits, "softmax").tolist() == pytest.approx([0.125, 0.375, 0.5])
    assert scored(logits, "sigmoid").tolist() == pytest.approx([0.5, 0.75, 0.8])
    assert scored(logits, "none").tolist() == logits.tolist()
    with pytest.raises(ValueError, match="not 'tanh'"):
        scored(logits, "tanh")
    assert default_function({"problem_type": "regression"}, 1) == "none"
    assert default_function({}, 1) == "sigmoid"
    assert default_function({}, 3) == "softmax"
    assert default_function({"problem_type": "multi_label_classification"}, 3) == "sigmoid"
    model = jettison_runtime.load(folders["text-classification"])
    (every,) = model.classify(["hello world"], top_k=None)
    assert {each["label"] for each in every} == {"O", "B-PER", "I-PER", "B-LOC"}
    assert sum(each["score"] for each in every) == pytest.approx(1)
    assert [each["score"] for each in every] == sorted((each["score"] for each in every), reverse=True)


def test_a_long_text_is_an_error_unless_it_may_be_cut(folders: dict[str, Path]) -> None:
    model = jettison_runtime.load(folders["text-classification"])
    with pytest.raises(ValueError, match="122 tokens, and the model reads at most 80: truncate"):
        model.classify([LONG])
    cut = model.classify([LONG], truncation=True)
    assert cut == model.classify([LONG], truncation=True, max_length=80)
    assert cut != model.classify([LONG], truncation=True, max_length=5)


def test_what_is_no_batch_is_refused(folders: dict[str, Path]) -> None:
    model = jettison_runtime.load(folders["feature-extraction"])
    ids = np.array([[2, 5, 3]])
    with pytest.raises(ValueError, match="no batch"):
        model.model.outputs(ids, np.ones((1, 2)))
    with pytest.raises(ValueError, match="outside the vocabulary"):
        model.model.outputs(ids + 1000, np.ones((1, 3)))
    with pytest.raises(ValueError, match="token type"):
        model.model.outputs(ids, np.ones((1, 3)), np.array([[0, 2, 0]]))
    with pytest.raises(TypeError, match="list of texts"):
        model.encode("hello")
    assert model.encode([]).shape == (0, 32)
    assert model.hidden_states([]) == []


def test_masks_must_be_there_and_targets_must_be_tokens(folders: dict[str, Path]) -> None:
    model = jettison_runtime.load(folders["fill-mask"])
    with pytest.raises(ValueError, match="No mask_token"):
        model.fill(["hello world"])
    with pytest.raises(ValueError, match="At least one target"):
        model.fill(["hello [MASK]"], targets=[""])
    (((first,), (second,)),) = model.fill(["[MASK] [MASK]"], top_k=1)
    assert first["score"] > 0
    assert "[MASK]" in second["sequence"]
    # The logits of some places are those of all places.
    ids = np.array([[2, 4, 60, 3]])
    whole = model.model.outputs(ids, np.ones_like(ids))["logits"]
    some = model.model.outputs(ids, np.ones_like(ids), places=np.array([2, 1]))["logits"]
    assert np.abs(whole[0, [2, 1]] - some).max() < 1e-5
