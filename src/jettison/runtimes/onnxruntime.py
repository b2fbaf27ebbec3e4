"""ONNX Runtime, through the package that ships: what is checked here is what answers there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.statistics import median

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison_runtime.encoder import Encoder
    from jettison_runtime.seq2seq import Seq2Seq

    Floats = NDArray[np.float32]
    Feed = dict[str, NDArray[Any]]

NAME = "onnxruntime"
Row = tuple[Sequence[int], Sequence[int], Sequence[int] | None]
"""Token ids, their types, and the places whose logits are wanted; None where the model gives no choice."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """One greedy answer, with how sure each of its steps was."""

    output_ids: tuple[int, ...]
    """The start token first."""
    logits: NDArray[np.float32]
    """[steps, vocabulary]"""

    @property
    def margin(self) -> float:
        """The smallest distance between the best and the second-best logit of a step."""
        import numpy as np

        two = np.partition(self.logits, -2, axis=1)[:, -2:]
        return float((two[:, 1] - two[:, 0]).min())


class Loaded:
    """A converted encoder-decoder, loaded with one thread."""

    def __init__(self, folder: Path) -> None:
        from jettison_runtime.seq2seq import Seq2Seq

        self._model: Seq2Seq = Seq2Seq.load(folder, threads=1)

    def greedy(self, source: Sequence[int], *, limit: int) -> Decoded:
        """The greedy answer to token ids, at most `limit` new tokens."""
        settings = self._model.settings
        ids = [settings.decoder_start_token_id]
        rows = []
        for logits in self._steps(source, limit, ids):
            rows.append(logits)
            ids.append(int(logits.argmax()))
            if ids[-1] in settings.eos_token_id:
                break
        return Decoded(output_ids=tuple(ids), logits=_stacked(rows))

    def logits(self, source: Sequence[int], target: Sequence[int]) -> NDArray[np.float32]:
        """Logits [len(target), vocabulary] of a given output: row i follows the target tokens 0…i."""
        return _stacked(list(self._steps(source, len(target), list(target))))

    def feeds(self, source: Sequence[int], target: Sequence[int]) -> Iterator[tuple[str, Feed]]:
        """What the encoder is given of a source, and the decoder for each of these target tokens, by file name."""
        import numpy as np

        from jettison_runtime.binding import Network

        network, folder = self._model.network, self._model.folder
        tokens = np.array([source], np.int64)
        mask = np.ones(tokens.shape, np.int32)
        yield "encoder.onnx", {"input_ids": tokens, "attention_mask": mask}
        cross = network.encode(tokens, mask)
        names = network.cache_names
        decoder = Network(folder / "decoder.onnx", threads=1)
        shape = (1, network.heads, len(target), network.head_size)
        caches = {name: np.zeros(shape, np.float32) for name in names}
        memory = {f"cross_{name}": part for name, part in zip(names, cross, strict=True)}
        for position, token in enumerate(target):
            now: Feed = {"input_ids": np.array([[token]], np.int64), "position": np.array([position], np.int32)}
            feed = {**now, "attention_mask": mask, **caches, **memory}
            yield "decoder.onnx", feed
            found = decoder.run(feed)
            caches = {name: found[f"new_{name}"] for name in names}

    def _steps(self, source: Sequence[int], count: int, ids: list[int]) -> Iterator[NDArray[np.float32]]:
        import numpy as np

        network = self._model.network
        tokens = np.array([source], np.int64)
        mask = np.ones(tokens.shape, np.int32)
        with network.turn:
            decoding = network.decoding(network.encode(tokens, mask), mask, length=count)
            for position in range(count):
                decoding.tokens[0, 0] = ids[position]
                decoding.step(position)
                yield decoding.logits[0].copy()


class LoadedEncoder:
    """A converted encoder, loaded with one thread."""

    def __init__(self, folder: Path) -> None:
        from jettison_runtime.encoder import Encoder

        self._model: Encoder = Encoder.load(folder, threads=1)

    def outputs(self, rows: Sequence[Row]) -> list[dict[str, Floats]]:
        """What each row of one batch gives.

        Padding is on the right, and is taken off the outputs again.
        """
        feed = self._batch(rows)
        found = self._model.outputs(**feed)
        return [dict(each) for each in self._split(found, rows)]

    def feed(self, rows: Sequence[Row]) -> Feed:
        """What the graph itself is given for such a batch."""
        batch = self._batch(rows)
        return {
            name: array for name, array in batch.items() if array is not None and name in self._model.network.inputs
        }

    def _batch(self, rows: Sequence[Row]) -> dict[str, Any]:
        import numpy as np

        width = max(len(ids) for ids, _, _ in rows)
        padding = self._model.manifest.config.get("pad_token_id") or 0
        ids, types = np.full((len(rows), width), padding, np.int64), np.zeros((len(rows), width), np.int64)
        mask = np.zeros((len(rows), width), np.int32)
        places: list[int] = []
        for row, (own, own_types, own_places) in enumerate(rows):
            ids[row, : len(own)], types[row, : len(own)], mask[row, : len(own)] = own, own_types, 1
            places += [row * width + place for place in own_places or ()]
        asked = np.array(places, np.int64) if rows[0][2] is not None else None
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "places": asked}

    def _split(self, found: dict[str, Floats], rows: Sequence[Row]) -> Iterator[dict[str, Floats]]:
        start = 0
        for row, (ids, _, places) in enumerate(rows):
            own = {}
            for name, values in found.items():
                if places is not None and name == "logits":
                    own[name] = values[start : start + len(places)]
                else:
                    of_tokens = self._model.network.outputs[name][1][1:2] == ("tokens",)
                    own[name] = values[row, : len(ids)] if of_tokens else values[row]
            start += len(places or ())
            yield own


def _stacked(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    import numpy as np

    return np.stack(rows)


def seconds_of(graphs: Sequence[Path], feed: dict[str, NDArray[np.float32]], *, calls: int, rounds: int) -> list[float]:
    """Median time of `calls` runs of each graph with one thread, rounds interleaved."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = [ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"]) for graph in graphs]
    times: list[list[float]] = [[] for _ in sessions]
    for _ in range(rounds):
        for session, kept in zip(sessions, times, strict=True):
            start = time.perf_counter()
            for _ in range(calls):
                session.run(None, feed)
            kept.append(time.perf_counter() - start)
    return [median(kept) for kept in times]


def version() -> str:
    """Of the installed package."""
    from importlib.metadata import version as installed

    return installed(NAME)
