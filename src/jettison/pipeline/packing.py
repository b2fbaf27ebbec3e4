"""From the verdict to an image, and from the image to its proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from jettison import oci, pack
from jettison.choose import as_good
from jettison.environments import SHOWN
from jettison.measure import CLOSE, PROOF, SELECTION, Subject
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import Blueprint, Candidate, Checkpoint, Image, Judgement, Observations, Score, Steps
from jettison.replay.staging import converted_place
from jettison.workspace import code_digest, digest, file_digest, tree_digest

from .asking import observed, questions, verdict_questions
from .choosing import proved
from .sides import Sides
from .wish import Wish

_BUILD_ONLY = ("PATH", "PIP_", "UV_", "POETRY_", "CONDA_", "VIRTUAL_ENV", "DEBIAN_FRONTEND", "HF_", "TRANSFORMERS_")
"""Beginnings of variables that served the build of the original image, or libraries that are gone."""


UNCHANGED = "original, packed"
"""The name of the image that keeps the service as it is, on the CPU build of torch."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A finished image held against the original service."""

    image: Image
    blueprint: Blueprint
    observations: Observations
    final: Score


def blueprint(sides: Sides, candidate: Candidate | None, checkpoint: Checkpoint, wish: Wish) -> Steps[Blueprint]:
    """What goes into the image of a candidate; with None that of the unchanged service, on the CPU build of torch."""
    found = sides.deployment
    if candidate is not None and candidate.model is not None:
        tree = yield from sides.adapted_stage(checkpoint).tree(sides.workspace)
        models: tuple[tuple[Path, str], ...] = ((candidate.model.path, converted_place(checkpoint)),)
        requirements = sides.light_requirements
    else:
        tree = yield from sides.original_stage().tree(sides.workspace)
        models = tuple((folder, place) for place, folder in sides.original_folders().items())
        requirements = found.requirements
    return Blueprint(
        reference=f"{found.name}:jettison",
        title=found.name,
        python=found.python,
        base=wish.base,
        base_lock=wish.base_lock,
        app=tree,
        models=models,
        requirements=(*requirements, sides.server),
        index_options=sides.index_options,
        constraints=sides.constraints,
        wheels=(runtime_wheel(sides.workspace),),
        command=("python", *sides.start_command),
        environment=tuple(pair for pair in sides.variables.items() if not pair[0].startswith(_BUILD_ONLY)),
        workdir=found.workdir,
        port=found.start.port,
    )


def image(plan: Blueprint, sides: Sides) -> Steps[Image]:
    """The image of a blueprint; packed once for the same content."""
    content = [tree_digest(folder) for folder, _ in plan.models]
    locks = [file_digest(plan.base_lock)] if plan.base_lock else []
    # Other rules, another SOURCE_DATE_EPOCH, and another day's security updates make another image.
    key = digest(plan, content, locks, oci.timestamp(), code_digest(), datetime.now(UTC).date().isoformat())
    place = sides.workspace.entry("images", key)
    if not place.is_dir():
        sides.workspace.entry("packed", key).with_suffix(".json").unlink(missing_ok=True)
    return (yield from sides.workspace.record("packed", key, Image, lambda: pack.image(plan, sides.workspace, place)))


def compiled(plan: Blueprint, sides: Sides) -> Steps[tuple[Blueprint, Image]]:
    """The image on numpy compiled without BLAS, unmeasured; where that cannot be had, on numpy's own wheel."""
    made = yield from pack.compiled(plan, sides.workspace)
    if made.wheel is not None:
        plan = replace(plan, compiled=(made.wheel,))
    packed = yield from image(plan, sides)
    return plan, _noted(packed, made.note)


def _lighter(plan: Blueprint, sides: Sides) -> Steps[tuple[Blueprint, Image]]:
    """The image of a blueprint; on numpy compiled without BLAS where that is asked for and was seen to cost nothing."""
    whole = yield from image(plan, sides)
    wish, limit = sides.deployment.numpy, sides.deployment.limits.image_bytes
    is_small_enough = limit is None or whole.unpacked_bytes <= limit
    if wish == "wheel" or (wish == "auto" and is_small_enough):
        return plan, whole
    lean_plan, lean = yield from compiled(plan, sides)
    if lean_plan == plan:
        return plan, lean
    subjects = (
        (yield from sides.image(whole, "numpy's wheel", 0, _versions(whole))),
        (yield from sides.image(lean, "numpy without BLAS", 0, _versions(lean))),
    )
    asked = questions(sides.deployment, ())
    good, how = as_good((yield from observed("measure", subjects, asked, SELECTION, sides.workspace)))
    if good is None:
        # A second look, longer and decided by itself alone; not to know then counts against it.
        good, how = as_good((yield from observed("measure", subjects, asked, CLOSE, sides.workspace)))
    if good:
        return lean_plan, _noted(lean, f"the service on it is {how} as on the index's wheel, with the same answers")
    return plan, _noted(whole, f"numpy is the index's own wheel: compiled without BLAS, {how}")


def _noted(packed: Image, note: str) -> Image:
    return replace(packed, notes=(*packed.notes, note)) if note else packed


def proof(
    sides: Sides, original: Subject, candidate: Candidate | None, checkpoint: Checkpoint, wish: Wish
) -> Steps[Proof]:
    """Pack a candidate and hold the image against the original service on the verdict data."""
    plan = yield from blueprint(sides, candidate, checkpoint, wish)
    plan, packed = yield from _lighter(plan, sides)
    name = candidate.name if candidate else UNCHANGED
    size = candidate.model.size_bytes if candidate and candidate.model else original.model_bytes
    subject = yield from sides.image(packed, name, size, _versions(packed))
    found = yield from observed(
        "prove", (original, subject), verdict_questions(sides.deployment), PROOF, sides.workspace
    )
    return Proof(image=packed, blueprint=plan, observations=found, final=_final(sides, found, packed))


def _final(sides: Sides, found: Observations, packed: Image) -> Score:
    baseline, *rest = found.measurements
    if not rest:
        name, reason = found.failed[0]
        failed = Judgement(limit="the finished image starts and answers", ruling="refuted", note=reason)
        return Score(candidate=name, judgements=(failed,))
    return proved(sides.deployment, baseline, rest[0], packed)


def _versions(packed: Image) -> tuple[tuple[str, str], ...]:
    """Distributions of the image with their versions, from its lock."""
    if packed.requirements_lock is None:
        return ()
    lines = packed.requirements_lock.read_text(encoding="utf-8").splitlines()
    pins = (line.split()[0].partition("==") for line in lines if "==" in line)
    return tuple((name, version) for name, _, version in pins if name in SHOWN)
