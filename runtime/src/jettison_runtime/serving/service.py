"""All that a request may ask for: the model, the queue before it, what is counted, where the process is in its life."""

from __future__ import annotations

import enum
import functools
import math
from typing import Any

from .asking import Bounds, Question, question
from .bodies import Bodies
from .front import drawn
from .inference import AT_ONCE_SECONDS, Inference, Work
from .logs import Log
from .messages import Request, busy
from .metrics import Metrics
from .openapi import described
from .page import Page
from .served import Served
from .settings import Settings


class State(enum.Enum):
    """Where the process is in its life."""

    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"
    """SIGTERM came: what arrives is still answered for a while, and readiness fails."""


class Service:
    """One model and what stands before it. Made in the event loop."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self.settings = settings
        self.log = log
        self.metrics = Metrics()
        self.bodies = Bodies(settings)
        self.inference = Inference(settings, self.metrics, log)
        self.state = State.LOADING
        self.served: Served | None = None
        self.in_flight = 0

    @property
    def why_not_ready(self) -> str:
        """Empty where the model would answer now."""
        if self.state is not State.READY:
            return str(self.state.value)
        if self.inference.overdue_seconds() > 0:
            return "an inference is past its deadline"
        return ""

    @property
    def at_once(self) -> bool:
        """Whether quick requests of the model are computed in the event loop."""
        return self.served is not None and self.served.seconds_a_value < math.inf and self.inference.at_once

    def answers_now(self, body: bytes) -> bool:
        """Whether a request with this body is sure to be answered without waiting: it has no more values than bytes."""
        served = self.served
        quick = served is not None and len(body) * served.seconds_a_value <= AT_ONCE_SECONDS
        return quick and self.inference.at_once and self.inference.idle

    def model(self) -> Served:
        """The model.

        :raises Refused: 503 while it is being loaded.
        """
        if self.served is None:
            raise busy("the model is being loaded", reason="loading")
        return self.served

    @functools.cached_property
    def question(self) -> Question | None:
        """How the model is asked in friendly JSON; None where tensors are all that it takes.

        :raises Refused: 503 while it is being loaded.
        """
        served, settings = self.model(), self.settings
        bounds = Bounds(
            file_bytes=settings.max_body_bytes,
            batch=settings.max_rows,
            rows=min(Bounds.rows, settings.max_rows),
            pixels=settings.max_pixels,
            sound_seconds=settings.max_sound_seconds,
        )
        return question(served.task, served.model, bounds)

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document; see `question`."""
        return described(self)

    @functools.cached_property
    def page(self) -> Page:
        """The page to try the model by hand; see `question`."""
        return drawn(self)

    async def answer(self, request: Request, work: Work) -> Any:
        """The model's answer to a request's work; see `Inference.answer`."""
        return await self.inference.answer(work, deadline=request.deadline)
