"""Why a model is as large as it is: every byte under one cause, on graphs as exporters and quantizers write them."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from jettison.commands import main
from jettison.commands.model_bytes import is_model
from jettison.convert.graphs import graph_candidates
from jettison.environments import Prepared
from jettison.errors import JettisonError, ModelMissing, ModelUnreadable, UnsafeModel
from jettison.intake.sizes import size_account
from jettison.records import SizeAccount, finished
from jettison.workspace import Workspace
from tests import onnx_graphs
from tests.t5_folders import safetensors

Damage = Callable[[Path], object]
WORDS, WIDTH = 600, 32
TABLE_BYTES = 4 * WORDS * WIDTH


def speaker(folder: Path, name: str = "model.onnx", *, turned: bool = True, seed: int = 0) -> Path:
    """Words to words: a table, a product between, and the table again as output layer."""
    b = onnx_graphs.Builder(seed)
    table = b.random.standard_normal((WORDS, WIDTH)).astype(np.float32)
    b.weight("table", table)
    x = b.op("Gather", ["table", "words"], "looked_up")
    between = b.weight("between", b.random.standard_normal((WIDTH, WIDTH)).astype(np.float32))
    x = b.op("MatMul", [x, between], "between_out")
    if turned:
        head = b.weight("head", np.ascontiguousarray(table.T))
    else:
        head = b.op("Transpose", [b.weight("head", table.copy())], "turned", perm=[1, 0])
    b.op("MatMul", [x, head], "logits")
    model = b.model({"words": ["batch"]}, {"logits": ["batch", WORDS]})
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
    return onnx_graphs.written(folder, model, name)


def by_key(found: SizeAccount) -> dict[str, int]:
    keys = [cause.key for cause in found.causes]
    assert len(set(keys)) == len(keys)
    return {cause.key: cause.size_bytes for cause in found.causes}


def on_disk(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def test_a_tied_table_that_is_stored_twice_is_found_also_turned_round(tmp_path: Path) -> None:
    for turned in (True, False):
        found = size_account(speaker(tmp_path, turned=turned))
        sizes = by_key(found)
        assert sizes["tied-twice"] == TABLE_BYTES
        assert sizes["weights-float32"] == 4 * WIDTH * WIDTH
        assert sum(sizes.values()) == found.size_bytes == (tmp_path / "model.onnx").stat().st_size
        (twice,) = (cause for cause in found.causes if cause.key == "tied-twice")
        assert twice.saves_bytes == TABLE_BYTES
        assert ("exchanged" in twice.what) == turned


def test_what_quantize_dynamic_leaves_in_floats(tmp_path: Path) -> None:
    """The real quantizer: products in 8 bits, the table of the tied pair in floats, a convolution untouched."""
    source, eight = speaker(tmp_path, "floats.onnx"), tmp_path / "model.onnx"
    quantize_dynamic(source, eight, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)
    found = size_account(tmp_path / "model.onnx")
    sizes = by_key(found)
    assert sizes["tied-table-twice"] == TABLE_BYTES
    assert sizes["quantized-weights"] == (WORDS + WIDTH) * WIDTH
    assert sizes["scales"] > 0
    b = onnx_graphs.Builder()
    x = b.op("Flatten", [b.op("GlobalAveragePool", [b.conv("input", "first", (3, 64))], "pooled")], "flat")
    b.op("MatMul", [x, b.weight("head", b.random.standard_normal((64, 24)).astype(np.float32))], "logits")
    pictures = b.model({"input": [1, 3, 16, 16]}, {"logits": [1, 24]})
    onnx_graphs.written(tmp_path, pictures, "pictures.onnx")
    quantize_dynamic(tmp_path / "pictures.onnx", tmp_path / "half.onnx", op_types_to_quantize=["MatMul"])
    (conv,) = (cause for cause in size_account(tmp_path / "half.onnx").causes if cause.key == "conv-in-floats")
    assert "no operation of that kind was quantized" in conv.what
    assert conv.saves_bytes == pytest.approx(0.75 * conv.size_bytes)


def test_a_table_in_floats_alone_is_no_tied_pair(tmp_path: Path) -> None:
    model = onnx.load(speaker(tmp_path))
    head = next(each for each in model.graph.initializer if each.name == "head")
    other = np.random.default_rng(5).standard_normal((WIDTH, WORDS)).astype(np.float32)
    head.CopyFrom(numpy_helper.from_array(other, "head"))
    onnx_graphs.written(tmp_path, model)
    quantize_dynamic(tmp_path / "model.onnx", tmp_path / "eight.onnx", op_types_to_quantize=["MatMul"])
    sizes = by_key(size_account(tmp_path / "eight.onnx"))
    assert sizes["table-in-floats"] == TABLE_BYTES
    assert "tied-table-twice" not in sizes
    assert "tied-twice" not in by_key(size_account(tmp_path / "model.onnx"))


def test_two_decoders_and_an_encoder_that_share_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    for name in ("decoder_model.onnx", "decoder_with_past_model.onnx", "encoder_model.onnx"):
        speaker(tmp_path, name)
    found = size_account(tmp_path)
    sizes = by_key(found)
    shared = TABLE_BYTES + 4 * WIDTH * WIDTH
    assert sizes["second-decoder"] == sizes["in-two-files"] == shared + TABLE_BYTES
    assert sizes["tied-twice"] == TABLE_BYTES
    assert found.size_bytes == on_disk(tmp_path)


def _saved_beside(folder: Path) -> Path:
    model = onnx.load(speaker(folder))
    (folder / "model.onnx").unlink()
    path = folder / "beside.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights.data", size_threshold=64)
    return path


def test_weights_that_an_earlier_save_left_behind(tmp_path: Path) -> None:
    path = _saved_beside(tmp_path)
    once = by_key(size_account(tmp_path))
    assert "left-behind" not in once
    before = (tmp_path / "weights.data").stat().st_size
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="weights.data", size_threshold=64)  # it appends
    grown = (tmp_path / "weights.data").stat().st_size - before
    (tmp_path / "old.data").write_bytes(b"\1" * 5000)
    sizes = by_key(size_account(tmp_path))
    assert sizes["left-behind"] == 5000
    assert sizes["left-behind-within"] >= min(grown, before) - 4096
    assert sum(sizes.values()) == on_disk(tmp_path)


def test_what_nothing_reads_and_what_only_people_read_is_gone_after_the_remedy(
    tmp_path: Path, workspace: Workspace
) -> None:
    model = onnx.load(speaker(tmp_path))
    model.graph.initializer.append(numpy_helper.from_array(np.ones((40, 40), np.float32), "nobody"))
    model.graph.node[0].doc_string = "File model.py, line 1" * 50
    helper.set_model_props(model, {"trace": "x" * 4000})
    path = onnx_graphs.written(tmp_path, model)
    before = size_account(path)
    sizes = by_key(before)
    assert sizes["unread"] == 6400
    assert 5000 < sizes["documentation"] < 5200
    assert {cause.remedy.split(",")[0] for cause in before.causes if cause.key in ("unread", "documentation")} == {
        f"jettison convert {path} --form fp32"
    }
    (made,), _ = finished(graph_candidates(path, name="m", data=None, workspace=workspace, forms=["fp32"]))
    assert made.model
    after = by_key(size_account(made.model.path))
    assert not {"unread", "documentation"} & set(after)
    assert after["tied-twice"] == sizes["tied-twice"]


def test_weights_within_branches_and_doubles(tmp_path: Path) -> None:
    name = helper.make_tensor_value_info
    weight = numpy_helper.from_array(np.random.default_rng(0).standard_normal((64, 64)), "inner")
    branches = []
    for word in ("then", "else"):
        nodes = [helper.make_node("MatMul", ["input", "inner"], [word])]
        branches.append(helper.make_graph(nodes, word, [], [name(word, TensorProto.DOUBLE, None)], [weight]))
    b = onnx_graphs.Builder()
    b.op("If", [b.weight("yes", np.array(True))], "out", then_branch=branches[0], else_branch=branches[1])
    model = b.model({"input": [1, 64]}, {"out": [1, 64]})
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.elem_type = TensorProto.DOUBLE
    sizes = by_key(size_account(onnx_graphs.written(tmp_path, model)))
    assert sizes["doubles"] == sizes["tied-twice"] == 8 * 64 * 64


def test_every_byte_of_a_converted_model_has_its_cause(converted: dict[str, Path]) -> None:
    for form, folder in converted.items():
        found = size_account(folder)
        assert found.size_bytes == on_disk(folder)
        keys = by_key(found)
        assert not {"tied-twice", "second-decoder", "in-two-files", "left-behind", "unread"} & set(keys), form
        assert ("quantized-weights" in keys) == (form != "fp32")


def test_the_folder_of_a_training(tmp_path: Path) -> None:
    weights = {"a.weight": np.ones((64, 64), np.float32), "b.weight": np.eye(64, dtype=np.float32)}
    safetensors(tmp_path / "model.safetensors", weights)
    for name in ("pytorch_model.bin", "tf_model.h5", "optimizer.pt", "checkpoint-50/model.safetensors", ".git/lfs/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((b"PK\3\4" if name.endswith(".bin") else b"\1\1\1\1") * 250)
    (tmp_path / "config.json").write_text("{}")
    found = size_account(tmp_path)
    sizes = by_key(found)
    assert sizes["other-format"] == sizes["training-files"] == 2000
    assert sizes["history"] == 1000
    assert sizes["trained-float32"] == 2 * 64 * 64 * 4
    assert found.size_bytes == on_disk(tmp_path)


def test_trained_weights_beside_the_graph_that_was_made_of_them(tmp_path: Path) -> None:
    """As sentence-transformers' folders have them; an exporter turns the weights of products round."""
    model = onnx.load(speaker(tmp_path / "onnx", seed=3))
    arrays = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    weights = {"words.weight": arrays["table"], "between.weight": np.ascontiguousarray(arrays["between"].T)}
    safetensors(tmp_path / "model.safetensors", {**weights, "own.weight": arrays["table"] + 1})
    sizes = by_key(size_account(tmp_path))
    assert sizes["beside-a-graph"] == TABLE_BYTES + 4 * WIDTH * WIDTH
    assert sizes["tied-twice"] == TABLE_BYTES
    assert sum(sizes.values()) == on_disk(tmp_path)


