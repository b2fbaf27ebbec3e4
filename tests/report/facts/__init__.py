"""One believable report, and the ways in which a run can end otherwise.

What follows from its samples (rulings, speed) is computed as `choose` computes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from jettison.answers import outputs, replay
from jettison.records import (
    Adaptation,
    AdaptedFile,
    Answer,
    Limits,
    Measurement,
    Refusal,
    Rejected,
    Report,
    Verdict,
    Weight,
)

from .samples import CANDIDATES, MEASUREMENTS, ORIGINAL, ORIGINAL_ENVIRONMENT, SHIPPED, score
from .service import DEPLOYMENT, HOST, MB, REQUESTS
from .sizes import IMAGE, final_parts, part, weights

__all__ = [
    "ADAPTATION",
    "ALL",
    "DIFFERENCES",
    "IMAGE",
    "ORIGINAL",
    "REPLAY",
    "SHIPPED",
    "adapter_refused",
    "full",
    "nothing_better",
    "undecided",
    "without_image",
    "without_labels",
]

ADAPTATION = Adaptation(
    files=(AdaptedFile(path="app.py", before="import torch\n", after=""),),
    diff="""--- app.py
+++ app.py
@@ -3,9 +3,8 @@
 import os

-import torch
 from flask import Flask, jsonify, request
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 MODEL_DIR = os.environ.get("MODEL_DIR", "model")
""",
    removed=("torch", "transformers"),
)
CHANGED = {118: ("K R OW N ER", "K R AA N ER"), 402: ("S IY OW S IY AH", "S IY OW SH AH")}
"""What the two sides answer differently."""


def _answers(side: int) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            status=200,
            content_type="application/json",
            body=json.dumps({"phonemes": CHANGED.get(index, ("W ER D",) * 2)[side], **json.loads(request.body)}),
        )
        for index, request in enumerate(REQUESTS)
    )


REPLAY = replay("int8-blocks", REQUESTS, _answers(0), _answers(1), {})
DIFFERENCES = REPLAY.differences


@cache
def full() -> Report:
    """All went well: smaller, faster, proved."""
    return Report(
        jettison="0.1.0",
        started="2026-11-23T06:31:07Z",
        seconds=412.8,
        host=HOST,
        deployment=DEPLOYMENT,
        weights=weights(),
        model_sizes=(("PyTorch", 11_874_666), ("ONNX", 11_902_144), ("quantized", 3_910_022)),
        candidates=CANDIDATES,
        rejected=(
            Rejected(name="openvino", reason="the runtime is not installed on this machine"),
            Rejected(name="torch.compile", reason="needs a C++ compiler in the image", place="Dockerfile:4"),
        ),
        adaptation=ADAPTATION,
        measurements=MEASUREMENTS,
        verdict=Verdict(
            winner="int8-blocks",
            reason="the fastest of the candidates that hold every limit",
            scores=tuple(score(MEASUREMENTS[0], one) for one in MEASUREMENTS[1:]),
            order=("int8-blocks", "int8-channels", "fp32"),
        ),
        image=IMAGE,
        proof=(ORIGINAL, SHIPPED),
        replay=REPLAY,
        final=score(ORIGINAL, SHIPPED, image=IMAGE),
        advice=(
            "Push the image: `skopeo copy oci:image docker://registry.example/pronounce`.",
            "Start gunicorn with one worker a core: the image answers from one thread.",
        ),
    )


def adapter_refused() -> Report:
    """The app uses torch in a way that the adapter does not know: torch stays, as its CPU build."""
    kept = replace(SHIPPED, candidate="original", environment=ORIGINAL_ENVIRONMENT, rounds=ORIGINAL.rounds[::-1])
    kept = replace(kept, errors=ORIGINAL.errors, peak_memory_bytes=ORIGINAL.peak_memory_bytes)
    kept = replace(kept, cold_start_seconds=(7.7, 7.9, 7.8), model_bytes=ORIGINAL.model_bytes)
    runtime, libraries, *rest = IMAGE.layers
    libraries = replace(
        libraries,
        unpacked_bytes=libraries.unpacked_bytes + 944 * MB,
        compressed_bytes=libraries.compressed_bytes + 189_500_000,
    )
    layers = (runtime, libraries, *rest)
    image = replace(IMAGE, layers=layers)
    parts = (*final_parts(), part("torch 2.13.0+cpu", "python", 189.5, 944.0, "built"))
    return replace(
        full(),
        weights=(*weights()[:2], Weight(name="final", parts=parts)),
        model_sizes=(("PyTorch", 11_874_666),),
        adaptation=replace(
            ADAPTATION,
            refusals=(
                Refusal(
                    file="app.py",
                    line=31,
                    code="logits = torch.softmax(model(**batch).logits, -1)",
                    reason="the result of a tensor operation reaches the answer, and the runtime has no such operation",
                ),
            ),
        ),
        verdict=Verdict(
            winner="original", reason="the app cannot leave torch: app.py:31", scores=full().verdict.scores, order=()
        ),
        image=image,
        proof=(ORIGINAL, kept),
        replay=replay("original", REQUESTS, REPLAY.expected, REPLAY.expected, {}),
        final=score(ORIGINAL, kept, image=image),
    )


def nothing_better() -> Report:
    """No candidate holds the limits; what came in is kept."""
    limits = Limits(loss_points=0.0001)
    return replace(
        full(),
        deployment=replace(DEPLOYMENT, limits=limits),
        weights=weights()[:1],
        model_sizes=(("PyTorch", 11_874_666),),
        adaptation=None,
        verdict=Verdict(
            winner="original",
            reason="no candidate is proved to hold every limit",
            scores=tuple(score(MEASUREMENTS[0], one, limits) for one in MEASUREMENTS[1:]),
        ),
        image=None,
        proof=(),
        replay=None,
        final=None,
        advice=(),
    )


def without_labels() -> Report:
    """Recorded requests, but no right answers: every answer that changed counts."""

    def bare(one: Measurement, changed: int) -> Measurement:
        answers = tuple(f"answer {index}{' changed' if index < changed else ''}" for index in range(len(REQUESTS)))
        return replace(one, errors=(), units=(), outputs=answers)

    original, shipped = (
        replace(bare(one, 0), outputs=tuple(outputs(REPLAY.expected, answers, ())))
        for one, answers in ((ORIGINAL, REPLAY.expected), (SHIPPED, REPLAY.got))
    )
    measured = tuple(bare(one, index) for index, one in enumerate(MEASUREMENTS))
    return replace(
        full(),
        deployment=replace(DEPLOYMENT, truth=None, limits=Limits()),
        measurements=measured,
        verdict=replace(
            full().verdict,
            scores=tuple(score(measured[0], one, Limits()) for one in measured[1:]),
            reason="the fastest",
        ),
        proof=(original, shipped),
        final=score(original, shipped, Limits(), IMAGE),
    )


def without_image() -> Report:
    """A comparison only: nothing was packed."""
    return replace(
        full(), weights=weights()[:5], adaptation=None, image=None, proof=(), replay=None, final=None, advice=()
    )


def undecided() -> Report:
    """Too few labelled items to prove what the numbers suggest."""

    def short(one: Measurement) -> Measurement:
        return replace(one, errors=one.errors[:60], units=one.units[:60])

    shipped = replace(
        short(SHIPPED),
        errors=(ORIGINAL.errors[0] + 1, *ORIGINAL.errors[1:60]),
        doubts=("few samples", "one core"),
    )
    original = replace(
        short(ORIGINAL),
        environment=replace(ORIGINAL_ENVIRONMENT, stand_in="Python 3.11 in place of 3.9"),
        doubts=("few samples", "one core", "stand-in environment"),
    )
    return replace(full(), proof=(original, shipped), final=score(original, shipped, image=IMAGE))


ALL: dict[str, Callable[[], Report]] = {
    "full": full,
    "adapter_refused": adapter_refused,
    "nothing_better": nothing_better,
    "without_labels": without_labels,
    "without_image": without_image,
    "undecided": undecided,
}
