"""What the sides are asked, and the observations, kept so that a run that was cut off goes on behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from jettison.machine import host
from jettison.measure import Plan, Questions, Subject, observations
from jettison.records import Deployment, Labelled, Observations, Progress, Steps
from jettison.workspace import Workspace, code_digest, digest, file_digest, tree_digest

T = TypeVar("T")

_QUICK_ITEMS = 60


def questions(deployment: Deployment, labelled: Sequence[Labelled]) -> Questions:
    """The recorded requests and a part of the labelled data."""
    truth = deployment.truth
    return Questions(
        requests=deployment.requests,
        labelled=tuple(labelled),
        metric=truth.metric if truth and labelled else "",
        positive=truth.positive if truth else "",
        code=truth.code if truth and labelled else "",
        answer=truth.answer if truth else "",
        scores_within=deployment.scores_within,
    )


def selection_questions(deployment: Deployment, *, quick: bool) -> Questions:
    """For the search, which may look as often as it likes."""
    items = deployment.truth.selection if deployment.truth else ()
    asked = questions(deployment, items[:_QUICK_ITEMS] if quick else items)
    return replace(asked, requests=asked.requests[:_QUICK_ITEMS]) if quick else asked


def verdict_questions(deployment: Deployment) -> Questions:
    """For what ships: opened once."""
    return questions(deployment, deployment.truth.verdict if deployment.truth else ())


def observed(
    step: str, subjects: Sequence[Subject], asked: Questions, plan: Plan, workspace: Workspace
) -> Steps[Observations]:
    """The observations of these subjects on this machine; measured once for the same bytes, questions and machine."""
    machine = replace(host(), load_average=0.0)
    key = digest([identity(subject) for subject in subjects], asked, plan, machine, code_digest())
    work = workspace.record("observations", key, Observations, lambda: observations(subjects, asked, plan))
    return (yield from renamed(step, work))


def identity(subject: Subject) -> tuple[Any, ...]:
    """What a subject's behaviour depends on; folders outside the cache count by content."""
    launch = subject.launch
    mounted = [
        (mount.target, (tree_digest if mount.source.is_dir() else file_digest)(mount.source)) for mount in launch.mounts
    ]
    return (subject.candidate, subject.environment, str(launch.root), launch.command, launch.environment, mounted)


def renamed(step: str, work: Steps[T]) -> Steps[T]:
    """The same work under the plan's name for it."""
    while True:
        try:
            moment = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield Progress(step=step, done=moment.done, total=moment.total, note=moment.note or moment.step)


def prompts(deployment: Deployment) -> tuple[str, ...]:
    """Texts that the model is probably asked: every string in the bodies of the recorded requests, each once."""
    found: dict[str, None] = {}
    for request in deployment.requests:
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            continue
        found.update(dict.fromkeys(_strings(body)))
    return tuple(found)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
