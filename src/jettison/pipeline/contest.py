"""``jettison compare``: several models for one job, each in its own stack, asked the same, side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from jettison.choose import verdict
from jettison.environments import Wanted, prepared
from jettison.errors import ModelMissing, RequestsMissing
from jettison.measure import QUICK, SELECTION, Questions, Subject
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import Labelled, Limits, Observations, Request, Steps, Verdict
from jettison.replay.service import ONE_THREAD, Launch
from jettison.sandbox.container import Mount
from jettison.workspace import Workspace

from .asking import observed

_RUNTIME = ("onnxruntime", "tokenizers", "numpy", "waitress")
_TRANSFORMERS = ("torch", "transformers", "sentencepiece", "waitress")
_JSON = (("Content-Type", "application/json"),)


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What is compared, and on what."""

    models: tuple[Path, ...]
    """The first is the baseline."""
    data: Path
    """JSON lines: ``input``, and ``target`` where the right answer is known."""
    metric: str = "token_error_rate"
    options: tuple[tuple[str, Any], ...] = ()
    """Generation options."""
    limits: Limits = field(default_factory=Limits)
    quick: bool = False


def compared(contest: Contest, workspace: Workspace) -> Steps[tuple[Observations, Verdict]]:
    """Every model's cost and answers, and which one wins.

    :raises ModelMissing: a folder is neither converted nor a Hugging Face one.
    :raises RequestsMissing: the data hold nothing to ask.
    """
    asked = _questions(contest)
    subjects = []
    for name, folder in zip(names(contest.models), contest.models, strict=True):
        subjects.append((yield from _subject(name, folder, contest, workspace)))
    found = yield from observed("measure", subjects, asked, QUICK if contest.quick else SELECTION, workspace)
    chosen = verdict(found.measurements, contest.limits, metric=asked.metric, verdict_items=len(asked.labelled))
    return found, chosen


def names(models: Sequence[Path]) -> tuple[str, ...]:
    """A short name for each folder, made different where two folders have the same."""
    short = [folder.resolve().name for folder in models]
    return tuple(
        name if short.count(name) == 1 else f"{folder.resolve().parent.name}/{name}"
        for name, folder in zip(short, models, strict=True)
    )


def _subject(name: str, folder: Path, contest: Contest, workspace: Workspace) -> Steps[Subject]:
    converted = (folder / "manifest.json").is_file()
    if not converted and not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{folder} is no model",
            where=str(folder),
            next_step="give a Hugging Face folder or one from `jettison convert`",
        )
    wanted = Wanted(
        name="runtime" if converted else "transformers",
        requirements=_RUNTIME if converted else _TRANSFORMERS,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        wheels=(runtime_wheel(workspace),),
    )
    environment = yield from prepared(wanted, workspace)
    module = "on_runtime" if converted else "on_transformers"
    with resources.as_file(resources.files("jettison.measure.apps")) as apps:
        mounts = (Mount(source=apps, target="/apps"), Mount(source=folder.resolve(), target="/model"))
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "MODEL": "/model",
        "OPTIONS": json.dumps(dict(contest.options)),
    }
    return Subject(
        candidate=name,
        level="model",
        environment=environment.record,
        model_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        launch=Launch(
            root=Path("/"),
            command=(str(environment.python), "-B", "-m", "jettison_server", f"{module}:app", "--threads", "1"),
            workdir="/apps",
            environment=tuple({**variables, **ONE_THREAD}.items()),
            mounts=mounts,
            installed=(environment.folder,),
        ),
    )


def _questions(contest: Contest) -> Questions:
    try:
        lines = [json.loads(line) for line in contest.data.read_text(encoding="utf-8").splitlines() if line.strip()]
        requests = tuple(_request(line["input"]) for line in lines)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise RequestsMissing(
            f"{contest.data} cannot be read as JSON lines with an input each: {cause!r}",
            where=str(contest.data),
            next_step='write a line each: {"input": "text", "target": "right answer"}',
        ) from cause
    if not requests:
        raise RequestsMissing("there is nothing to ask", where=str(contest.data), next_step="add lines with an input")
    labelled = tuple(
        Labelled(request=request, target=str(line["target"]))
        for request, line in zip(requests, lines, strict=True)
        if "target" in line
    )
    return Questions(requests=requests, labelled=labelled, metric=contest.metric if labelled else "", answer="text")


def _request(text: str) -> Request:
    return Request(method="POST", path="/", headers=_JSON, body=json.dumps({"text": text}))
