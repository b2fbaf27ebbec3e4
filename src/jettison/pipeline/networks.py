"""Services around a network that is converted as a graph: a frozen graph, a SavedModel, a Keras file, an ONNX file, and
transformers' folders of models for pictures and sounds.

An app on TensorFlow or transformers becomes one on the runtime's facade; an app on ONNX Runtime does not change at all,
and the converted file stands in the place of the original one. What quantizers look at is what the service itself asks
the network while it answers a share of the recorded requests, which nothing else looks at.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from jettison.convert.exporters import FROZEN, TRANSFORMERS, Exporter, export, kind_of
from jettison.convert.graphs import Origin, graph_candidates
from jettison.convert.graphs.entries import entries_of
from jettison.errors import (
    ConversionWrong,
    EnvironmentUnusable,
    ModelUnreadable,
    ServiceFailed,
    UnsafeModel,
    UnsupportedModel,
)
from jettison.intake import same_input
from jettison.measure import Subject
from jettison.records import Candidate, Checkpoint, Deployment, Rejected, Request, Steps
from jettison.replay.observation import SAMPLES, asked
from jettison.replay.staging import GRAPH
from jettison.workspace import code_digest, digest

from .asking import identity
from .sides import Sides

Outcome = tuple[tuple[Candidate, ...], tuple[Rejected, ...]]
_SHARE, _MOST = 1 / 3, 150
"""Of the recorded requests, what quantizers may look at: a third, and no more than that many of them."""
_TENSOR = re.compile(r"[\w.\\/>-]+:\d+")


_STATES = ("feature-extraction", "image-feature-extraction")
"""Tasks that a model is loaded for without its head."""


def parted(service: Deployment) -> tuple[Deployment, tuple[Request, ...]]:
    """The service with the requests that measure it, and those that only quantizers look at; they share none.

    Requests that the settings name for that come first; else a share is taken by the hash of each, so that the same
    request always falls on the same side.
    """
    truth = service.truth
    if truth is not None and truth.calibration:
        return service, truth.calibration[:_MOST]
    judged = {same_input(item.request) for item in (*truth.selection, *truth.verdict)} if truth else set()
    share = min(_SHARE, _MOST / len(service.requests))
    aside = tuple(each for each in service.requests if _is_aside(each, share))
    kept = tuple(each for each in service.requests if not _is_aside(each, share))
    if not aside or not any(each.method == "POST" for each in kept):
        return service, ()
    note = f"{len(aside)} of {len(service.requests):,} recorded requests were set aside: quantizers look at them alone"
    return (
        replace(service, requests=kept, notes=(*service.notes, note)),
        tuple(each for each in aside if same_input(each) not in judged),
    )


def _is_aside(request: Request, share: float) -> bool:
    text = f"jettison calibration\0{same_input(request)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") < share * 2**64


def network_forms(sides: Sides, checkpoint: Checkpoint, calibration: tuple[Request, ...]) -> Steps[Outcome]:
    """The network in every form that works here, calibrated on what the service asks it."""
    if reason := _in_the_way(sides, checkpoint):
        return (), (reason,)
    try:
        return (yield from _forms(sides, checkpoint, calibration))
    except (ConversionWrong, ModelUnreadable, UnsafeModel, UnsupportedModel) as cause:
        return (), (Rejected(name="converted", reason=cause.what, place=cause.where),)


def _in_the_way(sides: Sides, checkpoint: Checkpoint) -> Rejected | None:
    if not sides.adaptation.complete:
        first = sides.adaptation.refusals[0]
        reason = f"the app needs its framework: {first.reason}"
        return Rejected(name="converted", reason=reason, place=f"{first.file}:{first.line}")
    if checkpoint.path is not None and kind_of(str(checkpoint.path)) is TRANSFORMERS:
        entries = entries_of(checkpoint.path)
        if not entries:
            reason = f"what is done to an input of {checkpoint.name} before its network is not known to the runtime"
            return Rejected(name="converted", reason=reason, place=checkpoint.place)
        if checkpoint.task and (checkpoint.task in _STATES) != (entries["task"] in _STATES):
            reason = f"{checkpoint.name} was saved for {entries['task']}, and the code loads it for {checkpoint.task}"
            return Rejected(name="converted", reason=reason, place=checkpoint.place)
    others = [each.name for each in sides.deployment.checkpoints if each.name != checkpoint.name]
    if others and not sides.keeps_app:
        reason = (
            f"the app loads more than one network, and only one would be converted: {checkpoint.name}, not {others[0]}"
        )
        return Rejected(name="converted", reason=reason, place=checkpoint.place)
    return None


def _forms(sides: Sides, checkpoint: Checkpoint, calibration: tuple[Request, ...]) -> Steps[Outcome]:
    assert checkpoint.path is not None
    graph, origin = checkpoint.path, Origin()
    exporter = kind_of(str(checkpoint.path))
    if exporter is not None:
        graph, origin = yield from _exported(sides, checkpoint, exporter)
    options: dict[str, Any] = {
        "name": checkpoint.name,
        "workspace": sides.workspace,
        "origin": origin,
        "one_file": sides.keeps_app,
    }
    if sides.keeps_app:
        data = yield from _samples_of_original(sides, checkpoint.path, calibration)
    else:
        # The graph in the very app is asked; how right it is, is judged by the framework's own answers.
        plain, rejected = yield from graph_candidates(graph, data=None, forms=["fp32"], **options)
        if not plain or plain[0].model is None:
            return (), rejected
        subject = yield from sides.candidate(plain[0], checkpoint)
        data = yield from _samples(sides, subject, plain[0].model.path / GRAPH, calibration)
    return (yield from graph_candidates(graph, data=data, cpus=sides.deployment.cpus, **options))


def _exported(sides: Sides, checkpoint: Checkpoint, exporter: Exporter) -> Steps[tuple[Path, Origin]]:
    tensors = tuple(sorted(set(_tensors(sides.deployment)))) if exporter is FROZEN else ()
    entries = entries_of(checkpoint.path) if exporter is TRANSFORMERS and checkpoint.path else {}
    made = yield from export(exporter, str(checkpoint.path), None, (), sides.workspace)
    made = replace(made, tensors=tensors)
    graph = yield from made.graph()
    return graph, Origin(words=f"the {exporter.kind}", answered=made.answers, entries=entries)


def _tensors(service: Deployment) -> Iterator[str]:
    """Names of a graph's tensors, as far as texts in the code look like ones: ``embeddings:0``."""
    for file in service.files:
        if file.source.suffix != ".py":
            continue
        try:
            tree = ast.parse((service.root / file.source).read_bytes())
        except (SyntaxError, ValueError, RecursionError):
            continue  # the adapter says what is wrong with it, when it matters
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _TENSOR.fullmatch(node.value):
                yield node.value


def _samples_of_original(sides: Sides, model: Path, requests: tuple[Request, ...]) -> Steps[Path | None]:
    """The same of an app that stays as it is; None too where it cannot run here, and is weighed only."""
    try:
        subject = yield from sides.original()
    except EnvironmentUnusable:
        return None
    return (yield from _samples(sides, subject, model, requests))


def _samples(sides: Sides, subject: Subject, model: Path, requests: tuple[Request, ...]) -> Steps[Path | None]:
    """What the service asks the network while it answers; None when it asks nothing, or there is nothing to ask."""
    if not requests:
        return None
    key = digest(identity(subject), requests, code_digest())

    def fill(into: Path) -> Steps[None]:
        yield from asked(subject.launch, model, requests, into)

    try:
        folder = yield from sides.workspace.folder("observed", key, fill)
    except ServiceFailed as cause:
        raise UnsupportedModel(
            f"the service does not answer while it is watched what it asks {model.name}: {cause.what}",
            where=cause.where,
            next_step=cause.next_step,
        ) from cause
    found = folder / SAMPLES
    return found if found.is_file() else None
