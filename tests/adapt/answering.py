"""The two environments that services in these tests run in, and what services answer there."""

from __future__ import annotations

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