SAVE = """
    import sys, torch
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Embedding(600, 32), torch.nn.Linear(32, 600, bias=False))
    model[1].weight = model[0].weight
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.arange(8)).sum().backward()
    optimizer.step()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, sys.argv[1])
    torch.onnx.export(model.eval(), torch.arange(8), sys.argv[2], dynamo=False, opset_version=17)
"""


def test_what_torch_itself_writes(torch: Prepared, tmp_path: Path) -> None:
    """A checkpoint with its optimizer, and an export of tied layers, which stores them twice."""
    (tmp_path / "save.py").write_text(textwrap.dedent(SAVE))
    names = [str(tmp_path / name) for name in ("save.py", "checkpoint.pt", "model.onnx")]
    subprocess.run([str(torch.python), *names], check=True, capture_output=True)
    sizes = by_key(size_account(tmp_path / "checkpoint.pt"))
    assert sizes["trained-float32"] == TABLE_BYTES
    assert 2 * TABLE_BYTES <= sizes["optimizer"] <= 2 * TABLE_BYTES + 16
    assert by_key(size_account(tmp_path / "model.onnx"))["tied-twice"] == TABLE_BYTES
    both = by_key(size_account(tmp_path))
    assert both["beside-a-graph"] == TABLE_BYTES
    assert both["optimizer"] == sizes["optimizer"]
    assert "left-behind" not in both


