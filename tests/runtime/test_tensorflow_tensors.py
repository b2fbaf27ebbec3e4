"""Tensors, shapes, devices and files of the facade of TensorFlow, without a network: each line as TensorFlow has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jettison_runtime import tensorflow as tf
from jettison_runtime.tensorflow.io import gfile


def test_numbers_get_the_format_that_tensorflow_gives_them() -> None:
    given: dict[str, list[Any]] = {
        "float32": [0.5, [[1.0, 2]]],
        "int32": [3, [1, 2]],
        "int64": [2**40],
        "bool": [True],
        "uint8": [np.zeros(2, np.uint8)],
    }
    given["float64"] = [np.zeros(2), [np.zeros(2)], np.float64(1)]
    for name, values in given.items():
        assert [tf.constant(value).dtype.name for value in values] == [name] * len(values)
    assert tf.constant(np.zeros(2, np.uint8), tf.float32).numpy().dtype == np.float32
    for value, dtype in (
        (np.zeros(2), tf.int32),
        ([1.5], tf.int32),
        (tf.constant(np.zeros(2)), tf.float32),
        ("a", None),
    ):
        with pytest.raises(ValueError, match=r"cast|numbers"):
            tf.constant(value, dtype)
    with pytest.raises(ValueError, match="need a dtype"):
        tf.constant([np.float64(1)])
    with pytest.raises(TypeError, match="compared"):
        assert tf.constant(1) == 1
    with pytest.raises(TypeError, match="fractions"):
        tf.nn.softmax([1, 2])
    assert np.allclose(tf.nn.sigmoid([-100.0, 0.0, 100.0]).numpy(), [0, 0.5, 1])


def test_what_is_asked_of_tensors_has_tensorflows_answer() -> None:
    rows = tf.constant([[1.0, 3.0, 2.0], [6.0, 5.0, 4.0]])
    assert rows.shape == [2, 3] and rows.shape == (2, 3) and rows.shape != [3, 2]
    assert rows.shape[1:] == [3] and [*rows.shape] == [2, 3]
    assert (rows.shape.rank, rows.shape.ndims, rows.shape.num_elements(), rows.shape.as_list()) == (2, 2, 6, [2, 3])
    more = (1,)
    assert rows.shape + more == [2, 3, 1]
    assert f"{rows.shape}" == "(2, 3)"
    assert tf.argmax(rows, axis=None).numpy().tolist() == [1, 1, 1]
    assert tf.reduce_max(rows, axis=[0, 1]).numpy() == 6
    assert tf.squeeze(tf.expand_dims(rows, 0), axis=[]).shape == (2, 3)
    assert [tf.cast(rows, each).numpy().dtype for each in (float, "float", np.float64)] == ["f4", "f4", "f8"]
    assert [each.device_type for each in tf.config.list_physical_devices()] == ["CPU"]
    assert len(tf.config.list_physical_devices("CPU")) == 1 and not tf.config.list_physical_devices("GPU")


def test_lines_of_a_file_end_as_tensorflow_ends_them(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes("daisy\r\nköpf\r\n".encode())
    with gfile.GFile(tmp_path / "labels.txt") as file:
        assert (file.size(), file.readline(), file.tell(), file.readlines()) == (14, "daisy\n", 7, ["köpf\n"])
        file.seek(0)
        assert file.read() == "daisy\r\nköpf\r\n"
    with gfile.GFile(tmp_path / "labels.txt", "rb") as file:
        assert list(file) == [b"daisy\n", "köpf\n".encode()]
    with pytest.raises(ValueError, match="read here"):
        gfile.GFile(tmp_path / "labels.txt", "w")
