"""Graphs from end to end: an ONNX file in, checked model folders out; and what must not come out."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import jettison_runtime
from bench.calibration import conversion, finished_jobs
from jettison.convert import graphs
from jettison.convert.graphs import graph_candidates, jobs
from jettison.errors import ConversionWrong, ModelUnreadable, UnsupportedModel
from jettison.records import Candidate, Progress, Rejected, Steps, finished
from jettison.workspace import Workspace
from tests import onnx_graphs

Made = tuple[dict[str, Candidate], dict[str, Rejected]]


def converted(path: Path, workspace: Workspace, data: Path | None = None, forms: Sequence[str] | None = None) -> Made:
    made, rejected = finished(graph_candidates(path, name="m", data=data, workspace=workspace, forms=forms))
    return {each.name: each for each in made}, {each.name: each for each in rejected}


def wide_network() -> onnx.ModelProto:
    """Large enough that 8 bits are faster on any CPU."""
    b = onnx_graphs.Builder(3)
    x = b.op("Relu", [b.conv("input", "first", (3, 96))], "first_relu")
    for layer in range(2):
        y = b.conv(x, f"conv_{layer}", (96, 96))
        x = b.op("Relu", [b.op("Add", [x, y], f"sum_{layer}")], f"relu_{layer}")
    x = b.op("Flatten", [b.op("GlobalAveragePool", [x], "pooled")], "flat")
    head = b.weight("head", (b.random.standard_normal((96, 24))).astype(np.float32))
    b.op("MatMul", [x, head], "logits")
    return b.model({"input": ["batch", 3, 32, 32]}, {"logits": ["batch", 24]})


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """A network in 32 bits and in 8, with its file and its samples."""

    path: Path
    data: Path
    before: tuple[str, ...]
    """What was being done when the first run was stopped in the middle of its search."""
    notes: tuple[str, ...]
    """What the second run did."""
    made: dict[str, Candidate]


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Quantized:
    """Converted, with a stop in the middle of the search."""
    folder = tmp_path_factory.mktemp("wide")
    path = onnx_graphs.written(folder, wide_network())
    data = onnx_graphs.samples(folder, input=onnx_graphs.pictures(16, size=32))
    forms = ["fp32", "int8-static"]
    before, notes = [], []
    first = graph_candidates(path, name="m", data=data, workspace=workspace, forms=forms)
    for step in first:
        before.append(step.note)
        if step.note.startswith("int8-static: percentile 99.99"):
            break
    first.close()

    def second() -> Steps[tuple[tuple[Candidate, ...], tuple[Rejected, ...]]]:
        work = graph_candidates(path, name="m", data=data, workspace=workspace, forms=forms)
        while True:
            try:
                step = next(work)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            notes.append(step.note)
            yield step

    made, rejected = finished(second())
    assert not rejected
    return Quantized(
        path=path, data=data, before=tuple(before), notes=tuple(notes), made={each.name: each for each in made}
    )


def test_a_graph_in_eight_bits_is_small_fast_and_near_the_original(quantized: Quantized) -> None:
    plain, eight = quantized.made["fp32"], quantized.made["int8-static"]
    assert plain.model
    assert eight.model
    assert plain.check
    assert eight.check
    assert plain.check.worst_difference < 1e-4
    assert 0.99 < eight.check.cosine < 0.9999999
    assert eight.check.steps == 4
    assert "nothing was chosen by" in eight.check.reference
    assert eight.model.size_bytes < 0.3 * quantized.path.stat().st_size
    assert any(line.startswith("ranges by ") for line in eight.recipe)
    speed = float(eight.recipe[-1].split()[0])
    assert speed > 1
    model = jettison_runtime.load(eight.model.path, threads=1)
    model.check_canary()
    pictures = onnx_graphs.pictures(3, seed=9, size=32)
    together = model.run({"input": pictures})["logits"]
    alone = [model.run({"input": picture[None]})["logits"][0] for picture in pictures]
    assert np.allclose(together, alone, atol=1e-4)


def test_a_search_that_was_stopped_goes_on_where_it_was(quantized: Quantized, workspace: Workspace) -> None:
    assert any(note.startswith("histograms") for note in quantized.before)
    done_again = [note for note in quantized.notes if note.startswith(("histograms", "ranges", "bringing"))]
    assert not done_again
    assert any(note.startswith("int8-static: entropy") for note in quantized.notes)
    again, _ = converted(quantized.path, workspace, quantized.data, ["fp32", "int8-static"])
    assert again == quantized.made


def test_a_conversion_killed_at_random_moments_ends_with_the_same_model(quantized: Quantized, tmp_path: Path) -> None:
    """Killed with -9, in another cache than the one that was not: the same digest, and nothing finished done again."""
    out, cache = tmp_path / "out", tmp_path / "cache"
    finished_before: dict[str, int] = {}
    moments = [random.uniform(1.0, 4.0) for _ in range(2)]
    for seconds in moments:
        watched = conversion(quantized.path, quantized.data, out, cache, "--name", "m")
        watched.until(seconds)
        watched.kill()
        now = finished_jobs(cache)
        assert finished_before.items() <= now.items(), moments
        finished_before = now
    last = conversion(quantized.path, quantized.data, out, cache, "--name", "m")
    assert last.until() == 0, moments
    assert finished_before.items() <= finished_jobs(cache).items(), moments
    (made,) = json.loads(last.said())["candidates"]
    assert quantized.made["int8-static"].model
    assert made["model"]["digest"] == quantized.made["int8-static"].model.digest, moments


def test_an_old_graph_with_a_fixed_batch_takes_any(tmp_path: Path, workspace: Workspace) -> None:
    model = onnx_graphs.residual_network(opset=9, listed=True)
    path = onnx_graphs.written(tmp_path, model)
    made, rejected = converted(path, workspace, forms=["fp32", "int8-static"])
    assert "--data" in rejected["int8-static"].reason
    plain = made["fp32"]
    assert plain.model
    assert plain.check
    assert plain.check.worst_difference < 1e-4
    assert "random" in plain.check.reference
    said = " ".join(plain.recipe)
    for words in ("listed as inputs", "operator set 17", "any batch size", "folded", "PRelu"):
        assert words in said
    assert "not done" not in said
    loaded = jettison_runtime.load(plain.model.path)
    assert loaded.inputs[0].shape == ("batch", 3, 16, 16)
    assert loaded.run({"input": onnx_graphs.pictures(5)})["logits"].shape == (5, 10)


def test_a_batch_that_rows_share_stays_fixed(tmp_path: Path, workspace: Workspace) -> None:
    """Rows that see each other are no batch: freeing that dimension would change answers."""
    b = onnx_graphs.Builder()
    b.op("ReduceMean", ["input"], "mean", axes=[0], keepdims=1)
    b.op("Sub", ["input", "mean"], "out")
    model = b.model({"input": [1, 8]}, {"out": [1, 8]}, opset=13)
    made, _ = converted(onnx_graphs.written(tmp_path, model), workspace, forms=["fp32"])
    assert made["fp32"].model
    assert jettison_runtime.load(made["fp32"].model.path).inputs[0].shape == (1, 8)
    assert any(line.startswith("not done: any batch size") for line in made["fp32"].recipe)


def endless() -> onnx.ModelProto:
    """A loop that never ends."""
    name = helper.make_tensor_value_info
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["still"]),
            helper.make_node("Add", ["sum", "sum"], ["more"]),
        ],
        "body",
        [name("count", TensorProto.INT64, []), name("go", TensorProto.BOOL, []), name("sum", TensorProto.FLOAT, [1])],
        [name("still", TensorProto.BOOL, []), name("more", TensorProto.FLOAT, [1])],
    )
    b = onnx_graphs.Builder()
    times = b.weight("times", np.array(2**62, np.int64))
    true = b.weight("true", np.array(True))
    b.op("Loop", [times, true, "input"], "out", body=body)
    return b.model({"input": [1]}, {"out": [1]})


def test_a_graph_that_never_ends_is_stopped(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_PATIENCE_SECONDS", 2.0)
    with pytest.raises(ModelUnreadable, match="took too long"):
        converted(onnx_graphs.written(tmp_path, endless()), workspace)


def test_an_operator_that_nobody_knows_is_named(tmp_path: Path, workspace: Workspace) -> None:
    b = onnx_graphs.Builder()
    b.op("Fancy", ["input"], "out", domain="my.own")
    model = b.model({"input": [1, 4]}, {"out": [1, 4]})
    model.opset_import.append(helper.make_opsetid("my.own", 1))
    with pytest.raises(ModelUnreadable, match="Fancy") as refused:
        converted(onnx_graphs.written(tmp_path, model), workspace)
    assert "\x1b" not in refused.value.what and str(workspace.root) not in refused.value.what


def test_a_graph_that_made_up_sizes_do_not_suit_asks_for_samples(tmp_path: Path, workspace: Workspace) -> None:
    """As models of sound do, whose open sizes have a least one; with samples it is converted."""
    b = onnx_graphs.Builder()
    wide = b.weight("wide", np.array([0, 64, 0, 64]))
    b.op("Pad", ["input", wide], "out", mode="reflect")
    path = onnx_graphs.written(tmp_path, b.model({"input": ["batch", "sound"]}, {"out": ["batch", "padded"]}))
    with pytest.raises(ModelUnreadable, match="made-up sizes") as refused:
        converted(path, workspace, forms=["fp32"])
    assert "--data samples.npz" in refused.value.next_step
    np.savez(tmp_path / "samples.npz", input=b.random.standard_normal((24, 100)).astype(np.float32))
    assert converted(path, workspace, tmp_path / "samples.npz", forms=["fp32"])[0]


def test_an_export_whose_numbers_are_off_goes_no_further(tmp_path: Path, workspace: Workspace) -> None:
    """The planted fault: the framework gives other numbers than the graph that was exported from it."""
    path = onnx_graphs.written(tmp_path, onnx_graphs.residual_network())
    other = onnx_graphs.written(tmp_path / "other", onnx_graphs.residual_network(seed=1))

    def answered(of: Path, factor: float) -> graphs.Answered:
        def found(ranks: dict[str, int], rows: Sequence[int], folder: Path) -> Steps[Path]:
            from jettison.convert.graphs import normal
            from jettison.runtimes.onnx_graphs import Running

            yield Progress(step="convert")
            running = Running(of, "none")
            arrays = np.load(folder / "0.npy")
            answers = [{"logits": factor * running.run({"input": arrays[row]})["logits"]} for row in rows]
            normal.save_answers(tmp_path / "answers.npz", rows, answers)
            return tmp_path / "answers.npz"

        return found

    for source, factor in ((other, 1.0), (path, 1.01)):
        with pytest.raises(ConversionWrong, match="differs by"):
            finished(
                graph_candidates(
                    path,
                    name="m",
                    data=None,
                    workspace=workspace,
                    forms=["fp32"],
                    origin=graphs.Origin(answered=answered(source, factor)),
                )
            )
        (tmp_path / "answers.npz").unlink()
    right = graphs.Origin(answered=answered(path, 1.0))
    made, _ = finished(graph_candidates(path, name="m", data=None, workspace=workspace, forms=["fp32"], origin=right))
    assert [each.name for each in made] == ["fp32"]


def test_a_form_that_graphs_do_not_have_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    path = onnx_graphs.written(tmp_path, onnx_graphs.residual_network())
    with pytest.raises(UnsupportedModel, match="int4-blocks"):
        converted(path, workspace, forms=["int4-blocks"])