def _moved(location: str) -> Damage:
    def change(path: Path) -> None:
        model = onnx.load(path, load_external_data=False)
        for tensor in model.graph.initializer:
            for entry in tensor.external_data:
                entry.value = location if entry.key == "location" else entry.value
        path.write_bytes(model.SerializeToString())

    return change


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), ModelUnreadable),
        (lambda path: path.write_bytes(b""), ModelUnreadable),
        (lambda path: path.write_bytes(b"\x3a\x02" * 3000), ModelUnreadable),
        (lambda path: (path.parent / "weights.data").unlink(), ModelMissing),
        (lambda path: (path.parent / "weights.data").write_bytes(b"1"), ModelMissing),
        (_moved("../weights.data"), UnsafeModel),
        (_moved("/etc/passwd"), UnsafeModel),
        (_moved("beside.onnx"), UnsafeModel),
    ],
)
def test_a_damaged_graph_is_refused(
    damage: Callable[[Path], object], error: type[JettisonError], tmp_path: Path
) -> None:
    path = _saved_beside(tmp_path)
    damage(path)
    with pytest.raises(error):
        size_account(path)


def test_the_command_says_it_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = speaker(tmp_path)
    assert main(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "tied weights that are stored twice" in said
    assert f"jettison convert {path}" in said
    assert f"{path.stat().st_size:,} bytes in 1 file" in said
    assert main(["inspect", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(cause["size_bytes"] for cause in found["causes"]) == path.stat().st_size


def test_a_service_that_holds_a_model_is_no_model(tmp_path: Path) -> None:
    path = speaker(tmp_path)
    assert is_model(path)
    assert is_model(tmp_path)
    (tmp_path / "modeling_own.py").touch()
    assert is_model(tmp_path)
    (tmp_path / "app.py").touch()
    assert not is_model(tmp_path)
    assert not is_model(tmp_path / "gone.onnx")


def test_a_remedy_saves_what_it_says(pronounce: Path, converted: dict[str, Path]) -> None:
    """What is left by the account against what the named conversion really writes, graphs and all."""
    found = size_account(pronounce / "model", trained="x")
    real = on_disk(converted["int8-channels"])
    graphs = sum(file.stat().st_size for file in converted["int8-channels"].glob("*.onnx"))
    assert found.size_bytes - found.saves_bytes == pytest.approx(real - graphs, rel=0.1)


def test_a_remedy_is_one_that_fits_the_operator(tmp_path: Path) -> None:
    """Convolutions have no dynamic form, and an LSTM, whose gates torch sorts while it runs, has none in 8 bits."""
    b = onnx_graphs.Builder()
    x = b.conv("input", "first", (3, 64))
    kinds = {"W": (32, 64), "R": (32, 8)}
    for name, shape in kinds.items():
        stored = b.weight(f"{name}_stored", b.random.standard_normal((1, 320, *shape[1:])).astype(np.float32))
        ends = [b.weight(f"{name}_{key}", np.array([at])) for key, at in (("from", 0), ("to", 32), ("axis", 1))]
        b.op("Slice", [stored, *ends], name)
    x = b.op("Transpose", [b.op("ReduceMean", [x], "mean", axes=[3], keepdims=0)], "turned", perm=[2, 0, 1])
    b.op("LSTM", [x, "W", "R"], "y", hidden_size=8)
    path = onnx_graphs.written(tmp_path, b.model({"input": [1, 3, 16, 16]}, {"y": [16, 1, 1, 8]}))
    found = {cause.key: cause for cause in size_account(path, trained=str(path)).causes}
    assert "int8-static" in found["conv-float32"].remedy
    assert "int8-dynamic" not in found["conv-float32"].remedy
    assert found["lstm-float32"].size_bytes == 4 * 320 * (64 + 8)
    assert found["lstm-float32"].saves_bytes == 0
    onnx_graphs.written(tmp_path, onnx.load(path), "variant.onnx")
    several = {cause.key: cause for cause in size_account(tmp_path).causes}
    assert several["conv-float32"].remedy.startswith("jettison convert GRAPH.onnx --form int8-static")
    assert several["in-two-files"].remedy == "deploy the one that the service loads"


def test_equal_constants_are_no_tied_weights(tmp_path: Path, workspace: Workspace) -> None:
    """And the conversion that is named does store them once."""
    b = onnx_graphs.Builder()
    values = b.random.standard_normal((40, 40)).astype(np.float32)
    x = b.op("Mul", ["input", b.weight("one", values)], "scaled")
    b.op("Add", [b.op("Tanh", [x], "bent"), b.weight("two", values.copy())], "y")
    path = onnx_graphs.written(tmp_path, b.model({"input": ["batch", 40, 40]}, {"y": ["batch", 40, 40]}))
    (twice,) = (cause for cause in size_account(path).causes if cause.key == "constant-twice")
    assert twice.saves_bytes == values.nbytes
    ((made,), _) = finished(graph_candidates(path, name="x", data=None, workspace=workspace, forms=["fp32"]))
    assert made.model
    assert (made.model.path / "weights.bin").stat().st_size == values.nbytes


def test_sparse_tensors_are_named(tmp_path: Path) -> None:
    b = onnx_graphs.Builder()
    b.op("MatMul", ["input", "w"], "y")
    model = b.model({"input": ["batch", 64]}, {"y": ["batch", 64]})
    places = np.sort(b.random.choice(64 * 64, 2000, replace=False))
    parts = (b.random.standard_normal(2000).astype(np.float32), "w"), (places.astype(np.int64), "places")
    numbers, indices = (numpy_helper.from_array(array, name) for array, name in parts)
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(numbers, indices, [64, 64]))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    found = size_account(path)
    assert by_key(found)["sparse"] == model.graph.sparse_initializer[0].ByteSize()
    assert sum(by_key(found).values()) == found.size_bytes


def test_a_link_within_the_folder_takes_nothing(tmp_path: Path) -> None:
    path = speaker(tmp_path)
    (tmp_path / "latest.onnx").symlink_to("model.onnx")
    (tmp_path / "round").symlink_to(".")
    (tmp_path / "self").symlink_to("self")
    found = size_account(tmp_path)
    assert found.file_bytes == (("model.onnx", path.stat().st_size),)
    assert "in-two-files" not in by_key(found)


@pytest.mark.parametrize("name", ["model.pt", "model.onnx", "model.jit"])
def test_an_empty_file_is_no_model(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).touch()
    assert main(["inspect", str(tmp_path / name)]) == ModelUnreadable.exit_code
    assert "the file is empty" in capsys.readouterr().err
