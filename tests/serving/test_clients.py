"""tritonclient, which is not ours, gets right answers: over HTTP with its binary tensors and without, and over gRPC.

It runs in an environment of its own, kept in the user's cache. KServe's client, with hundreds of megabytes of packages,
is asked by `python -m bench.evidence clients`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jettison_runtime
from bench.clients import TEXTS, TRITON
from jettison.environments import Wanted, prepared
from jettison.records import finished
from jettison.workspace import Workspace
from tests.serving.folders import doubling
from tests.serving.program import Program, running
from tests.serving.task_folders import made

CLIENTS = Path(__file__).parent / "clients"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Path:
    return made("feature-extraction", tmp_path_factory.mktemp("clients"), workspace)


@pytest.fixture(scope="module")
def servers(embedder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Program]]:
    twice = doubling(tmp_path_factory.mktemp("clients") / "twice")
    flags = ("--batch-rows", "1", "--grpc-port", "0")
    with running(twice, *flags) as floats, running(embedder, *flags) as texts:
        yield {"floats": floats, "texts": texts}


def asked(kind: str, server: Program, cache: Workspace, *, client: str = "of_triton") -> Any:
    wanted = Wanted(name="tritonclient", requirements=(TRITON,), python="3.11")
    python = finished(prepared(wanted, cache)).python
    port = server.until("listening")["grpc_port" if client.endswith("grpc") else "port"]
    command = [str(python), str(CLIENTS / f"{client}.py"), str(port), server.model, kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("client", ["of_triton", "of_triton_grpc"])
def test_tensors_and_texts_come_back_right(
    client: str, servers: dict[str, Program], embedder: Path, user_workspace: Workspace
) -> None:
    twice = [[8.0 * row + 2 * column for column in range(4)] for row in range(3)]
    found = asked("floats", servers["floats"], user_workspace, client=client)
    assert found["answers"]
    assert all(each == {"y": twice} for each in found["answers"])
    expected = jettison_runtime.load(embedder, threads=1).encode(TEXTS).tolist()
    found = asked("texts", servers["texts"], user_workspace, client=client)
    assert found["answers"]
    for each in found["answers"]:
        for got, vector in zip(each["embedding"], expected, strict=True):
            assert got == pytest.approx(vector, abs=1e-5)


def test_triton_reads_what_the_server_says_of_itself(servers: dict[str, Program], user_workspace: Workspace) -> None:
    found = asked("floats", servers["floats"], user_workspace)
    assert found["server"]["extensions"] == ["binary_tensor_data"]
    assert found["model"]["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]
    assert len(found["answers"]) == 8
    assert found["refused"] == ["422", "the model takes x FP32[rows, 4], each once"]
    found = asked("floats", servers["floats"], user_workspace, client="of_triton_grpc")
    assert found["model"]["inputs"] == [{"name": "x", "datatype": "FP32", "shape": ["-1", "4"]}]
    assert len(found["answers"]) == 5
    assert found["refused"] == ["StatusCode.INVALID_ARGUMENT", "the model takes x FP32[rows, 4], each once"]
