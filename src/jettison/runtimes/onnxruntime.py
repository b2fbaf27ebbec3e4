"""ONNX Runtime, through the package that ships: what is checked here is what answers there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.statistics import median

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison_runtime.seq2seq import Seq2Seq

NAME = "onnxruntime"


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
