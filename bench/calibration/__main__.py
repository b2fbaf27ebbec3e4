"""``python -m bench.calibration [memory|kills]``: dated JSON under ``evidence/``.

``memory``: BERT-base (110 M random weights), 1,000 samples of 128 tokens, and 100 of them: peak memory of the
conversion to static 8 bits. One stream gives the ranges of every method, min-max, percentile and entropy, so one figure
holds for all. ``kills``: a small BERT, converted in peace, and again with five kills at random moments: the same
digest, and no finished step done twice.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.dated import ROOT, written
from bench.inputs import exporter_python
from jettison.convert.exporters import TRANSFORMERS
from jettison.convert.graphs.calibration import METHODS

from . import conversion, finished_jobs

_TOKENS, _VOCABULARY = 128, 30000
_SAMPLES = (100, 1000)
_KILLS, _KILL_SAMPLES = 5, 64
_PROMISED_BYTES = 2_500_000_000


def memory(folder: Path) -> dict[str, Any]:
    """Peak memory by job and number of samples."""
    model, runs = _bert(folder, "base"), []
    for count in _SAMPLES:
        out, cache = folder / f"out-{count}", folder / f"cache-{count}"
        started = time.monotonic()
        watched = conversion(model, _samples(folder, count), out, cache)
        code = watched.until()
        runs.append(
            {
                "samples": count,
                "exit_code": code,
                "seconds": time.monotonic() - started,
                "peak_bytes": max(watched.peaks.values()),
                "peak_bytes_by_job": watched.peaks,
                "recipe": _candidate(watched.said())["recipe"],
            }
        )
        print(f"  {count} samples: {runs[-1]['peak_bytes'] / 1e9:.2f} GB, {runs[-1]['seconds']:.0f} s", flush=True)
        shutil.rmtree(cache)
    return {
        "model": "BERT-base, 110 M random weights, fp32",
        "model_bytes": model.stat().st_size,
        "tokens": _TOKENS,
        "methods": METHODS,
        "promised_bytes": _PROMISED_BYTES,
        "held": all(run["exit_code"] == 0 and run["peak_bytes"] < _PROMISED_BYTES for run in runs),
        "runs": runs,
    }


def kills(folder: Path) -> dict[str, Any]:
    """The same digest, however often it was killed."""
    model, data = _bert(folder, "tiny"), _samples(folder, _KILL_SAMPLES)
    started = time.monotonic()
    undisturbed = conversion(model, data, folder / "peace", folder / "cache-peace")
    undisturbed.until()
    seconds = time.monotonic() - started
    seed = int(time.time())
    rng, kept, again = random.Random(seed), list[int](), 0
    finished: dict[str, int] = {}
    while len(kept) < _KILLS:
        watched = conversion(model, data, folder / "out", folder / "cache")
        watched.until(rng.uniform(0.05, 0.3) * seconds)
        if not watched.kill():  # it was quicker: from the start
            shutil.rmtree(folder / "cache")
            shutil.rmtree(folder / "out")
            finished = {}
            continue
        now = finished_jobs(folder / "cache")
        again += sum(now.get(name) != made for name, made in finished.items())
        finished = now
        kept.append(len(finished))
    last = conversion(model, data, folder / "out", folder / "cache")
    code = last.until()
    again += sum(finished_jobs(folder / "cache").get(name) != made for name, made in finished.items())
    digests = [_candidate(each.said())["model"]["digest"] for each in (undisturbed, last)]
    return {
        "kills": _KILLS,
        "seed": seed,
        "undisturbed_seconds": seconds,
        "finished_jobs_after_each_kill": kept,
        "finished_jobs_done_again": again,
        "digests": digests,
        "held": code == 0 and len(set(digests)) == 1 and not again,
    }


def _bert(folder: Path, size: str) -> Path:
    """The file, written by torch in the exporter's environment."""
    path = folder / "bert.onnx"
    program = Path(__file__).with_name("bert.py")
    subprocess.run([str(exporter_python(TRANSFORMERS)), str(program), size, str(path)], check=True, capture_output=True)
    return path


def _samples(folder: Path, count: int) -> Path:
    ids = np.random.default_rng(0).integers(1000, _VOCABULARY, (count, _TOKENS))
    np.savez(folder / "samples.npz", input_ids=ids, attention_mask=np.ones_like(ids))
    return folder / "samples.npz"


def _candidate(said: str) -> Any:
    return json.loads(said)["candidates"][0]


MEASUREMENTS: dict[str, Callable[[Path], dict[str, Any]]] = {"memory": memory, "kills": kills}


def main(names: list[str]) -> int:
    """Run the named measurements, or both; 1 when what is promised does not hold."""
    held = True
    for name in names or list(MEASUREMENTS):
        print(f"{name} …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found = MEASUREMENTS[name](Path(folder))
        print(f"  {written(f'calibration-{name}', found).relative_to(ROOT)}")
        held = held and found["held"]
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
