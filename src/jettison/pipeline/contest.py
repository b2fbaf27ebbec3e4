"""``jettison compare``: several models for one job, each in its own stack, asked the same, side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jettison import __version__
from jettison.choose import dominations, verdict
from jettison.errors import RequestsMissing, SettingsInvalid
from jettison.intake import Part, check_apart, positive_label, repeats, same_input
from jettison.machine import host
from jettison.measure import QUICK, SELECTION, Questions
from jettison.records import Comparison, Labelled, Limits, Request, Steps
from jettison.statistics import METRICS, Metric, metric_named
from jettison.workspace import Workspace

from .asking import observed
from .contestants import PAIRS, TASKS, OwnApp, Task, contestant, names, task_of

_JSON = (("Content-Type", "application/json"),)


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What is compared, and on what."""

    models: tuple[Path, ...]
    """The first is the baseline."""
    data: Path
    """JSON lines: ``input``, and ``target`` where the right answer is known."""
    metric: str = ""
    """Empty: what is usual for the task."""
    positive: str | None = None
    """The label that counts as positive, for F1 and AUC."""
    calibration: Path | None = None
    """What a model was calibrated or trained on, as JSON lines: it shares no input with the data."""
    options: tuple[tuple[str, Any], ...] = ()
    """Generation options."""
    app: OwnApp | None = None
    """How the models are asked, where they need more than texts."""
    limits: Limits = field(default_factory=Limits)
    quick: bool = False


def compared(contest: Contest, workspace: Workspace) -> Steps[Comparison]:
    """Every model's cost and answers, which ones another one beats in everything, and which one wins.

    All models are judged on the same items, so each is judged at a confidence with which all rulings together hold with
    the one that was asked for (Bonferroni).

    :raises ModelMissing: a folder is neither converted nor a Hugging Face one.
    :raises RequestsMissing: the data hold nothing to ask.
    :raises SettingsInvalid: the metric is unknown or cannot be used; or the data and those of the calibration overlap.
    """
    started = datetime.now(UTC)
    task = task_of(contest.models, contest.app)
    asked, notes = _questions(contest, task)
    subjects = []
    for name, folder in zip(names(contest.models), contest.models, strict=True):
        made = contestant(name, folder, task, workspace, data=contest.data, options=contest.options, app=contest.app)
        subjects.append((yield from made))
    found = yield from observed("measure", subjects, asked, QUICK if contest.quick else SELECTION, workspace)
    judged_at = 1 - (1 - contest.limits.confidence) / max(len(found.measurements) - 1, 1)
    limits = replace(contest.limits, confidence=judged_at)
    return Comparison(
        jettison=__version__,
        started=started.isoformat(timespec="seconds"),
        host=host(),
        task=task.name,
        data=contest.data.name,
        metric=asked.metric,
        limits=contest.limits,
        judged_at=judged_at,
        observations=found,
        verdict=verdict(found.measurements, limits, metric=asked.metric),
        dominated=dominations(found.measurements),
        notes=notes,
    )


def _questions(contest: Contest, task: Task) -> tuple[Questions, tuple[str, ...]]:
    lines = _lines(contest.data)
    part = _part("compared", contest.data, lines)
    if contest.calibration is not None:
        check_apart([part, _part("calibration", contest.calibration, _lines(contest.calibration))])
    task = _task_of_data(task, contest.data, lines)
    targets = [_target(line) for _, line in lines]
    again, notes = repeats(part, targets)
    kept = [(line, target) for n, ((_, line), target) in enumerate(zip(lines, targets, strict=True)) if n not in again]
    labelled = tuple(
        Labelled(request=_request(line["input"]), target=target) for line, target in kept if "target" in line
    )
    metric = _metric(contest.metric or (task.metric if labelled else task.agreement))
    positive = positive_label(metric, contest.positive, [each.target for each in labelled])
    asked = Questions(
        requests=tuple(_request(line["input"]) for line, _ in kept),
        labelled=labelled,
        metric=metric.name,
        positive=positive,
        answer=f"scores.{positive}" if metric.name == "auc" and task.answer == "label" else task.answer,
    )
    return asked, tuple(notes)


def _task_of_data(task: Task, path: Path, lines: Sequence[tuple[int, dict[str, Any]]]) -> Task:
    """Embeddings can be asked for single things or for pairs of them.

    :raises RequestsMissing: both kinds of lines, or pairs without a right answer.
    """
    if task is not TASKS[-1]:
        return task
    pairs = [line for _, line in lines if isinstance(line["input"], list)]
    if not pairs:
        return task
    if len(pairs) == len(lines) and all(len(line["input"]) == 2 and "target" in line for line in pairs):
        return PAIRS
    raise RequestsMissing(
        f"{path} has pairs to ask embeddings for, but not in every line, or not two with a target",
        where=str(path),
        next_step='write a line each: {"input": ["one text", "another"], "target": "same"}',
    )


def _metric(name: str) -> Metric:
    found = metric_named(name)
    if found is None or ":" in found.name:
        raise SettingsInvalid(
            f"there is no metric {name} to compare by",
            where="--metric",
            next_step=f"take one of {', '.join(METRICS)}",
        )
    return found


def _lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Numbers and contents of the lines, each with an input."""
    try:
        text = path.read_text(encoding="utf-8")
        found = [(number, json.loads(line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        missing = next((number for number, line in found if line["input"] is None), None)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as cause:
        raise RequestsMissing(
            f"{path} cannot be read as JSON lines with an input each: {cause!r}",
            where=str(path),
            next_step='write a line each: {"input": "text", "target": "right answer"}',
        ) from cause
    if not found or missing is not None:
        place = str(path) if missing is None else f"{path.name}:{missing}"
        raise RequestsMissing("there is nothing to ask", where=place, next_step="add lines with an input")
    return found


def _part(name: str, path: Path, lines: Iterable[tuple[int, dict[str, Any]]]) -> Part:
    pairs = [(same_input(_request(line["input"])), f"{path.name}:{number}") for number, line in lines]
    return Part(name=name, inputs=tuple(text for text, _ in pairs), places=tuple(place for _, place in pairs))


def _target(line: dict[str, Any]) -> str:
    target = line.get("target", "")
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def _request(asked: object) -> Request:
    return Request(method="POST", path="/", headers=_JSON, body=json.dumps({"input": asked}))
