"""The queue before the model, and the one thread that asks it.

The event loop puts `Work` in and waits; the thread takes what is oldest, with whatever else may be computed with it
together. What is refused is refused here: a full queue, work that waited too long, a deadline that has passed. Work
whose client has gone is dropped before the model is asked. Work that is quicker than the thread could be woken is
computed in the event loop itself, while nothing else waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .logs import Log
from .messages import Refused, busy
from .metrics import Metrics
from .settings import Settings
from .watching import Ticks

AT_ONCE_SECONDS = 0.0005
"""Expected of a call that the event loop computes itself; above it the thread costs a tenth at most."""
LATE_SECONDS = 0.005
"""Of CPU, taken by such a call: others waited for it. Of what it took, up to as much again goes unseen."""
_MOST_BLAME, _FORGIVEN = 3.0, 0.01
"""A late call is to blame for as many times `LATE_SECONDS` as it took, and every other one takes a little of that away.
With this much, what was measured at the start does not hold, and from then on every call is the thread's."""
_MOMENT_SECONDS = 0.5
_INPUT_ERRORS = (ValueError, TypeError)
"""What the tasks of jettison_runtime raise for an input that they cannot answer."""


@dataclass(kw_only=True, slots=True)  # of every request: frozen it takes three times as long to make
class Work:
    """What one request asks of the model."""

    run: Callable[[Sequence[Any]], Sequence[Any]]
    """Answers, one for each payload, given the payloads of all works that are computed together.

    Called in the inference thread. Raises ValueError or TypeError for an input that cannot be answered (422)."""
    payload: Any
    rows: int = 1
    like: Hashable = None
    """Works whose `like` is equal may be computed together; None: always alone."""
    seconds: float = math.inf
    """Expected of a call for it alone; infinite where it is not known to be quick."""


def left(deadline: float) -> float:
    """Seconds after which an answer is nobody's any more, and a moment, so that none is given that was cut short."""
    return max(0.0, deadline - time.monotonic()) + _MOMENT_SECONDS


class _Job:
    """A work that waits or is being computed."""

    __slots__ = ("arrived", "deadline", "future", "running", "work")

    def __init__(self, work: Work, arrived: float, deadline: float, future: asyncio.Future[Any]) -> None:
        self.work: Work | None = work
        """None once nobody waits for it any more."""
        self.arrived = arrived
        self.deadline = deadline
        self.future = future
        self.running = False


