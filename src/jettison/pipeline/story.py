"""``jettison optimize``: the steps in order. Each is kept when it is done, so a run that was cut off goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from jettison import __version__
from jettison.choose import ORIGINAL
from jettison.convert import candidates
from jettison.errors import EnvironmentUnusable, UnsupportedModel
from jettison.intake import deployment
from jettison.machine import host
from jettison.measure import QUICK, SELECTION, Subject
from jettison.records import (
    Adaptation,
    Candidate,
    Checkpoint,
    Deployment,
    Observations,
    Progress,
    Rejected,
    Report,
    Steps,
    Verdict,
    Weight,
)
from jettison.replay.staging import is_network
from jettison.workspace import Workspace, check_output

from .advice import advice
from .alone import adapted
from .asking import observed, prompts, renamed, selection_questions
from .choosing import chosen
from .linting import found_in
from .networks import network_forms, parted
from .outputs import written
from .packing import Proof, proof
from .sides import Sides
from .waterfall import framework_of, model_sizes, weight_of_image, weights_before, weights_between
from .wish import Wish, check_ready, is_converted_as_graph, main_model

PLAN: tuple[tuple[str, str], ...] = (
    ("weigh", "what the image weighs as the Dockerfile builds it, without building or downloading it"),
    ("convert", "the model to every form that runs without its framework, each checked against a reference"),
    ("adapt", "the app to the runtime, or the lines that stand in the way"),
    ("environments", "the original's stack and the lighter one, side by side, cached"),
    ("measure", "every candidate and the original, interleaved, on the selection data"),
    ("pack", "the best one as an image, without daemon or root"),
    ("prove", "the finished image against the original service, on data that nobody has looked at"),
    ("report", "report.html, report.json, the image and its build folder"),
)
"""Step and what it does, in order."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What is known before anything runs."""

    deployment: Deployment
    checkpoint: Checkpoint
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    adaptation: Adaptation
    weights: tuple[Weight, ...]
    """As found, and lighter builds of the same."""


