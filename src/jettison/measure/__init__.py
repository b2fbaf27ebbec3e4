"""Candidates → Measurements: every way to deploy the service, run side by side and asked the same things.

The rules: each subject in processes of its own on one CPU, the client on another; warm-up by evidence; baseline
and candidates interleaved, so that a drift of the machine meets all alike; raw samples kept; the answers of the
speed run are judged too. docs/measuring.md has the sources.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence

from jettison.answers import replay
from jettison.errors import ServiceFailed
from jettison.records import Doubt, Observations, Progress, Replay, Steps
from jettison.replay.pages import let_go
from jettison.replay.service import running
from jettison.statistics import median

from .metrics import own_scores
from .plan import CLOSE, PROOF, QUICK, SELECTION, Plan
from .session import Session
from .subject import Questions, Subject
from .warmup import warmed_up

__all__ = ["CLOSE", "PROOF", "QUICK", "SELECTION", "Plan", "Questions", "Subject", "observations"]

_MOST_AGAIN = 50
"""Requests that the original is asked once more because a candidate answered them otherwise."""
_BUSY = 1.5
"""Load average a core above which the machine is said to be busy."""


def observations(subjects: Sequence[Subject], questions: Questions, plan: Plan) -> Steps[Observations]:
    """Run all subjects, the baseline first in the list, and observe them side by side.

    :raises SettingsInvalid: a metric of the user's own cannot be used.
    :raises ServiceFailed: the baseline does not start, stops answering, or answers every request with a server error.
        Any other subject that fails is left out and named in the result.
    """
    if questions.code:  # a function that fails is said now, and not after an hour of measuring
        own_scores(questions.metric, questions.code, [(item.target, item.target) for item in questions.labelled[:5]])
    sessions = [Session(subject=subject, questions=questions) for subject in subjects]
    failed: dict[str, str] = {}
    crew = _Crew(sessions, failed)
    with contextlib.ExitStack() as stack, _client_cpus() as subject_cpus:
        yield Progress(step="measure", note="page cache")
        let_go(folder for subject in subjects for folder in subject.launch.installed)
        yield from _cold_starts(crew, plan, subject_cpus, stack)
        yield from _first_pass(crew, questions, plan)
        yield from _labels(crew, questions)
        yield from _speed(crew, questions, plan)
        yield from _asked_again(crew)
        for session in crew.alive:
            if session.service is not None:
                session.peak_memory_bytes.append(session.service.peak_memory_bytes())
    doubts = _doubts(subject_cpus)
    baseline = sessions[0]
    return Observations(
        measurements=tuple(session.measurement(doubts, baseline) for session in crew.alive),
        replays=tuple(_replay(baseline, session) for session in crew.alive[1:]),
        failed=tuple(failed.items()),
    )


class _Crew:
    """The sessions that still answer."""

    def __init__(self, sessions: list[Session], failed: dict[str, str]) -> None:
        self._sessions = sessions
        self._failed = failed

    @property
    def alive(self) -> list[Session]:
        return [session for session in self._sessions if session.subject.candidate not in self._failed]

    def attempt(self, session: Session, work: Callable[[Session], None]) -> None:
        """Do something with a session; a failure ends that subject, and the run when it is the baseline."""
        try:
            work(session)
        except ServiceFailed as cause:
            if session is self._sessions[0]:
                raise
            self._failed[session.subject.candidate] = f"{cause.what}: {cause.where}" if cause.where else cause.what


def _cold_starts(crew: _Crew, plan: Plan, cpus: frozenset[int] | None, stack: contextlib.ExitStack) -> Steps[None]:
    """Start each subject several times in turn, up to its first answer; the last process of each stays."""
    for attempt in range(plan.cold_starts):
        last = attempt + 1 == plan.cold_starts
        for position, session in enumerate(alive := _turned(crew.alive, attempt)):
            name, share = session.subject.candidate, position / len(alive)
            yield Progress(step="measure", done=attempt + share, total=plan.cold_starts, note=f"{name}: cold start")

            def start(session: Session, last: bool = last) -> None:
                with contextlib.ExitStack() as once:
                    service = once.enter_context(running(session.subject.launch, cpus=cpus))
                    service.ask(session.questions.opening)
                    session.cold_start_seconds.append(service.since_start())
                    session.load_seconds.append(service.load_seconds)
                    if last:
                        session.service = service
                        stack.push(once.pop_all())

            crew.attempt(session, start)


def _first_pass(crew: _Crew, questions: Questions, plan: Plan) -> Steps[None]:
    """Warm up each subject by itself; then every recorded request to every subject, a request at a time."""

    def warm(session: Session) -> None:
        assert session.service is not None
        session.warmup, session.settled = warmed_up(
            session.service,
            questions.requests,
            window=plan.window,
            windows=plan.windows,
            window_seconds=plan.window_seconds,
        )

    for number, session in enumerate(alive := crew.alive):
        note = f"{session.subject.candidate}: warm-up"
        yield Progress(step="measure", done=number, total=len(alive), note=note)
        crew.attempt(session, warm)
    for index in range(len(questions.requests)):
        yield Progress(step="measure", done=index, total=len(questions.requests), note="recorded requests")
        for session in crew.alive:
            crew.attempt(session, lambda s: s.replay(index))  # noqa: B023  (called at once)
    for session in crew.alive:
        crew.attempt(session, Session.check)


def _labels(crew: _Crew, questions: Questions) -> Steps[None]:
    """Every labelled item to every subject, an item at a time."""
    for index in range(len(questions.labelled)):
        if index % 25 == 0:
            yield Progress(step="measure", done=index, total=len(questions.labelled), note="labelled items")
        for session in crew.alive:
            crew.attempt(session, lambda s: s.label(index))  # noqa: B023  (called at once)


def _speed(crew: _Crew, questions: Questions, plan: Plan) -> Steps[None]:
    """Interleaved rounds, the order turned round each time (A B … B A), as many as the time allows."""
    slowest = sum(median(session.warmup) for session in crew.alive if session.warmup)
    # A slow service gets its rounds, for they carry the interval, with fewer requests in each.
    block = max(1, min(plan.block, int(plan.speed_seconds / max(slowest * plan.rounds, 1e-9))))
    affordable = int(plan.speed_seconds / max(slowest * block, 1e-9))
    rounds = max(plan.rounds, min(affordable, -(-plan.samples // block)))
    for number in range(rounds):
        yield Progress(step="measure", done=number, total=rounds, note="interleaved rounds")
        for session in _turned(crew.alive, number):
            indices = range(number * block, (number + 1) * block)
            crew.attempt(session, lambda s: s.block(indices))  # noqa: B023  (called at once)


def _asked_again(crew: _Crew) -> Steps[None]:
    """Ask the original once more what a candidate answers otherwise: it may not repeat itself.

    The speed rounds of a fast service do that for every request, those of a slow one reach few.
    """
    baseline, *others = crew.alive
    doubted = sorted({index for session in others for index in session.otherwise(baseline)} - set(baseline.unstable))
    for number, index in enumerate(doubted[:_MOST_AGAIN]):
        yield Progress(step="measure", done=number, total=len(doubted), note="differing answers once more")
        baseline.ask_again(index)


def _turned(sessions: list[Session], number: int) -> list[Session]:
    return sessions if number % 2 == 0 else sessions[::-1]


def _replay(baseline: Session, session: Session) -> Replay:
    """All answers compared, but for those that the original itself does not repeat."""
    requests = baseline.questions.requests
    within = baseline.questions.scores_within
    return replay(
        session.subject.candidate, requests, baseline.answers, session.answers, baseline.unstable, within=within
    )


@contextlib.contextmanager
def _client_cpus() -> Iterator[frozenset[int] | None]:
    """Keep this thread off the subjects' CPU for the time of a measurement; gives back the subjects' CPU."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    before = os.sched_getaffinity(0)
    subject = frozenset([max(before)])
    os.sched_setaffinity(0, before - subject or before)
    try:
        yield subject
    finally:
        os.sched_setaffinity(0, before)


def _doubts(subject_cpus: frozenset[int] | None) -> tuple[Doubt, ...]:
    found: list[Doubt] = []
    cores = len(os.sched_getaffinity(0)) if subject_cpus is not None else os.cpu_count() or 1
    if cores == 1:
        found.append("one core")
    if os.getloadavg()[0] > _BUSY * cores:
        found.append("load average")
    return tuple(found)
