"""ONNX graphs that others made, run as they come: for references, calibration and timing, in a limited child."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jettison.statistics import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

Optimization = Literal["none", "basic", "all"]

_ERRORS_ONLY = 3
_UNTOLD = re.compile(
    r"(?<![\w.])/(?:[^\s/:]+/)+|^\[ONNXRuntimeError\] : \d+ : |\x1b\[[\d;]*m.*?(?:\x1b\[m|$)", re.DOTALL
)
"""Folders of the cache or of the runtime's own sources, its numbers of errors, and its log, in colours, in between."""
_FEWEST_ROUNDS, _MOST_ROUNDS = 5, 200


class GraphRefused(Exception):
    """The runtime cannot load or run a graph; with its own first sentence."""


class Running:
    """A session on one graph, with one thread.

    :raises GraphRefused: here and in `run`.
    """

    def __init__(self, graph: Path | bytes, optimization: Optimization = "all", *, weights: Path | None = None) -> None:
        """A graph in a file, or in memory with weights in the files of a folder."""
        import onnxruntime as ort

        options = ort.SessionOptions()
        if weights is not None:
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(weights))
        self._session = _session(graph, optimization, options)
        self.outputs: list[str] = [output.name for output in self._session.get_outputs()]

    def run(self, feed: Mapping[str, NDArray[Any]], names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """Outputs by name: all of them, or those that are asked for."""
        wanted = list(names or self.outputs)
        with _refusals():
            return dict(zip(wanted, self._session.run(wanted, dict(feed)), strict=True))


def folded(path: Path, into: Path) -> None:
    """Write the graph with its constants folded and its batch norms fused, in plain ONNX operators.

    Source: ONNX Runtime's offline optimisation, level basic, which uses no operators of its own.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.optimized_model_filepath = str(into)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", f"{into.name}.data")
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    _session(path, "basic", options)


def seconds_of(
    running: Sequence[Running], feed: Mapping[str, NDArray[Any]], *, budget_seconds: float
) -> list[list[float]]:
    """Times of single runs of each graph, one thread, interleaved: as many rounds as fit the budget, 5 to 200."""
    times: list[list[float]] = [[] for _ in running]
    for _ in range(2):
        for each in running:
            each.run(feed)
    end = time.perf_counter() + budget_seconds
    while len(times[0]) < _FEWEST_ROUNDS or (len(times[0]) < _MOST_ROUNDS and time.perf_counter() < end):
        for each, kept in zip(running, times, strict=True):
            start = time.perf_counter()
            each.run(feed)
            kept.append(time.perf_counter() - start)
    return times


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median of the ratios of times that were taken side by side."""
    return median([one / other for one, other in zip(ours, theirs, strict=True)])


def _session(graph: Path | bytes, optimization: Optimization, options: Any) -> Any:
    import onnxruntime as ort

    from jettison_runtime.binding import keep_exact

    levels = ort.GraphOptimizationLevel
    keep_exact(options)
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    options.graph_optimization_level = {
        "none": levels.ORT_DISABLE_ALL,
        "basic": levels.ORT_ENABLE_BASIC,
        "all": levels.ORT_ENABLE_ALL,
    }[optimization]
    with _refusals():
        return ort.InferenceSession(
            graph if isinstance(graph, bytes) else str(graph), options, providers=["CPUExecutionProvider"]
        )


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """ONNX Runtime has an exception class for each status code, without a base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = ("EPFail", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoModel", "NoSuchFile")
    classes = tuple(
        getattr(state, name) for name in (*kinds, "NotImplemented", "RuntimeException") if hasattr(state, name)
    )
    try:
        yield
    except (*classes, RuntimeError, ValueError) as cause:
        raise GraphRefused(_first_words(str(cause))) from cause


def _first_words(said: str) -> str:
    return " ".join(_UNTOLD.sub("", said).split())[:300]
