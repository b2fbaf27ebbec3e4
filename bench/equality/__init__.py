"""Equality with transformers: the same questions to both, every answer that differs counted, the first ones kept.

The reference is the last transformers 4, and 5 where 4 fails or means something else (see `cases`). What transformers 5
makes of tokenizers is counted beside it: it takes other white space for the end of a word than the tokenizer's own
file says.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bench.dated import ROOT
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Wanted, prepared
from jettison.records import finished
from jettison.workspace import Workspace, cache_root
from jettison_runtime.seq2seq import Seq2Seq

from . import preparing
from .cases import WARPS, Case, Cases
from .comparison import answers, asked_of, compared, generated, warped
from .texts import texts
from .tokenizing import tokenized, tokenizer, trained

_REFERENCE, _NEWER = "transformers==4.57.6", "transformers==5.*"
_MODELS = {
    "pronounce": (ROOT / "examples" / "pronounce" / "model", 69, 300),
    "summarize": (ROOT / "examples" / "summarize" / "model", 32_100, 60),
}
"""Folder, vocabulary, batches of prompts."""
_STOPS = ("the", "of", " a", "s,", "ing", "er ", " in", "to")


def measured() -> dict[str, Any]:
    """Generation of two models under every option, sampling, tokenizers on 10,000 texts, pictures and sounds."""
    started, workspace = time.monotonic(), Workspace(root=cache_root())
    pythons = {"4": _python(_REFERENCE, workspace), "5": _python(_NEWER, workspace)}
    found: dict[str, Any] = {"generation": {}, "sampling": {}, "tokenizers": {}}
    for name, (folder, vocabulary, count) in _MODELS.items():
        if (folder / "model.safetensors").is_file():  # of summarize, once make_model.py has made it
            found["generation"][name] = _generation(pythons, folder, vocabulary, count, workspace)
    for version, python in pythons.items():
        found["sampling"][version] = _sampling(python, _MODELS["pronounce"][0])
    asked = texts()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: folder for name, (folder, _, _) in _MODELS.items()}
        folders |= {f"spiece.model {each.name}": each for each in trained(pythons["4"], Path(scratch))}
        for name, folder in folders.items():
            found["tokenizers"][name] = {
                version: tokenized(python, folder, asked) for version, python in pythons.items()
            }
    found["preparing"] = preparing.measured(workspace)
    found["summary"] = _summary(found)
    return {**found, "seconds": time.monotonic() - started}


def _python(transformers: str, workspace: Workspace) -> Path:
    wanted = Wanted(name="equality", requirements=("torch", transformers, "sentencepiece", "protobuf"), python="3.11")
    return finished(prepared(wanted, workspace)).python


def _generation(
    pythons: dict[str, Path], folder: Path, vocabulary: int, count: int, workspace: Workspace
) -> dict[str, Any]:
    made, rejected = finished(
        candidates(folder, name="equality", prompts=[], workspace=workspace, forms=[named("fp32")])
    )
    if not made or made[0].model is None:
        raise RuntimeError(f"{folder} was not converted: {rejected}")
    model, text = Seq2Seq.load(made[0].model.path), tokenizer(folder).text
    large = vocabulary > 1000
    cases = Cases(
        folder.parent.name,
        vocabulary,
        stops=_STOPS if large else (),
        lengths=(3, 30, 120, 300) if large else (1, 3, 7, 12, 30, 70),
    ).drawn(count)
    ours = [(case, generated(model, text, case)) for case in cases]
    return {
        "prompts": sum(len(case["ids"]) for case in cases),
        "different_answers": len({str(rows) for _, rows in ours}),
        "options": _options(cases),
        **{version: _against(python, folder, version, ours) for version, python in pythons.items()},
    }


def _against(python: Path, folder: Path, version: str, ours: list[tuple[Case, list[list[int]]]]) -> dict[str, Any]:
    asked = [(case, rows) for case, rows in ours if asked_of(version, [case])]
    found = answers(python, folder, {"generate": [case for case, _ in asked]})
    pairs = ((case["options"], rows, got) for (case, got), rows in zip(asked, found["generate"], strict=True))
    return {"transformers": found["transformers"], "torch": found["torch"], **compared(pairs)}


def _sampling(python: Path, folder: Path) -> dict[str, Any]:
    """The largest difference of any token's probability, over options and random scores."""
    chance = np.random.default_rng(1)
    cases = [
        {"options": options, "scores": (chance.standard_normal((4, 8000)) * spread).astype(np.float32).tolist()}
        for options in WARPS
        for spread in (1.0, 4.0)
    ]
    found = answers(python, folder, {"warp": cases})
    worst, sets = 0.0, 0
    for case, expected in zip(cases, found["warp"], strict=True):
        likely = warped(case["options"], np.array(case["scores"], np.float32))
        worst = max(worst, float(np.abs(likely - np.array(expected)).max()))
        sets += int(((likely > 0) != (np.array(expected) > 0)).sum())
    return {"distributions": 4 * len(cases), "worst_difference": worst, "tokens_in_one_only": sets}


def _options(cases: Iterable[Case]) -> dict[str, int]:
    """How many batches set each option."""
    names = [name for case in cases for name in case["options"]]
    return {name: names.count(name) for name in sorted(set(names))}


def _summary(found: dict[str, Any]) -> dict[str, int]:
    """Batches and texts that are equal and different: generation against both, tokenizers against the reference."""
    counts = [each[version] for each in found["generation"].values() for version in ("4", "5")]
    counts += [kind for each in found["tokenizers"].values() for kind in each["4"].values()]
    return {name: sum(each[name] for each in counts) for name in ("equal", "different")}
