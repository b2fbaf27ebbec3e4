"""``pytorch_model.bin``: a pickle that may name tensors and nothing else.

Both forms that torch writes are read: the zip archive (torch 1.6 and later) and the older plain stream.
The unpickler knows the names that build tensors; a pickle that asks for any other is refused, and nothing runs.
Format: pytorch, torch/serialization.py, described there in comments.
"""

from __future__ import annotations

import collections
import contextlib
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from jettison.errors import ModelUnreadable, UnsafeModel

from .tensors import Shard, StoredTensor, not_trained

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STORAGES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "u1",
}
_FLOATS = ("<f8", "<f4", "<f2", "<u2")
"""bfloat16 is kept as the bits that it is."""
_NAMES = {
    **{"<f4": "float32", "<f2": "float16", "<u2": "bfloat16", "<f8": "float64"},
    **{"<i8": "int64", "<i4": "int32", "<i2": "int16", "i1": "int8", "u1": "uint8"},
}
_DEEPEST = 12
"""Keys within keys that are followed: an optimizer has four."""
_STREAM_MAGIC = 0x1950A86A20F9469CFC6C


@dataclass(frozen=True)
class _Storage:
    """A run of numbers in the file; where it lies is known by its key."""

    dtype: str
    key: str
    count: int


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage, in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def stored(file: Path) -> tuple[StoredTensor, ...]:
    """Where each run of numbers lies, under the first name that it has: also those of an optimizer.

    :raises UnsafeModel, ModelUnreadable: as `shard`; the older form without archive is listed by its weights alone.
    """
    with _damage_named(file):
        if not zipfile.is_zipfile(file):
            tensors, locate = _stream(file)
            pairs, sizes = list(tensors.items()), dict[str, int]()
        else:
            state, members = _unpacked(file)
            pairs = list(_within(state))
            sizes = {key: member.file_size for key, member in members.items()}

            def locate(key: str) -> int:
                return _begins(file, members[key])

        found: dict[str, StoredTensor] = {}
        for name, tensor in pairs:
            storage = tensor.storage
            found.setdefault(
                storage.key,
                StoredTensor(
                    name=name,
                    dtype=_NAMES[storage.dtype],
                    shape=tensor.shape,
                    start=locate(storage.key),
                    size_bytes=sizes.get(storage.key, storage.count * _width(tensor)),
                ),
            )
        return tuple(found.values())


def shard(file: Path) -> Shard:
    """The tensors of one file.

    :raises UnsafeModel: the pickle asks for something that is not a tensor; nothing of it was executed.
    :raises ModelUnreadable: truncated, or no torch file at all.
    """
    with _damage_named(file):
        tensors, locate = _archive(file) if zipfile.is_zipfile(file) else _stream(file)

    def read(name: str) -> NDArray[np.float32]:
        if (dtype := tensors[name].storage.dtype) not in _FLOATS:
            raise not_trained(file, name, dtype)
        return _array(file, tensors[name], locate)

    return Shard(file=file, shapes={name: tensor.shape for name, tensor in tensors.items()}, read=read)


@contextlib.contextmanager
def _damage_named(file: Path) -> Iterator[None]:
    """A damaged pickle can fail in every way that its opcodes can; each of these means the same to the user."""
    try:
        yield
    except UnsafeModel:
        raise
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        struct.error,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        UnicodeDecodeError,
        MemoryError,
        OverflowError,
    ) as cause:
        raise _damaged(file, str(cause) or type(cause).__name__) from cause


class _TensorsOnly(pickle.Unpickler):
    """An unpickler that can build tensors, dicts of tensors, and nothing else."""

    def __init__(self, stream: IO[bytes], file: Path) -> None:
        super().__init__(stream, encoding="utf-8")
        self._file = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if module == "torch" and name in _STORAGES:
            return name
        raise UnsafeModel(
            f"{self._file.name} is a pickle that asks for {module}.{name}, which is no tensor; nothing of it was run",
            where=str(self._file),
            next_step="ask its author for safetensors, or, if you trust it, load it in torch and call save_pretrained",
        )

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage, key, _location, count, *_ = pid
        if kind != "storage" or storage not in _STORAGES:
            raise pickle.UnpicklingError(f"unknown storage {storage}")
        return _Storage(_STORAGES[storage], str(key), int(count))


