"""``python -m bench.schemas [FOLDER …]``: schemathesis, which is not ours, over the OpenAPI document of served models.

It asks what the document allows and what it forbids, and looks at each answer: no fault of the server, no status, type
or form that the document does not have, nothing accepted that the document forbids. 504 is right where it sets
``X-Timeout-Ms`` to a millisecond itself. Without folders, the example's model in 8 bits is served. Dated JSON under
``evidence/``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.dated import ROOT, written

REQUIREMENT = "schemathesis>=4.30,<5"
CASES = 10_000
_A_RUN = 200
"""Examples of an operation in one run; several runs, each with a seed of its own, make up the cases."""
_MOST_RUNS = 40
_SETTINGS = """\
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "504"]
# What a schema cannot say (a picture's bytes, a tokenizer's means) is refused with a message.
positive_data_acceptance.expected-statuses = ["2xx", "400", "422", "429", "504"]
"""


def fuzzed(python: Path, port: int, *, examples: int, seed: int, seconds: int = 0, phases: str = "") -> dict[str, Any]:
    """One run over a server of this machine.

    :param python: of an environment with schemathesis.
    :param examples: of each operation.
    :param seconds: at most; 0: as long as it takes.
    :returns: ``cases``, and ``failures`` with what was asked.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "settings.toml").write_text(_SETTINGS)
        report = place / "report.json"
        command = [
            *(str(python), "-m", "schemathesis.cli", "--config-file", "settings.toml", "run"),
            *(f"http://127.0.0.1:{port}/openapi.json", "--phases", phases or "examples,coverage,fuzzing"),
            *("--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--no-shrink"),
            *("--suppress-health-check", "all", "--generation-database", "none"),
            *("--report-json-path", str(report), *(("--max-time", str(seconds)) if seconds else ())),
        ]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        if not report.exists():
            raise RuntimeError(f"schemathesis did not run: {done.stdout}{done.stderr}")
        found = json.loads(report.read_text())
    counts = found["test_cases"]
    return {
        "cases": counts["generated"],
        "failures": found["failures"] + found["errors"],
        "said": done.stdout if found["failures"] or found["errors"] else "",
    }


def answered(port: int) -> dict[str, int]:
    """How often a server gave each status, by its own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counts: dict[str, int] = {}
    for line in lines:
        if line.startswith("jettison_requests_total{"):
            status = line.partition('status="')[2].partition('"')[0]
            counts[status] = counts.get(status, 0) + int(line.rsplit(" ", 1)[1])
    return counts


def measured(folders: tuple[Path, ...] = (), *, cases: int = CASES) -> dict[str, Any]:
    """So many cases, in equal parts over the folders."""
    from jettison.environments import Wanted, prepared
    from jettison.records import finished
    from jettison.workspace import Workspace, cache_root

    wanted = Wanted(name="schemas", requirements=(REQUIREMENT,), python="3.11")
    environment = finished(prepared(wanted, Workspace(root=cache_root())))
    models: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as made:
        for folder in folders or (_example(Path(made)),):
            with served(folder) as facts:
                port, name = int(facts["port"]), str(facts["model"])
                total, runs = 0, 0
                failures: list[Any] = []
                while total < cases / max(1, len(folders)) and runs < _MOST_RUNS:
                    found = fuzzed(environment.python, port, examples=_A_RUN, seed=runs)
                    total, runs = total + found["cases"], runs + 1
                    failures += found["failures"]
                    print(f"  {name}: {total} cases, {len(failures)} failures", flush=True)
                models.append(
                    {"model": name, "cases": total, "runs": runs, "failures": failures, "statuses": answered(port)}
                )
    return {
        "schemathesis": dict(environment.record.packages).get("schemathesis", REQUIREMENT),
        "cases": sum(each["cases"] for each in models),
        "failures": sum(len(each["failures"]) for each in models),
        "models": models,
    }


def _example(place: Path) -> Path:
    command = [sys.executable, "-m", "jettison", "convert", str(ROOT / "examples" / "pronounce" / "model")]
    subprocess.run([*command, "--out", str(place / "model")], check=True, capture_output=True)
    return place / "model" / "int8-blocks"


@contextmanager
def served(folder: Path, *flags: str) -> Iterator[dict[str, Any]]:
    """What its log says until it is ready: ``port``, ``grpc_port`` where there is one, ``model``."""
    words = ["--host", "127.0.0.1", "--port", "0", *flags]
    command = [sys.executable, "-m", "jettison_runtime.serving", str(folder), *words]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        facts: dict[str, Any] = {}
        try:
            for line in process.stdout:
                facts = {**facts, **json.loads(line)}
                if facts["event"] == "ready":
                    break
            # Nobody reads the log any more: the server drops what is not read in time.
            yield facts
        finally:
            process.kill()
            process.wait()


def main(words: list[str]) -> int:
    """Measure and write."""
    print(written("schemas", measured(tuple(Path(word) for word in words))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
