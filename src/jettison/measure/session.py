"""One running subject and everything observed of it so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jettison.records import Answer, Doubt, Measurement
from jettison.replay.comparison import field_of, same
from jettison.replay.service import Running

from .metrics import METRICS
from .subject import Questions, Subject


@dataclass(kw_only=True)
class Session:
    """Grows while the subject is asked; `measurement` is its sum."""

    subject: Subject
    questions: Questions
    service: Running | None = None
    load_seconds: list[float] = field(default_factory=list)
    cold_start_seconds: list[float] = field(default_factory=list)
    peak_memory_bytes: list[int] = field(default_factory=list)
    warmup: tuple[float, ...] = ()
    rounds: list[tuple[float, ...]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """To the recorded requests, from the first pass."""
    outputs: list[str] = field(default_factory=list)
    """Predictions for the labelled items."""
    unstable: set[int] = field(default_factory=set)
    """Requests answered differently the second time."""
    settled: bool = True

    def replay(self) -> None:
        """Send every recorded request once and keep the answers."""
        self.answers = [self._running.ask(request)[1] for request in self.questions.requests]

    def label(self, index: int) -> None:
        """Send one labelled item and keep the prediction."""
        _, answer = self._running.ask(self.questions.labelled[index].request)
        self.outputs.append(field_of(answer, self.questions.answer))

    def block(self, indices: range) -> None:
        """One block of a speed round; its answers are held against the first pass."""
        latencies = []
        for index in indices:
            place = index % len(self.questions.requests)
            seconds, answer = self._running.ask(self.questions.requests[place])
            latencies.append(seconds)
            if not same(self.answers[place], answer):
                self.unstable.add(place)
        self.rounds.append(tuple(latencies))

    def measurement(self, doubts: tuple[Doubt, ...], baseline: Session) -> Measurement:
        """Everything observed, as a record."""
        found: list[Doubt] = list(doubts)
        if not self.settled:
            found.append("unstable")
        if self.subject.environment.stand_in:
            found.append("stand-in environment")
        if self.unstable:
            found.append("answers changed under load")
        scores = self._scores()
        return Measurement(
            candidate=self.subject.candidate,
            level=self.subject.level,
            environment=self.subject.environment,
            model_bytes=self.subject.model_bytes,
            load_seconds=tuple(self.load_seconds),
            cold_start_seconds=tuple(self.cold_start_seconds),
            warmup_seconds=self.warmup,
            rounds=tuple(self.rounds),
            peak_memory_bytes=tuple(self.peak_memory_bytes),
            errors=tuple(errors for errors, _ in scores),
            units=tuple(units for _, units in scores),
            outputs=tuple(self.outputs) if self.questions.labelled else tuple(self._answers(baseline)),
            doubts=tuple(found),
        )

    def _answers(self, baseline: Session) -> Iterator[str]:
        """Without labels, the answers to the recorded requests; one that a client could not tell from the original's,
        or that the original itself does not repeat, is written as the original's."""
        for index, (theirs, ours) in enumerate(zip(baseline.answers, self.answers, strict=True)):
            kept = theirs if index in baseline.unstable or same(theirs, ours) else ours
            yield f"{kept.status} {kept.body}"

    def _scores(self) -> list[tuple[float, float]]:
        if not self.questions.metric:
            return []
        metric = METRICS[self.questions.metric]
        return [metric(output, item.target) for output, item in zip(self.outputs, self.questions.labelled, strict=True)]

    @property
    def _running(self) -> Running:
        assert self.service is not None
        return self.service
