"""Candidates and their samples, from seeded generators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

from jettison.records import (
    Candidate,
    Check,
    Doubt,
    Environment,
    Image,
    Level,
    Limits,
    Measurement,
    ModelFolder,
    Score,
)
from jettison.statistics import judgements, ratio_of_medians

from .service import LIMITS, MB, TRUTH

ITEMS = 1000
"""Labelled items in the verdict data; the real service has 2,000."""


def environment(name: str, **packages: str) -> Environment:
    """Where a subject ran."""
    return Environment(name=name, python="3.11.7", packages=tuple(packages.items()))


ORIGINAL_ENVIRONMENT = environment("original", torch="2.13.0+cpu", transformers="5.23.0", flask="3.1.2")
SMALL_ENVIRONMENT = environment("image", onnxruntime="1.24.1", tokenizers="0.22.1", flask="3.1.2")


def measurement(
    candidate: str,
    level: Level,
    *,
    milliseconds: float,
    model_bytes: int,
    peaks: tuple[float, ...],
    cold: tuple[float, ...],
    errors: tuple[float, ...] = (),
    outputs: tuple[str, ...] = (),
    rounds: int = 12,
    block: int = 50,
    doubts: tuple[Doubt, ...] = (),
) -> Measurement:
    """Samples around a latency; peaks in MB, cold starts in seconds."""
    random = Random(f"{candidate} {level}")
    return Measurement(
        candidate=candidate,
        level=level,
        environment=ORIGINAL_ENVIRONMENT if candidate == "original" else SMALL_ENVIRONMENT,
        model_bytes=model_bytes,
        load_seconds=tuple(0.8 * one for one in cold),
        cold_start_seconds=cold,
        warmup_seconds=tuple(milliseconds / 1000 * share for share in (1.9, 1.2, 1.05)),
        rounds=tuple(
            tuple(round(milliseconds / 1000 * random.lognormvariate(0, 0.11), 7) for _ in range(block))
            for _ in range(rounds)
        ),
        peak_memory_bytes=tuple(round(one * MB) for one in peaks),
        errors=errors,
        units=tuple(5.0 for _ in errors),
        outputs=outputs,
        doubts=doubts,
    )


def labelled_errors(seed: str, *, changed: int = 0, worse: int = 0, items: int = ITEMS) -> tuple[float, ...]:
    """The original's errors, with so many items changed, of which so many more wrong than less wrong."""
    random = Random("errors")
    errors = [float(random.random() < 0.3) for _ in range(items)]
    places = Random(seed).sample(range(items), changed)
    for index, place in enumerate(places):
        errors[place] += 1.0 if index < (changed + worse) // 2 else -min(1.0, errors[place])
    return tuple(errors)


ORIGINAL = measurement(
    "original",
    "service",
    milliseconds=92.4,
    model_bytes=11_874_666,
    peaks=(512.3, 515.8, 511.9),
    cold=(7.91, 8.12, 7.84),
    errors=labelled_errors("original"),
)
"""The baseline; both on the selection data and in the proof."""
SHIPPED = measurement(
    "int8-blocks",
    "image",
    milliseconds=8.26,
    model_bytes=3_910_022,
    peaks=(99.1, 101.2, 98.8),
    cold=(0.61, 0.58, 0.64),
    errors=labelled_errors("image", changed=10, worse=2),
)


def candidate(form: str, size_bytes: int, difference: float) -> Candidate:
    """A converted model."""
    return Candidate(
        name=form,
        recipe=("graphs authored from safetensors", "fused attention", f"weights as {form}"),
        model=ModelFolder(
            path=Path("/cache") / form,
            form=form,
            digest=form.encode().hex().ljust(64, "0")[:64],
            file_bytes=(("manifest.json", 2_022), ("weights.bin", size_bytes - 2_022)),
        ),
        check=Check(
            reference="numpy, float64",
            worst_difference=difference,
            cosine=1 - difference / 9,
            agreement=0.999,
            steps=640,
        ),
    )


CANDIDATES = (
    Candidate(name="original", recipe=("as found: transformers on torch",)),
    candidate("fp32", 11_902_144, 2.1e-6),
    candidate("int8-blocks", 3_910_022, 0.0061),
    candidate("int8-channels", 3_655_181, 0.0113),
    candidate("int4-blocks", 2_640_720, 0.0871),
)
MEASUREMENTS = (
    replace(ORIGINAL, rounds=ORIGINAL.rounds[:6]),
    *(
        measurement(
            name,
            "service",
            milliseconds=milliseconds,
            model_bytes=size,
            peaks=(peak, peak + 1.2, peak - 0.4),
            cold=(start, start + 0.05, start - 0.02),
            errors=labelled_errors(name, changed=changed, worse=worse),
            rounds=6,
        )
        for name, milliseconds, size, peak, start, changed, worse in (
            ("fp32", 11.9, 11_902_144, 112.4, 0.63, 0, 0),
            ("int8-blocks", 8.31, 3_910_022, 99.7, 0.59, 8, 0),
            ("int8-channels", 9.02, 3_655_181, 101.9, 0.62, 24, 6),
            ("int4-blocks", 7.88, 2_640_720, 97.2, 0.58, 116, 84),
        )
    ),
)


def score(original: Measurement, one: Measurement, limits: Limits = LIMITS, image: Image | None = None) -> Score:
    """As `choose` gives it."""
    return Score(
        candidate=one.candidate,
        judgements=judgements(
            limits, original, one, metric=TRUTH.metric, image_bytes=image.unpacked_bytes if image else None
        ),
        speed=ratio_of_medians(original.rounds, one.rounds),
    )
