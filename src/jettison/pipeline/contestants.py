"""The models of a comparison, each in its own stack behind the same small service."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from jettison.choose import ORIGINAL
from jettison.environments import Wanted, prepared
from jettison.errors import ModelMissing, ModelUnreadable, UnsupportedModel
from jettison.measure import Subject
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import Steps
from jettison.replay.service import ONE_THREAD, Launch
from jettison.sandbox.container import Mount
from jettison.workspace import Workspace

_RUNTIME = ("onnxruntime", "tokenizers", "numpy", "waitress")
_TRANSFORMERS = ("torch", "transformers", "sentencepiece", "waitress")
_WITH_ANSWERS = ("torch", "transformers<5", "sentencepiece", "waitress")
"""The fifth transformers has no pipeline that answers questions."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a model is for, and how it is asked and judged when nobody says otherwise."""

    name: str
    answer: str
    """Where the answer of `measure.apps` holds the prediction."""
    metric: str
    """Against right answers."""
    agreement: str
    """Against the first model's, where there are none."""
    heads: tuple[str, ...]
    """Endings of ``architectures`` in a Hugging Face config.json."""
    stack: tuple[str, ...] = _TRANSFORMERS
    """What a Hugging Face folder runs on."""


TASKS: tuple[Task, ...] = (
    Task(
        name="text2text-generation",
        answer="text",
        metric="token_error_rate",
        agreement="exact_match",
        heads=("ForConditionalGeneration",),
    ),
    Task(
        name="text-classification",
        answer="label",
        metric="accuracy",
        agreement="accuracy",
        heads=("ForSequenceClassification",),
    ),
    Task(
        name="token-classification",
        answer="text",
        metric="exact_match",
        agreement="exact_match",
        heads=("ForTokenClassification",),
    ),
    Task(
        name="question-answering",
        answer="text",
        metric="f1_token",
        agreement="f1_token",
        heads=("ForQuestionAnswering",),
        stack=_WITH_ANSWERS,
    ),
    Task(name="fill-mask", answer="text", metric="accuracy", agreement="accuracy", heads=("ForMaskedLM",)),
    Task(name="feature-extraction", answer="vector", metric="cosine", agreement="cosine", heads=("Model",)),
)
"""By the names of transformers' pipelines."""

PAIRS = replace(TASKS[-1], answer="score", metric="auc")
"""Embeddings that are asked for two things at a time: how near they are."""

_USUAL = {"vector": "cosine", "score": "auc", "label": "accuracy"}
"""How an answer in that place is judged."""


@dataclass(frozen=True, kw_only=True)
class OwnApp:
    """How models are asked that need more than texts: a WSGI app of the user's own, the same for all of them.

    It loads ``$MODEL``, and answers ``POST {"input": …}`` as those of `measure.apps` do. The folder of the data is
    ``$DATA``.
    """

    file: Path
    answer: str
    """Where its answer holds the prediction."""
    requirements: tuple[str, ...] = ()
    """What it needs beside the runtime: ``pillow``."""


def task_of(models: Sequence[Path], app: OwnApp | None = None) -> Task:
    """What all of these folders are for; any folder will do for an app of the user's own.

    :raises ModelMissing: a folder is neither converted nor a Hugging Face one.
    :raises ModelUnreadable: its description does not parse.
    :raises UnsupportedModel: it is for something that cannot be compared, or for something else than the first.
    """
    if app is not None:
        for folder in models:
            _check_folder(folder)
        by = _USUAL.get(app.answer, "exact_match")
        return Task(name=app.file.name, answer=app.answer, metric=by, agreement=by, heads=())
    found = [_task(folder) for folder in models]
    for folder, task in zip(models, found, strict=True):
        if task != found[0]:
            raise UnsupportedModel(
                f"{folder} is for {task.name}, and {models[0]} for {found[0].name}",
                where=str(folder),
                next_step="compare models for one task",
            )
    return found[0]


def names(models: Sequence[Path]) -> tuple[str, ...]:
    """A short name for each folder, made different where two folders have the same.

    None is called as the verdict calls what stays, or a model of that name could not win.
    """
    short = [folder.resolve().name for folder in models]
    return tuple(
        name if short.count(name) == 1 and name != ORIGINAL else f"{folder.resolve().parent.name}/{name}"
        for name, folder in zip(short, models, strict=True)
    )


def contestant(
    name: str,
    folder: Path,
    task: Task,
    workspace: Workspace,
    *,
    data: Path,
    options: Sequence[tuple[str, Any]] = (),
    app: OwnApp | None = None,
) -> Steps[Subject]:
    """A folder as something that can be started: a converted one on the runtime, another on torch and transformers."""
    converted = _is_converted(folder)
    more = app.requirements if app else ()
    wanted = Wanted(
        name="runtime" if converted else "transformers",
        requirements=(*(_RUNTIME if converted else task.stack), *more),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        wheels=(runtime_wheel(workspace),),
    )
    environment = yield from prepared(wanted, workspace)
    module = "on_runtime" if converted else "on_transformers"
    with resources.as_file(resources.files("jettison.measure.apps")) as apps:
        asking: tuple[Mount, ...] = (Mount(source=apps, target="/apps"),)
    if app is not None:
        module = "own"
        asking = (
            Mount(source=app.file.resolve(), target="/apps/own.py"),
            Mount(source=data.resolve().parent, target="/data"),
        )
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "MODEL": "/model",
        "TASK": task.name,
        "DATA": "/data",
        "OPTIONS": json.dumps(dict(options)),
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
            mounts=(*asking, Mount(source=folder.resolve(), target="/model")),
            installed=(environment.folder,),
        ),
    )


def _is_converted(folder: Path) -> bool:
    return (folder / "manifest.json").is_file()


def _task(folder: Path) -> Task:
    _check_folder(folder)
    if _is_converted(folder):
        named = str(_description(folder / "manifest.json").get("task"))
        found = next((task for task in TASKS if task.name == named), None)
    else:
        named = str(next(iter(_description(folder / "config.json").get("architectures") or ()), "no architecture"))
        sentences = (folder / "modules.json").is_file()
        fitting = (task for task in TASKS if named.endswith(task.heads) and not named.endswith("LMHeadModel"))
        found = TASKS[-1] if sentences else next(fitting, None)
    if found is None:
        raise UnsupportedModel(
            f"models for {named} cannot be compared as they are",
            where=str(folder),
            next_step=f"say how one is asked (--app FILE); these need none: {', '.join(task.name for task in TASKS)}",
        )
    return found


def _check_folder(folder: Path) -> None:
    if not _is_converted(folder) and not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{folder} is no model",
            where=str(folder),
            next_step="give a Hugging Face folder or one from `jettison convert`",
        )


def _description(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as cause:
        raise ModelUnreadable(
            f"{path.name} cannot be read: {cause}", where=str(path), next_step="fetch or convert the model again"
        ) from cause
    if not isinstance(found, dict):
        raise ModelUnreadable(
            f"{path.name} holds no table", where=str(path), next_step="fetch or convert the model again"
        )
    return found
