"""Weights files: what is read, what is refused, and that a pickle never runs."""

from __future__ import annotations

import collections
import io
import json
import os
import pickle
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jettison.checkpoints import opened
from jettison.errors import JettisonError, ModelMissing, ModelUnreadable, UnsafeModel
from tests import t5_folders

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float32)}


class Storage:
    """Stands for torch's storage in a pickle written without torch."""

    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


class Named:
    """Pickled as a global of torch."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Never called: the pure-Python pickler asks that what it writes as a call could be."""


_PythonPickler: Any = pickle._Pickler


class TorchPickler(_PythonPickler):  # type: ignore[misc]
    """Writes what torch.save writes: globals by name, storages by persistent id."""

    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, Storage):
            return ("storage", Named("torch", "FloatStorage"), value.key, "cpu", value.count)
        return None

    def save(self, value: Any, save_persistent_id: bool = True) -> None:
        if isinstance(value, Named):
            self.write(b"c" + f"{value.module}\n{value.name}\n".encode())
            return
        super().save(value, save_persistent_id)


class Tensor:
    """Pickled as a call of torch's rebuild function."""

    def __init__(self, key: str, count: int, shape: tuple[int, ...], offset: int = 0) -> None:
        strides: list[int] = []
        step = 1
        for side in reversed(shape):
            strides.append(step)
            step *= side
        self.arguments: tuple[Any, ...] = (
            Storage(key, count),
            offset,
            shape,
            tuple(reversed(strides)),
            False,
            collections.OrderedDict(),
        )

    def __reduce__(self) -> Any:
        return Named("torch._utils", "_rebuild_tensor_v2"), self.arguments


def archive(path: Path, state: object, storages: dict[str, bytes]) -> Path:
    out = io.BytesIO()
    TorchPickler(out, protocol=2).dump(state)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", out.getvalue())
        for key, raw in storages.items():
            file.writestr(f"archive/data/{key}", raw)
    return path


def stream(path: Path, state: object, storages: dict[str, bytes]) -> Path:
    out = io.BytesIO()
    for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(value, out, protocol=2)
    TorchPickler(out, protocol=2).dump(state)
    pickle.dump(list(storages), out, protocol=2)
    for raw in storages.values():
        out.write((len(raw) // 4).to_bytes(8, "little") + raw)
    path.write_bytes(out.getvalue())
    return path


def state() -> dict[str, object]:
    return {"a": Tensor("0", 6, (2, 3)), "b": Tensor("1", 6, (4,), offset=2), "epoch": 3}


def storages() -> dict[str, bytes]:
    return {"0": ARRAYS["a"].tobytes(), "1": np.concatenate([np.zeros(2, np.float32), ARRAYS["b"]]).tobytes()}


@pytest.mark.parametrize("write", [archive, stream])
def test_both_forms_of_torch_files_are_read(write: Any, tmp_path: Path) -> None:
    tensors = opened(write(tmp_path / "pytorch_model.bin", state(), storages()))
    assert sorted(tensors) == ["a", "b"]
    for name, array in ARRAYS.items():
        assert np.array_equal(tensors[name], array)


def test_safetensors_of_every_float_type_are_read_as_float32(tmp_path: Path) -> None:
    values = np.array([1.0, -2.5, 0.125], np.float32)
    kinds = {
        "F32": values.tobytes(),
        "F16": values.astype("<f2").tobytes(),
        "F64": values.astype("<f8").tobytes(),
        "BF16": (values.view(np.uint32) >> 16).astype("<u2").tobytes(),
    }
    header: dict[str, Any] = {}
    body = b""
    for kind, raw in kinds.items():
        header[kind] = {"dtype": kind, "shape": [3], "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    packed = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(packed).to_bytes(8, "little") + packed + body)
    tensors = opened(path)
    for kind in kinds:
        assert tensors[kind].dtype == np.float32
        assert np.array_equal(tensors[kind], values)


def test_shards_are_one_model_and_a_missing_one_is_named(tmp_path: Path) -> None:
    t5_folders.safetensors(tmp_path / "one.safetensors", {"a": ARRAYS["a"]})
    t5_folders.safetensors(tmp_path / "two.safetensors", {"b": ARRAYS["b"]})
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert np.array_equal(opened(tmp_path)["b"], ARRAYS["b"])
    (tmp_path / "two.safetensors").unlink()
    with pytest.raises(ModelUnreadable, match=r"two\.safetensors"):
        opened(tmp_path)


def test_a_pickle_with_code_is_refused_and_never_run(tmp_path: Path) -> None:
    touched = tmp_path / "touched"

    class Bomb:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {touched}",)

    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(pickle.dumps({"a": Bomb()}))
    with pytest.raises(UnsafeModel, match=r"system.*nothing of it was run"):
        opened(path)
    archive(path, {"a": Bomb()}, {})
    with pytest.raises(UnsafeModel):
        opened(path)
    assert not touched.exists()


def test_a_folder_without_weights_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        opened(tmp_path)
    assert "model.safetensors" in caught.value.next_step


def test_damage_anywhere_is_one_clear_error(tmp_path: Path) -> None:
    """Truncations and flipped bytes: either a readable file or a JettisonError, never anything else."""
    whole = {
        ".safetensors": (t5_folders.safetensors, ARRAYS),
        ".zip.bin": (lambda path, _: archive(path, state(), storages()), ARRAYS),
        ".old.bin": (lambda path, _: stream(path, state(), storages()), ARRAYS),
    }
    rng = random.Random(0)
    outcomes = set()
    for ending, (write, arrays) in whole.items():
        path = tmp_path / f"model{ending}"
        write(path, arrays)
        raw = path.read_bytes()
        for _ in range(150):
            damaged = bytearray(raw[: rng.choice([0, 1, 7, 8, 40, len(raw) // 2, len(raw) - 1, len(raw)])])
            for _ in range(rng.choice([0, 1, 4])):
                if damaged:
                    damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            path.write_bytes(damaged)
            try:
                tensors = opened(path)
                for name in tensors:
                    _ = tensors[name]
                outcomes.add("read")
            except JettisonError as error:
                outcomes.add(type(error).__name__)
    assert {"read", "ModelUnreadable"} <= outcomes <= {"read", "ModelUnreadable", "UnsafeModel"}


@pytest.mark.parametrize("index", ['{"weight_map": {"a": 3}}', '{"weight_map": {"a": 3, "b": "x"}}', "[]", "\x00"])
def test_an_index_that_names_no_files_is_one_clear_error(tmp_path: Path, index: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ModelUnreadable, match="index of a sharded model"):
        opened(tmp_path)


def test_other_kinds_of_numbers_are_listed_and_only_reading_them_is_refused(tmp_path: Path) -> None:
    entry = {"dtype": "F8_E4M3", "shape": [2, 2], "data_offsets": [0, 4]}
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    tensors = opened(path)
    assert tensors.shape("a") == (2, 2)
    with pytest.raises(ModelUnreadable, match=r"F8_E4M3.*quantized already"):
        tensors["a"]
