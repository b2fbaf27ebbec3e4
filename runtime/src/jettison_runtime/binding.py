"""The one module that binds ONNX Runtime: one graph that answers in one call; an encoder-decoder as two sessions, and
one decoding of one batch.

Arrays are numpy's. Those of a decoding are bound once: a step of greedy decoding is one call, with the caches written
in place and the best token written where the next step reads it.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as errors

from .errors import InputRefused

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

_ERRORS_ONLY = 3
_OF_INPUTS = (errors.Fail, errors.InvalidArgument, errors.RuntimeException)
"""What a session raises for an input; the graph itself was checked when the session was made."""
_WITNESS = (
    b'\x08\t:V\n\x18\n\x01a\n\x01w\x12\x01y"\rMatMulInteger\x12\x01g*\r\x08\x02\x08\x01\x10\x03B\x01wJ\x02\x7f\x7f'
    b"Z\x13\n\x01a\x12\x0e\n\x0c\x08\x02\x12\x08\n\x02\x08\x01\n\x02\x08\x02"
    b"b\x13\n\x01y\x12\x0e\n\x0c\x08\x06\x12\x08\n\x02\x08\x01\n\x02\x08\x01B\x04\n\x00\x10\x11"
)
"""An ONNX graph: MatMulInteger of two unsigned bytes with the signed ones [127, 127]."""


class Network:
    """One graph: arrays by name in, arrays by name out. Safe to use from several threads."""

    def __init__(self, path: Path, *, threads: int, exact: bool = True) -> None:
        """A graph in a file.

        :param exact: as a service has it; without, ONNX Runtime is left to what it does by itself.
        """
        self._session = _session(path, threads, exact=exact)
        self.threads = threads
        self.inputs = {each.name: (each.type, tuple(each.shape)) for each in self._session.get_inputs()}
        """Type as ONNX Runtime writes it (``tensor(int64)``) and shape, a name where a dimension is free."""
        self.outputs = {each.name: (each.type, tuple(each.shape)) for each in self._session.get_outputs()}
        self._all = list(self.outputs)

    def run(self, feed: Mapping[str, NDArray[Any]], names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """The outputs of these names (None: all) for one array an input; only those are brought out of the graph.

        :raises InputRefused: a node of the graph cannot compute what it got.
        """
        wanted = self._all if names is None else list(names)
        try:
            found = self._session.run(wanted, dict(feed))
        except _OF_INPUTS as cause:
            raise InputRefused(f"the model cannot compute this input: {_said(cause)}") from cause
        return dict(zip(wanted, found, strict=True))


class EncoderDecoder:
    """Two graphs that share one weights file. Safe to use from several threads."""

    def __init__(self, folder: Path, graph: Mapping[str, int], *, threads: int) -> None:
        self.layers = graph["layers"]
        self.heads = graph["heads"]
        self.head_size = graph["head_size"]
        self.vocabulary = graph["vocabulary"]
        self.decode_limit = graph["decode_limit"]
        self._folder, self._threads = folder, threads
        self._encoder = _session(folder / "encoder.onnx", threads)
        self._decoder = _session(folder / "decoder.onnx", threads)
        # One request at a time: a second one would only fight for the same cores, and N would hold N caches.
        self._turn = threading.Lock()

    @property
    def cache_names(self) -> list[str]:
        """Names of the caches: the key and the value of every layer."""
        return [name for layer in range(self.layers) for name in (f"key_{layer}", f"value_{layer}")]

    @property
    def turn(self) -> threading.Lock:
        """Held while a batch is decoded."""
        return self._turn

    def encode(self, input_ids: Ids, attention_mask: NDArray[np.int32]) -> list[Floats]:
        """Cross-attention keys and values, [batch, heads, source, head_size] each, in the order of `cache_names`."""
        (cross,) = self._encoder.run(["cross"], {"input_ids": input_ids, "attention_mask": attention_mask})
        return list(cross)

    def decoding(
        self, cross: list[Floats], attention_mask: NDArray[np.int32], *, length: int, beams: int = 1
    ) -> Decoding:
        """A decoding of at most `length` tokens for a batch whose encoder has run, each source with `beams` rows."""
        return Decoding(self, self._decoder.io_binding(), cross, attention_mask, length, beams)

    def run(self, binding: Any) -> None:
        """One step of the decoder."""
        self._decoder.run_with_iobinding(binding)

    def log_probabilities(self, scores: Floats) -> Floats:
        """Log-softmax of each row."""
        answers: list[Floats] = self.log_softmax.run(None, {"logits": scores})
        return answers[0]

    def best(self, scores: Any, count: int) -> tuple[Floats, Ids]:
        """The largest scores of each row of an ONNX Runtime value and their places, [rows, count], largest first."""
        feed = {"scores": scores, "count": _value(np.array([count], np.int64))}
        values, places = self.largest.run_with_ort_values(["values", "places"], feed)
        return values.numpy(), places.numpy()

    @functools.cached_property
    def log_softmax(self) -> Any:
        """The session that makes log-probabilities of logits."""
        return _session(self._folder / "scores.onnx", self._threads)

    @functools.cached_property
    def largest(self) -> Any:
        """The session that finds the largest scores of each row."""
        return _session(self._folder / "best.onnx", self._threads)


class Decoding:
    """The state of one batch being decoded: tokens, position, caches, all bound to the session."""

    def __init__(  # noqa: PLR0917  (made by `EncoderDecoder.decoding` alone)
        self,
        model: EncoderDecoder,
        binding: Any,
        cross: list[Floats],
        mask: NDArray[np.int32],
        length: int,
        beams: int,
    ) -> None:
        self._model = model
        self._binding = binding
        self._length, self._beams = length, beams
        self._position = np.zeros(1, np.int32)
        self._choosing = False
        binding.bind_ortvalue_input("position", _value(self._position))
        rows = len(mask) * beams
        self._writers = np.zeros((rows, length), np.int32)
        caches = [np.empty((rows, model.heads, length, model.head_size), np.float32) for _ in model.cache_names]
        self._hold(np.zeros((rows, 1), np.int64), mask, cross, caches)

    def _hold(self, tokens: Ids, mask: NDArray[np.int32], cross: list[Floats], caches: list[Floats]) -> None:
        """Bind arrays of as many rows as are being decoded."""
        self.tokens = tokens
        """[rows, 1]: what the next step reads; after a greedy step, what it chose."""
        self.logits = np.zeros((len(tokens), self._model.vocabulary), np.float32)
        """[rows, vocabulary], after `step`."""
        self._mask, self._cross, self._caches = mask, cross, caches
        self._logits_value = _value(self.logits)
        self._binding.bind_ortvalue_input("input_ids", _value(tokens))
        self._binding.bind_ortvalue_output("logits", self._logits_value)
        self._binding.bind_ortvalue_input("attention_mask", _value(mask))
        for name, cache, memory in zip(self._model.cache_names, caches, cross, strict=True):
            value = _value(cache)
            self._binding.bind_ortvalue_input(name, value)
            self._binding.bind_ortvalue_output(f"new_{name}", value)
            self._binding.bind_ortvalue_input(f"cross_{name}", _value(memory))

    def choose_best(self) -> None:
        """From now on every step also writes its best token into `tokens`, for the next step to read."""
        self._choosing = True

    def step(self, position: int) -> None:
        """Decode one token of every row, and write `logits`; positions count from 0.

        Unless the best token is wanted, the caller chooses one and sets `tokens`.
        """
        self._position[0] = position
        self._model.run(self._binding)
        if self._choosing:  # numpy's search is ten times faster than the graph's own
            self.logits.argmax(axis=1, out=self.tokens[:, 0])

    def best(self, count: int) -> tuple[Floats, Ids]:
        """The largest logits of each row and their tokens, [rows, count] each, largest first."""
        return self._model.best(self._logits_value, count)

    def scoring(self) -> Scoring:
        """Log-probabilities of `logits`, for a search that reads more than the best token."""
        return Scoring(self._model, self._logits_value, self.logits.shape)

    def keep(self, sources: NDArray[np.intp], position: int) -> None:
        """Go on with these sources of the batch alone, after the step at `position`.

        A `scoring` made before is of no more use.
        """
        rows = (sources[:, None] * self._beams + np.arange(self._beams)).reshape(-1)
        written = np.s_[:, :, : position + 1]
        caches = []
        for cache in self._caches:
            kept = np.empty((len(rows), *cache.shape[1:]), np.float32)
            kept[written] = cache[written][rows]
            caches.append(kept)
        places = np.zeros(len(self._writers), np.int32)
        places[rows] = np.arange(len(rows))
        self._writers = places[self._writers[rows]]
        self._hold(self.tokens[rows], self._mask[sources], [each[sources] for each in self._cross], caches)

    def reorder(self, rows: NDArray[np.intp], position: int) -> None:
        """Make row i the continuation of old row ``rows[i]``, up to and with `position`.

        Sequences that were one until a few tokens ago hold the same keys and values up to there: only the rest is
        copied. `_writers` tells which row wrote what lies at each position.
        """
        self._writers[:, position] = np.arange(len(rows))
        writers = self._writers[rows]
        differs = (writers != self._writers)[:, : position + 1]
        moved = np.flatnonzero(differs.any(axis=1))
        if len(moved):
            first, origins = int(differs.any(axis=0).argmax()), rows[moved]
            for cache in self._caches:
                part = cache[:, :, first : position + 1]
                part[moved] = part[origins]
            self._writers = writers


class Scoring:
    """Log-probabilities of one decoding. Between `update` and `best` rules may change them in place."""

    def __init__(self, model: EncoderDecoder, logits: Any, shape: tuple[int, ...]) -> None:
        self.scores = np.empty(shape, np.float32)
        """[rows, vocabulary]"""
        self._scores_value = _value(self.scores)
        self._model = model
        self._binding = model.log_softmax.io_binding()
        self._binding.bind_ortvalue_input("logits", logits)
        self._binding.bind_ortvalue_output("scores", self._scores_value)

    def update(self) -> None:
        """Read the logits of the last step."""
        self._model.log_softmax.run_with_iobinding(self._binding)

    def best(self, count: int) -> tuple[Floats, Ids]:
        """The largest scores of each row and their tokens, [rows, count] each, largest first."""
        return self._model.best(self._scores_value, count)


@functools.cache
def saturates() -> bool:
    """The 8-bit products of this CPU leave 16 bits, as those of x86 CPUs without VNNI do: two of them are asked for.

    Asked of the very kernels, because no list of features of a CPU says which of them ONNX Runtime takes. Source: its
    ``vpmaddubsw`` kernels, which cut off the sum of two products at 32,767; 2 x 255 x 127 is 64,770.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(_WITNESS, options, providers=["CPUExecutionProvider"])
    (sums,) = session.run(None, {"a": np.full((1, 2), 255, np.uint8)})
    return bool(sums[0, 0] != 2 * 255 * 127)


def keep_exact(options: Any) -> None:
    """Have a session compute its 8-bit products exactly where they would saturate.

    ONNX Runtime then takes stored weights that need all 8 bits as unsigned, for which it has exact kernels on those
    CPUs. Elsewhere they would be slower for nothing, so that it is asked for where it is needed alone.
    """
    if saturates():
        options.add_session_config_entry("session.x64quantprecision", "1")


def _session(path: Path, threads: int, *, exact: bool = True) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    if os.environ.get("JETTISON_ARENA") == "off":
        # The arena keeps what the largest request needed, for ever; without it malloc decides.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    if exact:
        keep_exact(options)
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _said(cause: Exception) -> str:
    """What ONNX Runtime says, without its own codes and the places in its sources."""
    text = str(cause).split(" : ")[-1]
    return " ".join(text.split())[:300]


def _value(array: NDArray[Any]) -> Any:
    """An ONNX Runtime value that reads and writes the array's own memory."""
    return ort.OrtValue.ortvalue_from_numpy(array)
