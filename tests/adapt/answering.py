"""The two environments that services in these tests run in, and what services answer there."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jettison.environments import Prepared, Wanted, prepared
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import finished
from jettison.workspace import Workspace

SERVERS = ("flask", "fastapi", "httpx", "waitress", "uvicorn", "pillow", "python-multipart")
"""The web frameworks, with what uploads of pictures need."""


def with_torch(workspace: Workspace) -> Prepared:
    """torch, transformers 4.57 and the web frameworks."""
    requirements = (*SERVERS, "torch", "transformers==4.57.*", "sentencepiece")
    return finished(prepared(Wanted(name="wild", requirements=requirements, python="3.11"), workspace))


def without_torch(workspace: Workspace) -> Prepared:
    """The runtime and the web frameworks."""
    wanted = Wanted(
        name="wild-adapted",
        requirements=(*SERVERS, "onnxruntime", "tokenizers", "numpy"),
        python="3.11",
        wheels=(runtime_wheel(workspace),),
    )
    return finished(prepared(wanted, workspace))


def with_onnx(environment: Prepared, place: Path) -> Prepared:
    """The environment, seeing also the onnx that we have; an empty folder for what leads there."""
    (place / "bin").mkdir()
    (place / "lib").mkdir()
    for name in ("onnx", "google", "ml_dtypes"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations
        (place / "lib" / name).symlink_to(next(iter(spec.submodule_search_locations)))
    program = place / "bin" / "python"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{place}/lib" exec {environment.python} "$@"\n')
    program.chmod(0o755)
    return Prepared(folder=place, record=environment.record)


def answers(environment: Prepared, preloaded: str, root: Path, entries: Mapping[str, str]) -> dict[str, Any]:
    """What all services answer to their requests, in one run of an interpreter.

    :param entries: the app of each folder, as a server is told it.
    """
    program = Path(__file__).with_name("answers_of.py")
    done = subprocess.run(
        [str(environment.python), str(program), preloaded, str(root), *(f"{n}={each}" for n, each in entries.items())],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "JETTISON_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    given: dict[str, Any] = json.loads(done.stdout)
    return given