def optimized(wish: Wish, workspace: Workspace) -> Steps[Report]:
    """All of it; the result stands in ``wish.out``.

    :raises JettisonError: the work could not be done; what was finished is kept.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    check_output(wish.out)
    found = yield from _found(wish, workspace)
    sides = Sides(deployment=found.deployment, adaptation=found.adaptation, workspace=workspace)
    subjects, unusable = yield from _subjects(sides, found)
    asked = selection_questions(found.deployment, quick=wish.quick)
    observations = Observations(measurements=(), replays=())
    if subjects:
        observations = yield from observed("measure", subjects, asked, QUICK if wish.quick else SELECTION, workspace)
    best = _verdict(observations, found, unusable)
    shown = None
    if subjects and not wish.quick:
        best, shown = yield from _proved(sides, subjects[0], found, best, wish)
    weights = yield from renamed("weigh", _weights(sides, found, best, shown, workspace))
    rejected = (*found.rejected, *(Rejected(name=name, reason=reason) for name, reason in observations.failed))
    report = Report(
        jettison=__version__,
        started=started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - clock,
        host=host(),
        deployment=found.deployment,
        weights=weights,
        model_sizes=model_sizes(found.checkpoint, found.candidates, best.winner),
        candidates=(_baseline(found), *found.candidates),
        rejected=rejected,
        adaptation=found.adaptation,
        measurements=observations.measurements,
        verdict=best,
        image=shown.image if shown else None,
        proof=shown.observations.measurements if shown else (),
        replay=next(iter(shown.observations.replays), None) if shown else None,
        final=shown.final if shown else None,
        findings=found_in(wish, found.weights),
    )
    report = replace(report, advice=advice(report))
    yield Progress(step="report")
    return (yield from renamed("report", written(report, shown, wish.out)))


def _found(wish: Wish, workspace: Workspace) -> Steps[_Found]:
    service = deployment(wish.service, dockerfile=wish.dockerfile, models=wish.models)
    check_ready(service)
    checkpoint = main_model(service)
    weights = yield from renamed("weigh", weights_before(service, workspace, torch=not is_network(checkpoint)))
    if is_converted_as_graph(checkpoint):
        app = adapted(service)
        service, aside = parted(service) if app.complete else (service, ())
        sides = Sides(deployment=service, adaptation=app, workspace=workspace)
        made, rejected = yield from renamed("convert", network_forms(sides, checkpoint, aside))
    else:
        made, rejected = yield from _converted(service, checkpoint, workspace)
        yield Progress(step="adapt")
        app = adapted(service)
    if made and not app.complete:
        first = app.refusals[0]
        reason = f"the app needs torch: {first.reason}"
        place = f"{first.file}:{first.line}"
        rejected = (*rejected, *(Rejected(name=each.name, reason=reason, place=place) for each in made))
        made = ()
    return _Found(
        deployment=service,
        checkpoint=checkpoint,
        candidates=made,
        rejected=rejected,
        adaptation=app,
        weights=weights,
    )


def _converted(
    service: Deployment, checkpoint: Checkpoint, workspace: Workspace
) -> Steps[tuple[tuple[Candidate, ...], tuple[Rejected, ...]]]:
    assert checkpoint.path is not None
    if checkpoint.path.is_file():
        reason = f"{checkpoint.name} ({checkpoint.format}) is a file that only its framework can load in a service"
        return (), (Rejected(name="onnx", reason=reason, place=checkpoint.place),)
    try:
        asked = prompts(service)
        return (
            yield from candidates(
                checkpoint.path,
                name=checkpoint.name,
                prompts=asked,
                workspace=workspace,
                use=checkpoint.task,
                cpus=service.cpus,
            )
        )
    except UnsupportedModel as cause:
        return (), (Rejected(name="onnx", reason=cause.what, place=cause.where),)


def _subjects(sides: Sides, found: _Found) -> Steps[tuple[tuple[Subject, ...], str]]:
    """The original and every candidate; or why the original cannot run here."""
    try:
        original = yield from renamed("environments", sides.original())
    except EnvironmentUnusable as cause:
        return (), str(cause.what if not cause.where else f"{cause.what} ({cause.where})")
    subjects = [original]
    for candidate in found.candidates:
        subjects.append((yield from renamed("environments", sides.candidate(candidate, found.checkpoint))))
    return tuple(subjects), ""


def _verdict(observations: Observations, found: _Found, unusable: str) -> Verdict:
    if not observations.measurements:
        return Verdict(winner=ORIGINAL, reason=f"weighed only: {unusable}", scores=())
    return chosen(found.deployment, observations.measurements)


def _proved(sides: Sides, original: Subject, found: _Found, best: Verdict, wish: Wish) -> Steps[tuple[Verdict, Proof]]:
    """The first of the chosen that is proved; else the unchanged service on the CPU build of torch.

    The verdict data decide about one candidate. Should it fail, only the form without any quantization is held
    against them too: its answers are those of the original or it fails as well, so nothing is fished for.
    """
    by_name = {each.name: each for each in found.candidates}
    tried = [name for name in dict.fromkeys((*best.order[:1], "fp32")) if name in best.order]
    failures: list[str] = []
    needed: list[int] = [best.needed_items] if best.needed_items else []
    for name in tried:
        shown = yield from renamed("prove", proof(sides, original, by_name[name], found.checkpoint, wish))
        if shown.final.admitted:
            reason = best.reason if name == best.winner else f"{name}, because {'; '.join(failures)}"
            return replace(best, winner=name, reason=reason), shown
        failures.append(f"{name} was not proved: {_failure(shown)}")
        needed += [shown.final.needed_items] if shown.final.needed_items else []
    shown = yield from renamed("prove", proof(sides, original, None, found.checkpoint, wish))
    reason = "; ".join(failures) or best.reason
    return replace(best, winner=ORIGINAL, reason=reason, needed_items=min(needed, default=None)), shown


def _failure(shown: Proof) -> str:
    missed = [each for each in shown.final.judgements if each.ruling in ("refuted", "undecided")]
    if not missed:
        return shown.final.objection
    return f"{missed[0].limit} is {missed[0].ruling}{': ' + missed[0].note if missed[0].note else ''}"


def _weights(
    sides: Sides, found: _Found, best: Verdict, shown: Proof | None, workspace: Workspace
) -> Steps[tuple[Weight, ...]]:
    models = {each.name: each.model for each in found.candidates if each.model}
    between: tuple[Weight, ...] = ()
    framework = framework_of(found.checkpoint)
    if best.winner in models and "fp32" in models and framework:
        between = yield from weights_between(
            found.weights[-1],
            found.checkpoint,
            (models["fp32"], models[best.winner]),
            requirements=sides.light_requirements,
            python=found.deployment.python,
            workspace=workspace,
            framework={"PyTorch": "torch"}.get(framework, framework),
        )
    built = (weight_of_image(shown.image),) if shown else ()
    return (*found.weights, *between, *built)


def _baseline(found: _Found) -> Candidate:
    return Candidate(name=ORIGINAL, recipe=("the service as found, on its own packages",))
