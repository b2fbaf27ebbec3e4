"""One running subject and everything observed of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from jettison.answers import field_of, outputs, same
from jettison.errors import ServiceFailed
from jettison.records import Answer, Doubt, Measurement
from jettison.replay.service import Running
from jettison.statistics import metric_named

from .metrics import Scores, scored
from .subject import Questions, Subject

_SERVER_ERROR = 500
_SHOWN = 300


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
    unstable: dict[int, Answer] = field(default_factory=dict)
    """Requests answered differently another time, with that answer."""
    settled: bool = True

    def replay(self, index: int) -> None:
        """Send one recorded request and keep the answer."""
        self.answers.append(self._running.ask(self.questions.requests[index])[1])

    def check(self) -> None:
        """Have the recorded requests been answered at all?

        :raises ServiceFailed: not one of the answers is more than a server error; with the service's last messages.
        """
        if all(answer.status >= _SERVER_ERROR for answer in self.answers):
            codes = " and ".join(str(code) for code in sorted({answer.status for answer in self.answers}))
            raise ServiceFailed(
                f"the service answers every one of {len(self.answers):,} recorded requests"
                f" with a server error ({codes})",
                where=self._running.messages() or self.answers[0].body[:_SHOWN],
                next_step="read its messages, and send one of the requests by hand; times of errors are not measured",
            )

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
            if not self._same(self.answers[place], answer):
                self.unstable.setdefault(place, answer)
        self.rounds.append(tuple(latencies))

    def otherwise(self, baseline: Session) -> list[int]:
        """The recorded requests that this subject answers otherwise than the original."""
        pairs = enumerate(zip(baseline.answers, self.answers, strict=True))
        return [index for index, (expected, got) in pairs if not self._same(expected, got)]

    def ask_again(self, index: int) -> None:
        """Send one recorded request once more, and hold the answer against the first one."""
        _, answer = self._running.ask(self.questions.requests[index])
        if not self._same(self.answers[index], answer):
            self.unstable.setdefault(index, answer)

    def measurement(self, doubts: tuple[Doubt, ...], baseline: Session) -> Measurement:
        """Everything observed, as a record."""
        found: list[Doubt] = list(doubts)
        if not self.settled:
            found.append("unstable")
        if self.subject.environment.stand_in:
            found.append("stand-in environment")
        if self.unstable:
            found.append("answers changed under load")
        scores = self._scores(baseline)
        answers = outputs(baseline.answers, self.answers, baseline.unstable, self.questions.scores_within)
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
            metric=self.questions.metric,
            agreement=bool(self.questions.metric) and not self.questions.labelled,
            errors=scores.errors,
            units=scores.units,
            counts=scores.counts,
            outputs=tuple(self.outputs if self.questions.labelled else answers),
            doubts=tuple(found),
        )

    def _scores(self, baseline: Session) -> Scores:
        """Against the right answers; without any, against the baseline's, where a metric says how."""
        asked = self.questions
        metric = metric_named(asked.metric)
        if metric is None:
            return Scores()
        if asked.labelled:
            targets = [item.target for item in asked.labelled]
            return scored(metric, self.outputs, targets, positive=asked.positive, code=asked.code)
        answers, expected = (
            [field_of(answer, asked.answer) for answer in session.answers] for session in (self, baseline)
        )
        return scored(metric, answers, expected, positive=asked.positive, code=asked.code)

    def _same(self, one: Answer, other: Answer) -> bool:
        return same(one, other, self.questions.scores_within)

    @property
    def _running(self) -> Running:
        assert self.service is not None
        return self.service
