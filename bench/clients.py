"""Clients and schemas that are not ours, some of hundreds of megabytes: what they say of the server and the manifests.

``clients``: tritonclient and KServe's Python client, over HTTP (binary tensors and JSON) and over gRPC (bytes and typed
contents), against a served encoder; each answer is held against the model's own. ``platforms``: the manifests against
the schemas and types of Kubernetes, compose, KServe and Azure, and whether each of them refuses a slip.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.dated import ROOT
from bench.schemas import served

TRITON, KSERVE = "tritonclient[grpc,http]>=2.60", "kserve>=0.15"
PROGRAMS = {"of_triton": TRITON, "of_triton_grpc": TRITON, "of_kserve": KSERVE, "of_kserve_grpc": KSERVE}
"""Of tests/serving/clients, with what each is written with."""
TEXTS = ["hello world", "naïve 😀"]
_PROGRAMS = ROOT / "tests" / "serving" / "clients"
_ACCEPTED = ROOT / "tests" / "manifests" / "accepted.py"
_SLIPS = {
    "kubernetes": ("runAsNonRoot", "runAsNonroot"),
    "compose": ("mem_limit", "memory"),
    "kserve": ("scaleMetric", "scaleMetrik"),
    "container-apps": ("targetPort", "targetPorts"),
}
_CHECKERS = {
    "kubernetes": "kubernetes-validate",
    "compose": "compose-pydantic",
    "kserve": KSERVE,
    "container-apps": "azure-mgmt-appcontainers",
}
_READER = "pyyaml"


def clients() -> dict[str, Any]:
    """What each client got, how far from the model's own answers, and what its packages take to install."""
    import jettison_runtime

    with tempfile.TemporaryDirectory() as made:
        folder = _encoder(Path(made))
        expected = jettison_runtime.load(folder).encode(TEXTS)
        with served(folder, "--grpc-port", "0") as facts:
            found = {}
            for client, requirement in PROGRAMS.items():
                python, seconds = _environment(requirement.partition("[")[0].partition(">")[0], requirement)
                port = facts["grpc_port" if client.endswith("grpc") else "port"]
                command = [str(python), str(_PROGRAMS / f"{client}.py"), str(port), str(facts["model"]), "texts"]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                answers = json.loads(done.stdout.splitlines()[-1])["answers"]
                farthest = max(
                    abs(got - wanted)
                    for answer in answers
                    for row, vector in zip(answer["embedding"], expected.tolist(), strict=True)
                    for got, wanted in zip(row, vector, strict=True)
                )
                found[client] = {
                    "requirement": requirement,
                    "answers": len(answers),
                    "farthest_from_the_models_own": farthest,
                    "environment_seconds": seconds,
                }
    return {"clients": found}


def platforms() -> dict[str, Any]:
    """What each platform's own schema says of its manifest, and of one with a slip."""
    from jettison.commands import main

    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        words = ["manifests", str(_encoder(place)), "--image", "registry.example/model:1", "--memory", "300MB"]
        assert main([*words, "--out", str(place / "out")]) == 0
        found = {}
        for kind, requirement in _CHECKERS.items():
            python, seconds = _environment(f"platform-{kind}", requirement, _READER)
            file = place / "out" / f"{kind}.yaml"
            slip = place / "slip.yaml"
            slip.write_text(file.read_text().replace(*_SLIPS[kind]))
            said = [
                subprocess.run(
                    [str(python), str(_ACCEPTED), kind, str(each)], capture_output=True, text=True, check=False
                )
                for each in (file, slip)
            ]
            found[kind] = {
                "held_against": requirement,
                "accepted": said[0].returncode == 0,
                "refuses_a_slip": said[1].returncode != 0 and _SLIPS[kind][1] in said[1].stderr,
                "environment_seconds": seconds,
            }
    return {"platforms": found}


def _encoder(place: Path) -> Path:
    """A small BERT with weights drawn at random, which gives vectors."""
    from jettison.convert import candidates
    from jettison.convert.forms import named
    from jettison.records import finished
    from jettison.workspace import Workspace
    from tests.encoder_folders import bert

    source = bert(place / "bert", "feature-extraction", seed=7)
    forms = [named("fp32")]
    made, _ = finished(
        candidates(source, name="bert", prompts=[], workspace=Workspace(root=place / "cache"), forms=forms)
    )
    assert made[0].model is not None
    return made[0].model.path


def _environment(name: str, *requirements: str) -> tuple[Path, float]:
    """Its Python, and how long it took to be had: a fraction of a second where it is kept."""
    from jettison.environments import Wanted, prepared
    from jettison.records import finished
    from jettison.workspace import Workspace, cache_root

    started = time.monotonic()
    wanted = Wanted(name=name, requirements=requirements, python="3.11")
    return finished(prepared(wanted, Workspace(root=cache_root()))).python, time.monotonic() - started