class Inference:
    """The queue and its thread. All methods but those of the thread are called in the event loop."""

    def __init__(self, settings: Settings, metrics: Metrics, log: Log) -> None:
        self._settings, self._metrics, self._log = settings, metrics, log
        self.rows_together = 1
        """Rows of several works that are computed together; 1: every work alone."""
        self._loop = asyncio.get_running_loop()
        self._arriving: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._open: dict[_Job, None] = {}
        """Everything that somebody waits for."""
        self._ticks = Ticks(self._look)
        self._running: list[_Job] = []
        self.at_once = True
        """What was measured of quick calls holds: they are computed in the event loop."""
        self._blame = 0.0
        self._cpu_read, self._cpu_seconds = -math.inf, 0.0
        """When the CPU time of this thread was read last, and what it was."""
        self._seconds = 0.0
        """For one request of late, smoothed."""
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
        if work.seconds <= AT_ONCE_SECONDS and self.at_once and self.idle:
            return self._answer_now(work, deadline)
        self.admit(deadline)
        job = _Job(work, time.monotonic(), deadline, self._loop.create_future())
        self._open[job] = None
        self._ticks.want()
        self._arriving.put(job)
        try:
            return await job.future
        finally:
            del self._open[job]
            job.work = None  # nobody waits: what it holds goes now, and not when its turn comes

    def admit(self, deadline: float) -> None:
        """See that one more work would have its turn in time.

        :raises Refused: 429 where it would not, 504 past the deadline.
        """
        most = self._settings.max_queue
        if len(self._open) >= most and self.waiting >= most:
            wait = self.wait_seconds
            raise busy(f"{most} requests wait for the model already", reason="queue", seconds=wait, status=429)
        left_seconds = deadline - time.monotonic()
        if left_seconds <= 0:
            raise _too_late()
        patience = min(self._settings.max_age_seconds, left_seconds)
        if len(self._open) * self._seconds > patience and (wait := self.wait_seconds) > patience:
            what = f"it would wait {wait:.1f} s for the model"
            raise busy(what, reason="wait", seconds=wait - patience, status=429)

    def _answer_now(self, work: Work, deadline: float) -> Any:
        """As `answer`, of work that is quicker than the thread could be woken; nothing else waits or is computed."""
        started = time.monotonic()
        if started >= deadline:
            raise _too_late()
        if started - self._cpu_read > LATE_SECONDS:  # not each time: it is a call of the system
            self._cpu_read, self._cpu_seconds = started, time.thread_time()
        (found,) = self._answers([work])
        took = time.monotonic() - started
        self._count(took, [work], [0.0])
        if took > LATE_SECONDS:
            self._look_for_blame(started, work)
        elif self._blame:
            self._blame = max(0.0, self._blame - _FORGIVEN)
        if isinstance(found, BaseException):
            raise found
        return found

    def _look_for_blame(self, started: float, work: Work) -> None:
        """A quick call was late: its own doing, or that of a busy machine, which makes anything late?"""
        # What this thread did between the reading and the call was at most the time between them.
        used = time.thread_time() - self._cpu_seconds - (started - self._cpu_read)
        if used > LATE_SECONDS:
            self._blame += used / LATE_SECONDS
            if self._blame > _MOST_BLAME:
                self.at_once = False
                self._log.line("no longer at once", seconds=round(used, 4), expected_seconds=round(work.seconds, 6))

    @property
    def idle(self) -> bool:
        """Nothing waits or is computed."""
        return not self._open and not self._running

    @property
    def waiting(self) -> int:
        """Works in the queue."""
        return sum(not job.running and not job.future.done() for job in self._open)

    @property
    def wait_seconds(self) -> float:
        """How long one more request would wait."""
        return self._seconds * (self.waiting + len(self._running))

    def overdue_seconds(self) -> float:
        """How much longer the model has been computing than any request may take; 0 where it has not.

        A client's own deadline is no measure of it: one that is in a hurry does not make the model late.
        """
        running = self._running
        patience = self._settings.timeout_seconds
        return max(0.0, time.monotonic() - max(job.arrived for job in running) - patience) if running else 0.0

    def _look(self) -> bool:
        """Every tick: refuse what waited too long, or is past its deadline."""
        now = time.monotonic()
        for job in self._open:
            if job.future.done():
                continue
            if now >= job.deadline:
                what = "the model is still computing" if job.running else "the model had no time for it"
                job.future.set_exception(Refused(504, f"the deadline has passed: {what}", reason="deadline"))
            elif not job.running and now - job.arrived > self._settings.max_age_seconds:
                waited = f"it waited {now - job.arrived:.1f} s for the model"
                job.future.set_exception(busy(waited, reason="age", seconds=self.wait_seconds))
        return bool(self._open)

    def _work(self) -> None:
        """The thread."""
        waiting: deque[_Job] = deque()
        while True:
            if not waiting:
                waiting.append(self._arriving.get())
            with contextlib.suppress(queue.Empty):
                while True:
                    waiting.append(self._arriving.get_nowait())
            batch = self._batch(waiting)
            if not batch:
                continue
            jobs = [job for job, _ in batch]
            started = time.monotonic()
            works = [work for _, work in batch]
            self._running = jobs
            found = self._answers(works)
            self._count(time.monotonic() - started, works, [started - job.arrived for job in jobs])
            self._running = []
            try:
                self._loop.call_soon_threadsafe(_deliver, jobs, found)
            except RuntimeError:  # the loop is closed: the process is ending
                return

    def _count(self, took: float, works: Sequence[Work], waited: Iterable[float]) -> None:
        """One call of the model."""
        for seconds in waited:
            self._metrics.queued.observe(seconds)
        each = took / len(works)
        self._seconds = 0.8 * self._seconds + 0.2 * each if self._seconds else each
        self._metrics.inference.observe(took)
        self._metrics.batches.observe(sum(work.rows for work in works))

    def _batch(self, waiting: deque[_Job]) -> list[tuple[_Job, Work]]:
        """The oldest job and those that are computed with it; none where nobody waits for it any more."""
        head = waiting.popleft()
        work = head.work
        now = time.monotonic()
        if work is None or head.future.done() or now >= head.deadline:
            return []
        batch, rows = [(head, work)], work.rows
        if work.like is not None and rows < self.rows_together:
            passed = []
            while waiting and rows < self.rows_together:
                job = waiting.popleft()
                other = job.work
                if other is None or job.future.done() or now >= job.deadline:
                    continue
                if other.like == work.like and rows + other.rows <= self.rows_together:
                    batch.append((job, other))
                    rows += other.rows
                else:
                    passed.append(job)
            waiting.extendleft(reversed(passed))
        for job, _ in batch:
            job.running = True
        return batch

    def _answers(self, batch: list[Work]) -> list[Any]:
        """An answer, or the error instead of it, for each work."""
        try:
            return list(batch[0].run([work.payload for work in batch]))
        except _INPUT_ERRORS as cause:
            if len(batch) > 1:  # one of them: the others get their answers
                return [answer for work in batch for answer in self._answers([work])]
            return [Refused(422, str(cause))]
        except MemoryError:
            return [busy("not enough memory for this request", reason="memory") for _ in batch]
        except Exception as cause:  # noqa: BLE001  (whatever a model raises ends a request, never the thread)
            if len(batch) > 1:
                return [answer for work in batch for answer in self._answers([work])]
            number = uuid.uuid4().hex
            self._log.line("inference failed", id=number, error=repr(cause))
            return [Refused(500, f"the model failed; the log has more under {number}", reason=number)]


def _too_late() -> Refused:
    return Refused(504, "the deadline has passed before the model could be asked", reason="deadline")


def _deliver(batch: list[_Job], found: list[Any]) -> None:
    for job, answer in zip(batch, found, strict=True):
        if job.future.done():
            continue
        if isinstance(answer, BaseException):
            job.future.set_exception(answer)
        else:
            job.future.set_result(answer)
