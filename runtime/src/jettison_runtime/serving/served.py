"""A loaded model as tensors by name: what it takes, what it gives, and how several requests become one call."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jettison_runtime.manifest import Manifest
from jettison_runtime.tensor_model import GRAPH, TensorModel, TensorSpec, canary_feed

from .inference import Work, left
from .tasks import TEXTS, Feed, Options, Task, feed_rows, texts


@dataclass(frozen=True, kw_only=True)
class Served:
    """One model as the protocol sees it."""

    name: str
    task: str
    form: str
    digest: str
    """Of the whole folder: sha256 over its manifest."""
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    answers: Callable[[Sequence[Feed], Options], Sequence[Feed]]
    """The answers to several feeds that are `like` each other, in one call where there are several."""
    like: Callable[[Feed, Options], Hashable]
    """Feeds for which this is equal, and the options, can be computed together; None: never."""
    probe: Callable[[int], Feed]
    """Questions of one row for warm-up, another for each number."""
    check: Callable[[], None]
    """Ask the canary; raises CanaryError."""
    options: tuple[str, ...] = ()
    """The parameters that the task takes."""
    model: Any
    """As `jettison_runtime.load` gives it."""

    graph: Path | None = None
    """The file whose one call is an answer; None where a task does more than that."""
    seconds_a_value: float = math.inf
    """Expected of a call, for each value of its inputs; infinite where it is not known to be quick (`at_once`)."""
    timed: bool = False
    """The task takes ``max_time``, seconds after which an answer is left as it is."""

    @functools.cached_property
    def by_name(self) -> dict[str, TensorSpec]:
        """The inputs."""
        return {each.name: each for each in self.inputs}

    @functools.cached_property
    def output_names(self) -> list[str]:
        """The outputs, in their order."""
        return [each.name for each in self.outputs]

    def work(self, feed: Feed, options: Options, *, deadline: float) -> Work:
        """One request's share of a call.

        :param deadline: when nobody waits for it any more, by the clock of `time.monotonic`.
        """
        like = self.like(feed, options)
        rows = len(next(iter(feed.values()))) if like is not None else 1
        alike = None if like is None else (self.task, like, tuple(sorted(options.items())))
        if not self.timed:
            return Work(
                run=lambda feeds: self.answers(feeds, options),
                payload=feed,
                rows=rows,
                like=alike,
                seconds=self.seconds_a_value * sum([array.size for array in feed.values()]),
            )

        def run(given: Sequence[tuple[Feed, float]]) -> Sequence[Feed]:
            seconds = left(max(latest for _, latest in given))
            return self.answers([each for each, _ in given], {**options, "max_time": seconds})

        return Work(run=run, payload=(feed, deadline), rows=rows, like=alike)


def of_tensors(model: TensorModel, *, name: str, digest: str) -> Served:
    """A graph: its own inputs and outputs."""
    rows = {str(each.shape[0]) if each.shape else "" for each in (*model.inputs, *model.outputs)}
    first = next(iter(rows))
    together = len(rows) == 1 and first != "" and not first.isdigit()

    def answers(feeds: Sequence[Feed], options: Options) -> list[Feed]:
        if len(feeds) == 1:
            return [model.graph.run(feeds[0])]
        joined = {each.name: np.concatenate([feed[each.name] for feed in feeds]) for each in model.inputs}
        return _parted(model.graph.run(joined), [len(feed[model.inputs[0].name]) for feed in feeds])

    def like(feed: Feed, options: Options) -> Hashable:
        return tuple(feed[each.name].shape[1:] for each in model.inputs) if together else None

    canary = canary_feed(model.manifest.canary["inputs"])

    def probe(number: int) -> Feed:
        # The same numbers in other places, and of another range: a scale for all rows would show.
        feed = {}
        for key, array in canary.items():
            turned = np.roll(array[:1] if together else array, number, axis=-1) if array.ndim else array
            scale = array.dtype.type(1 / (1 + number % 4)) if array.dtype.kind == "f" else array.dtype.type(1)
            feed[key] = turned * scale
        return feed

    return Served(
        name=name,
        task=model.manifest.task,
        form=model.manifest.form,
        digest=digest,
        inputs=model.inputs,
        outputs=model.outputs,
        answers=answers,
        like=like,
        probe=probe,
        check=model.check_canary,
        model=model,
        graph=model.folder / GRAPH,
    )


def of_rows(task: Task, *, model: Any, manifest: Manifest, name: str, digest: str) -> Served:
    """A task: texts or files, a row each."""

    def answers(feeds: Sequence[Feed], options: Options) -> list[Feed]:
        given = [feed_rows(task, feed) for feed in feeds]
        found = task.rows([row for rows in given for row in rows], options)
        return _parted(found, [len(rows) for rows in given])

    return Served(
        name=name,
        task=manifest.task,
        form=manifest.form,
        digest=digest,
        inputs=tuple(TensorSpec(each, TEXTS, ("rows",)) for each in task.inputs),
        outputs=task.outputs,
        answers=answers,
        like=lambda feed, options: "rows" if task.together(options) else None,
        probe=lambda number: {key: texts([value]) for key, value in zip(task.inputs, task.probe(number), strict=True)},
        check=(model if hasattr(model, "check_canary") else model.model).check_canary,
        options=task.options,
        timed=task.timed,
        model=model,
    )


def _parted(found: Feed, counts: Sequence[int]) -> list[Feed]:
    """Each request's own rows of the answer to all of them."""
    parts, start = [], 0
    for count in counts:
        parts.append({name: array[start : start + count] for name, array in found.items()})
        start += count
    return parts
