"""ONNX files that are damaged, or that point outside of their folder: each is refused with its reason, unread."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from jettison.convert.graphs.reading import graph_file
from jettison.errors import JettisonError, ModelMissing, ModelUnreadable, UnsafeModel, UnsupportedModel
from tests import onnx_graphs


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git-lfs"),
        (b"PK\x03\x04" + bytes(64), "zip"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
        (b"\x80\x02}q\x00.", "pickle"),
        (bytes(1000), "no ONNX"),
        (np.random.default_rng(0).bytes(5000), "no ONNX"),
    ],
)
def test_what_is_no_onnx_file_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(ModelUnreadable, match=reason):
        graph_file(tmp_path / "model.onnx")


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    whole = onnx_graphs.residual_network().SerializeToString()
    for end in (1, 10, len(whole) // 3, len(whole) - 40):
        (tmp_path / "model.onnx").write_bytes(whole[:end])
        with pytest.raises(ModelUnreadable):
            graph_file(tmp_path / "model.onnx")


def test_what_a_graph_takes_and_gives_is_read(tmp_path: Path) -> None:
    found = graph_file(onnx_graphs.written(tmp_path, onnx_graphs.residual_network(opset=9, listed=True)))
    assert [(each.name, each.dtype, each.shape) for each in found.inputs] == [("input", "float32", (1, 3, 16, 16))]
    assert [each.name for each in found.outputs] == ["logits"]
    assert found.opset == 9


def _external(folder: Path) -> Path:
    path = folder / "model" / "model.onnx"
    path.parent.mkdir()
    onnx.save(
        onnx_graphs.residual_network(), str(path), save_as_external_data=True, location="weights", size_threshold=64
    )
    return path


def _points_to(location: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        model = onnx.load(str(path), load_external_data=False)
        for tensor in model.graph.initializer:
            for entry in tensor.external_data:
                entry.value = location if entry.key == "location" else entry.value
        path.write_bytes(model.SerializeToString())

    return change


def _symlinked(path: Path) -> None:
    (path.parent / "weights").rename(path.parent.parent / "elsewhere")
    (path.parent / "weights").symlink_to(path.parent.parent / "elsewhere")


def _hard_linked(path: Path) -> None:
    os.link(path.parent / "weights", path.parent.parent / "elsewhere")


def _missing(path: Path) -> None:
    (path.parent / "weights").unlink()


def _short(path: Path) -> None:
    (path.parent / "weights").write_bytes(bytes(10))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (_points_to("../weights"), UnsafeModel, "outside"),
        (_points_to("/etc/passwd"), UnsafeModel, "outside"),
        (_points_to("sub/../../weights"), UnsafeModel, "outside"),
        (_points_to(""), UnsafeModel, "outside"),
        (_symlinked, UnsafeModel, "link"),
        (_hard_linked, UnsafeModel, "link"),
        (_missing, ModelMissing, "not there"),
        (_short, ModelUnreadable, "too short"),
    ],
)
def test_weights_that_lie_elsewhere_are_not_read(
    change: Callable[[Path], None], error: type[JettisonError], words: str, tmp_path: Path
) -> None:
    path = _external(tmp_path)
    assert [file.name for file in graph_file(path).external] == ["weights"]
    change(path)
    with pytest.raises(error, match=words):
        graph_file(path)


def test_a_graph_that_takes_texts_is_refused_by_name(tmp_path: Path) -> None:
    b = onnx_graphs.Builder()
    b.op("Identity", ["words"], "same")
    model = b.model({"words": [1]}, {"same": [1]})
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.STRING
    with pytest.raises(UnsupportedModel, match="words"):
        graph_file(onnx_graphs.written(tmp_path, model))
