"""The queue before the model, and the one thread that asks it.

The event loop puts `Work` in and waits; the thread takes what is oldest, with whatever else may be computed with it
together. What is refused is refused here: a full queue, work that waited too long, a deadline that has passed. Work
whose client has gone is dropped before the model is asked.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from .logs import Log
from .messages import Refused, busy
from .metrics import Metrics
from .settings import Settings

_INPUT_ERRORS = (ValueError, TypeError)
"""What the tasks of jettison_runtime raise for an input that they cannot answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What one request asks of the model."""

    run: Callable[[Sequence[Any]], Sequence[Any]]
    """Answers, one for each payload, given the payloads of all works that are computed together.

    Called in the inference thread. Raises ValueError or TypeError for an input that cannot be answered (422)."""
    payload: Any
    rows: int = 1
    like: Hashable = None
    """Works whose `like` is equal may be computed together; None: always alone."""


class _Job:
    """A work that waits or is being computed."""

    __slots__ = ("arrived", "deadline", "future", "running", "timer", "work")

    def __init__(self, work: Work, arrived: float, deadline: float, future: asyncio.Future[Any]) -> None:
        self.work = work
        self.arrived = arrived
        self.deadline = deadline
        self.future = future
        self.running = False
        self.timer: asyncio.TimerHandle | None = None


class Inference:
    """The queue and its thread. All methods but those of the thread are called in the event loop."""

    def __init__(self, settings: Settings, metrics: Metrics, log: Log) -> None:
        self._settings, self._metrics, self._log = settings, metrics, log
        self.rows_together = 1
        """Rows of several works that are computed together; 1: every work alone."""
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Job] = deque()
        self._ready = threading.Condition()
        self._running: list[_Job] = []
        self._since = 0.0
        self._seconds = 0.0
        """Of a recent call, smoothed: for Retry-After."""
        self._thread = threading.Thread(target=self._work, name="inference", daemon=True)

    def start(self) -> None:
        """Take work from now on."""
        self._thread.start()

    async def answer(self, work: Work, *, deadline: float) -> Any:
        """The model's answer to one work.

        Cancelling it takes the work out of the queue.

        :param deadline: by the clock of `time.monotonic`.
        :raises Refused: 422 for an input, 429 or 503 when there is too much to do, 500 when the model fails, 504 past
            the deadline.
        """
        waiting = len(self._queue)
        if waiting >= self._settings.max_queue:
            wait = self.wait_seconds
            raise busy(f"{waiting} requests wait for the model already", reason="queue", seconds=wait, status=429)
        now = time.monotonic()
        job = _Job(work, now, deadline, self._loop.create_future())
        first = min(deadline, now + self._settings.max_age_seconds)
        job.timer = self._loop.call_later(max(0.0, first - now), self._late, job)
        with self._ready:
            self._queue.append(job)
            self._ready.notify()
        try:
            return await job.future
        finally:
            job.timer.cancel()
            if not job.running:
                self._forget(job)

    @property
    def waiting(self) -> int:
        """Works in the queue."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Works that the model is computing."""
        return len(self._running)

    @property
    def wait_seconds(self) -> float:
        """How long the queue of now will take."""
        return self._seconds * (len(self._queue) + 1)

    def overdue_seconds(self) -> float:
        """How long ago the latest deadline of what is being computed passed; 0 where it has not."""
        running = self._running
        return max(0.0, time.monotonic() - max(job.deadline for job in running)) if running else 0.0

    def _late(self, job: _Job) -> None:
        """The timer of a job: it waited too long, or its deadline has come."""
        if job.future.done():
            return
        now = time.monotonic()
        if now >= job.deadline:
            what = "the model is still computing" if job.running else "the model had no time for it"
            job.future.set_exception(Refused(504, f"the deadline has passed: {what}", reason="deadline"))
        elif not job.running:
            waited = now - job.arrived
            job.future.set_exception(
                busy(f"it waited {waited:.1f} s for the model", reason="age", seconds=self.wait_seconds)
            )
        else:
            job.timer = self._loop.call_later(job.deadline - now, self._late, job)

    def _forget(self, job: _Job) -> None:
        with self._ready:
            if job in self._queue:
                self._queue.remove(job)

    def _work(self) -> None:
        """The thread."""
        while True:
            with self._ready:
                while not self._queue:
                    self._ready.wait()
                batch = self._batch()
            if not batch:
                continue
            self._since = time.monotonic()
            for job in batch:
                self._metrics.queued.observe(self._since - job.arrived)
            self._running = batch
            found = self._answers(batch)
            self._running = []
            took = time.monotonic() - self._since
            self._seconds = 0.8 * self._seconds + 0.2 * took if self._seconds else took
            self._metrics.inference.observe(took)
            self._metrics.batches.observe(sum(job.work.rows for job in batch))
            try:
                self._loop.call_soon_threadsafe(_deliver, batch, found)
            except RuntimeError:  # the loop is closed: the process is ending
                return

    def _batch(self) -> list[_Job]:
        """The oldest job and those that are computed with it; none where nobody waits for it any more."""
        head = self._queue.popleft()
        if head.future.done():
            return []
        batch, rows = [head], head.work.rows
        if head.work.like is not None and rows < self.rows_together:
            for job in list(self._queue):
                if job.work.like != head.work.like or rows + job.work.rows > self.rows_together or job.future.done():
                    continue
                self._queue.remove(job)
                batch.append(job)
                rows += job.work.rows
                if rows >= self.rows_together:
                    break
        for job in batch:
            job.running = True
        return batch

    def _answers(self, batch: list[_Job]) -> list[Any]:
        """An answer, or the error instead of it, for each job."""
        try:
            return list(batch[0].work.run([job.work.payload for job in batch]))
        except _INPUT_ERRORS as cause:
            if len(batch) > 1:  # one of them: the others get their answers
                return [answer for job in batch for answer in self._answers([job])]
            return [Refused(422, str(cause))]
        except MemoryError:
            return [busy("not enough memory for this request", reason="memory") for _ in batch]
        except Exception as cause:  # noqa: BLE001  (whatever a model raises ends a request, never the thread)
            if len(batch) > 1:
                return [answer for job in batch for answer in self._answers([job])]
            number = uuid.uuid4().hex
            self._log.line("inference failed", id=number, error=repr(cause))
            return [Refused(500, f"the model failed; the log has more under {number}", reason=number)]


def _deliver(batch: list[_Job], found: list[Any]) -> None:
    for job, answer in zip(batch, found, strict=True):
        if job.future.done():
            continue
        if isinstance(answer, BaseException):
            job.future.set_exception(answer)
        else:
            job.future.set_result(answer)
