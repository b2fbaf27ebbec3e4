"""What a graph is really asked: rows of an ``.npz``, parted into rows to calibrate, to choose, and to judge by.

The three never share a row: what was tuned on a row says nothing about other rows.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.errors import RequestsMissing

from .reading import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 12
"""Different rows under which nothing can be calibrated and judged apart."""
_MOST_CHOOSING, _MOST_JUDGING, _RANDOM = 48, 128, 8
_LARGEST_BYTES = 8 << 30
_OPEN_SIZE, _IMAGE_SIZE = 16, 224
_NAMED_SIZES = {"samples": 16_000}
"""Sizes that an exporter leaves open and that are larger: a second of sound."""


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What each row is for."""

    calibration: tuple[int, ...]
    choosing: tuple[int, ...]
    judging: tuple[int, ...]
    made_up: bool
    """Random numbers, because nothing was given."""
    repeated: int = 0
    """Rows that were left out because the same row is there already."""

    @property
    def words(self) -> str:
        """In a report."""
        return (
            f"{len(self.judging)} random samples"
            if self.made_up
            else f"{len(self.judging)} samples that nothing was chosen by"
        )


def samples(given: Path | None, inputs: Sequence[Tensor], into: Path) -> Samples:
    """The rows of a file, or random ones when there is none, written to `into`, a file an input (see `opened`).

    An array has one row a sample. With one dimension more than the input each row is a whole feed, else a
    row is a batch of one.

    :raises RequestsMissing: the file is none, empty, holds other names, shapes or types, or numbers that are none.
    """
    import numpy as np

    if given is None:
        _write(_random(inputs), inputs, into)
        return Samples(calibration=(), choosing=(), judging=tuple(range(_RANDOM)), made_up=True)
    arrays = _read(given)
    if len(arrays) == len(inputs) == 1:  # one array for one input, whatever it is called
        arrays = {inputs[0].name: next(iter(arrays.values()))}
    count = _fitting(arrays, inputs, given)
    unique = _unique(arrays, count)
    order = np.random.default_rng(0).permutation(len(unique))
    shuffled = [unique[place] for place in order]
    fifth = len(unique) // 4
    judging = sorted(shuffled[: min(max(fifth, 1), _MOST_JUDGING)])
    choosing = sorted(shuffled[len(judging) :][: min(fifth, _MOST_CHOOSING)])
    rest = sorted(shuffled[len(judging) + len(choosing) :])
    _write(arrays, inputs, into)
    return Samples(
        calibration=tuple(rest),
        choosing=tuple(choosing),
        judging=tuple(judging),
        made_up=False,
        repeated=count - len(unique),
    )


def opened(folder: Path, inputs: Sequence[Tensor]) -> dict[str, NDArray[Any]]:
    """Arrays by input, mapped: a row is read when it is asked for."""
    import numpy as np

    return {
        each.name: np.load(folder / f"{place}.npy", mmap_mode="r", allow_pickle=False)
        for place, each in enumerate(inputs)
    }


def feed(arrays: Mapping[str, NDArray[Any]], inputs: Sequence[Tensor], row: int) -> dict[str, NDArray[Any]]:
    """One row as the graph takes it."""
    import numpy as np

    return {
        each.name: np.array(
            arrays[each.name][row] if arrays[each.name].ndim > len(each.shape) else arrays[each.name][row : row + 1]
        )
        for each in inputs
    }


def _write(arrays: Mapping[str, NDArray[Any]], inputs: Sequence[Tensor], into: Path) -> None:
    import numpy as np

    for place, each in enumerate(inputs):
        np.save(into / f"{place}.npy", arrays[each.name], allow_pickle=False)


def _read(given: Path) -> dict[str, NDArray[Any]]:
    import numpy as np

    try:
        if zipfile.is_zipfile(given):
            with zipfile.ZipFile(given) as archive:
                if sum(member.file_size for member in archive.infolist()) > _LARGEST_BYTES:
                    raise _useless(given, "it unpacks to more than 8 GB")
        with given.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return {"": found}
            return {name: np.asarray(found[name]) for name in found.files}
    except FileNotFoundError as cause:
        raise _useless(given, "it is not there") from cause
    except (ValueError, EOFError, zipfile.BadZipFile, KeyError) as cause:
        raise _useless(given, f"it cannot be read: {cause}") from cause


def _fitting(arrays: Mapping[str, NDArray[Any]], inputs: Sequence[Tensor], given: Path) -> int:
    """How many rows there are, once every input has fitting ones."""
    import numpy as np

    names = [each.name for each in inputs]
    if set(arrays) != set(names):
        raise _useless(given, f"it has arrays for {sorted(arrays)}, and the model takes {sorted(names)}")
    counts = {name: len(array) if array.ndim else 0 for name, array in arrays.items()}
    if len(set(counts.values())) != 1 or not min(counts.values()):
        raise _useless(given, f"it has no rows, or not the same number for each input: {counts}")
    for each in inputs:
        array = arrays[each.name]
        if array.dtype != each.dtype:
            raise _useless(given, f"{each.name} is {array.dtype}, and the model takes {each.dtype}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise _useless(given, f"{each.name} holds a number that is infinite or none (NaN)")
        if array.ndim == len(each.shape) and each.shape[0] not in (1, *_names(each)):
            raise _useless(given, f"{each.name} is fixed at batches of {each.shape[0]}: give an array of such batches")
        own = array.shape[1:]
        wished = each.shape if array.ndim > len(each.shape) else each.shape[1:]
        fits = len(own) == len(wished) and all(
            isinstance(wish, str) or size == wish for size, wish in zip(own, wished, strict=True)
        )
        if not fits:
            raise _useless(given, f"a row of {each.name} has the shape {list(own)}, the model takes {list(each.shape)}")
    return next(iter(counts.values()))


def _names(tensor: Tensor) -> list[str]:
    return [size for size in tensor.shape if isinstance(size, str)]


def _unique(arrays: Mapping[str, NDArray[Any]], count: int) -> list[int]:
    """The first of every set of equal rows."""
    import numpy as np

    seen: dict[bytes, int] = {}
    for row in range(count):
        total = hashlib.sha256()
        for name in sorted(arrays):
            total.update(np.ascontiguousarray(arrays[name][row]).tobytes())
        seen.setdefault(total.digest(), row)
    return list(seen.values())


def _random(inputs: Sequence[Tensor]) -> dict[str, NDArray[Any]]:
    """Normal numbers, and small whole ones, for sizes that the graph names or that are usual."""
    import numpy as np

    random = np.random.default_rng(0)
    found: dict[str, NDArray[Any]] = {}
    for each in inputs:
        usual = _IMAGE_SIZE if len(each.shape) == 4 else _OPEN_SIZE
        shape = [1 if place == 0 else usual for place in range(len(each.shape))]
        shape = [
            _NAMED_SIZES.get(wish, own) if isinstance(wish, str) else wish
            for own, wish in zip(shape, each.shape, strict=True)
        ]
        size = (_RANDOM, *shape)
        kind = np.dtype(each.dtype).kind
        values = random.standard_normal(size) if kind == "f" else random.integers(0, 2, size)
        found[each.name] = values.astype(each.dtype)
    return found


def _useless(given: Path, why: str) -> RequestsMissing:
    return RequestsMissing(
        f"{given.name} cannot serve as samples: {why}",
        where=str(given),
        next_step="write it with numpy.savez(file, INPUT=array, …): a row a sample, in the types that the model takes",
    )