def _rebuilt(storage: _Storage, offset: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
    tensor = _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))
    last = tensor.offset + sum(max(side - 1, 0) * step for side, step in zip(tensor.shape, tensor.strides, strict=True))
    if tensor.offset < 0 or min((*tensor.shape, *tensor.strides, 0)) < 0:
        raise ValueError("a tensor with a negative side")
    if 0 not in tensor.shape and last >= storage.count:
        raise ValueError(f"a tensor ends at element {last} of a storage of {storage.count}")
    return tensor


def _archive(file: Path) -> tuple[dict[str, _Tensor], Callable[[str], int]]:
    """The zip form: ``NAME/data.pkl`` and one stored member ``NAME/data/KEY`` for each storage."""
    state, members = _unpacked(file)
    tensors = _named(state)
    for tensor in tensors.values():
        member = members[tensor.storage.key]
        if member.compress_type != zipfile.ZIP_STORED or member.file_size < tensor.storage.count * _width(tensor):
            raise ValueError(f"storage {tensor.storage.key} is short")

    def locate(key: str) -> int:
        return _begins(file, members[key])

    return tensors, locate


def _unpacked(file: Path) -> tuple[Any, dict[str, zipfile.ZipInfo]]:
    """What the pickle of the zip form holds, and the member of each storage by its key."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        top = next((name for name in names if name.endswith("data.pkl")), None)
        if top is None:
            raise ValueError("a zip archive without data.pkl")
        with archive.open(top) as stream:
            state = _TensorsOnly(stream, file).load()
        prefix = f"{top.removesuffix('data.pkl')}data/"
        members = {info.filename: info for info in archive.infolist()}
    return state, {name.removeprefix(prefix): info for name, info in members.items() if name.startswith(prefix)}


def _begins(file: Path, member: zipfile.ZipInfo) -> int:
    """Where the bytes of a member begin."""
    with file.open("rb") as stream:
        stream.seek(member.header_offset + 26)
        name_length, extra_length = struct.unpack("<HH", stream.read(4))
    return int(member.header_offset + 30 + name_length + extra_length)


def _within(state: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, _Tensor]]:
    """Every tensor of a pickle, however deep, under the keys that lead to it."""
    if isinstance(state, _Tensor):
        yield ".".join(way), state
    elif len(way) < _DEEPEST and isinstance(state, (dict, list, tuple)):
        for key, value in state.items() if isinstance(state, dict) else enumerate(state):
            yield from _within(value, (*way, str(key)))


def _stream(file: Path) -> tuple[dict[str, _Tensor], Callable[[str], int]]:
    """The older form: magic, version, system, the pickle, the storages' keys, then each storage after its length."""
    with file.open("rb") as stream:
        if _TensorsOnly(stream, file).load() != _STREAM_MAGIC:
            raise ValueError("no torch file")
        _TensorsOnly(stream, file).load()
        _TensorsOnly(stream, file).load()
        tensors = _named(_TensorsOnly(stream, file).load())
        keys = _TensorsOnly(stream, file).load()
        widths = {tensor.storage.key: _width(tensor) for tensor in tensors.values()}
        places, length = {}, file.stat().st_size
        for key in map(str, keys):
            count = int.from_bytes(stream.read(8), "little")
            places[key] = stream.tell()
            stream.seek(count * widths.get(key, 4), 1)
            if stream.tell() > length:
                raise ValueError(f"storage {key} ends behind the file")
    return tensors, places.__getitem__


def _named(state: Any) -> dict[str, _Tensor]:
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict):
        raise ValueError("not a dict of tensors")
    return {str(name): value for name, value in state.items() if isinstance(value, _Tensor)}


def _width(tensor: _Tensor) -> int:
    return int(tensor.storage.dtype[-1])


def _array(file: Path, tensor: _Tensor, locate: Callable[[str], int]) -> NDArray[np.float32]:
    import numpy as np

    if 0 in tensor.shape:
        return np.zeros(tensor.shape, np.float32)
    storage = tensor.storage
    raw = np.memmap(file, storage.dtype, "r", offset=locate(storage.key), shape=(storage.count,))
    strides = [step * raw.itemsize for step in tensor.strides]
    view = np.lib.stride_tricks.as_strided(raw[tensor.offset :], tensor.shape, strides, writeable=False)
    if storage.dtype == "<u2":
        view = (view.astype(np.uint32) << 16).view(np.float32)
    return np.ascontiguousarray(view, np.float32)


def _damaged(file: Path, why: str) -> ModelUnreadable:
    return ModelUnreadable(
        f"{file.name} is truncated, or no file of torch: {why}",
        where=str(file),
        next_step="copy the file again and compare its size with the original's",
    )
