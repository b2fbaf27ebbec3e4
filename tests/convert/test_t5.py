"""T5 conversion: every shape and form against the numpy reference; what is stored, and how often."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jettison.convert import candidates
from jettison.convert.architectures.t5.geometry import bucket, geometry
from jettison.convert.forms import named
from jettison.convert.kinds import seq2seq
from jettison.errors import UnsupportedModel
from jettison.records import finished
from jettison.workspace import Workspace
from tests import t5_folders


@pytest.mark.parametrize("shape", t5_folders.SHAPES)
def test_every_form_of_every_shape_has_the_reference_s_logits(shape: str, tmp_path: Path, workspace: Workspace) -> None:
    folder = t5_folders.write(tmp_path / "model", t5_folders.SHAPES[shape])
    made, rejected = finished(candidates(folder, name="m", prompts=[], workspace=workspace))
    assert not rejected
    assert [each.name for each in made] == [form.name for form in seq2seq.FORMS]
    for each in made:
        assert each.check is not None
        assert each.check.steps >= 8
        if each.name == "fp32":
            assert each.check.worst_difference < 1e-4
            assert each.check.agreement == 1.0


def test_a_wrong_weight_is_noticed(tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: an export that is off is refused, with the figures."""
    from jettison.convert.architectures.t5 import stack

    folder = t5_folders.write(tmp_path / "model", t5_folders.SHAPES["v1.0"], seed=1)
    # The planted fault: the residual stream is normalised with a wrong epsilon, as a careless exporter would.
    honest = stack.Stack.norm

    def careless(self: stack.Stack, x: str, stream: str, name: str, scale: object = 1) -> tuple[str, str]:
        normal, stream = honest(self, x, stream, name, scale)
        return self.graph.op("Mul", normal, self.graph.constant(np.array(0.7, np.float32))), stream

    monkeypatch.setattr(stack.Stack, "norm", careless)
    made, rejected = finished(candidates(folder, name="m", prompts=[], workspace=workspace, forms=[named("fp32")]))
    assert not made
    assert "logit" in rejected[0].reason


def test_tied_weights_are_stored_once(tmp_path: Path, workspace: Workspace) -> None:
    shape = {"d_model": 256, "d_kv": 16, "num_heads": 1, "d_ff": 16, "num_layers": 1}
    folder = t5_folders.write(tmp_path / "model", shape)
    made, _ = finished(candidates(folder, name="m", prompts=[], workspace=workspace))
    table = t5_folders.VOCABULARY * 256
    sizes = {each.name: dict(each.model.file_bytes)["weights.bin"] for each in made if each.model}
    rest = sum(
        array.nbytes
        for array in t5_folders.tensors({"vocab_size": 69, "tie_word_embeddings": True, **shape}, 0).values()
    )
    rest -= 4 * table
    page = 4096
    tensors_at_most = 40
    assert 4 * table <= sizes["fp32"] <= 4 * table + rest + tensors_at_most * page
    assert table <= sizes["int8-blocks"] <= 2 * table + rest + tensors_at_most * page


def test_distances_fall_into_the_paper_s_buckets() -> None:
    both = bucket(
        np.array([0, -1, 1, -7, 7, -8, 8, -16, 16, -127, 500]), bidirectional=True, buckets=32, max_distance=128
    )
    assert both.tolist() == [0, 1, 17, 7, 23, 8, 24, 10, 26, 15, 31]
    past = bucket(np.array([0, -1, -15, -16, -32, -127, -1000, 5]), bidirectional=False, buckets=32, max_distance=128)
    assert past.tolist() == [0, 1, 15, 16, 21, 31, 31, 0]


def test_old_and_new_configurations_scale_alike() -> None:
    assert geometry({}).scaled_output
    assert geometry({"tie_word_embeddings": True}).scaled_output
    assert not geometry({"tie_word_embeddings": False}).scaled_output
    assert not geometry({"tie_word_embeddings": True, "scale_decoder_outputs": False}).scaled_output
    with pytest.raises(UnsupportedModel, match="swish2"):
        geometry({"feed_forward_proj": "gated-swish2"})
