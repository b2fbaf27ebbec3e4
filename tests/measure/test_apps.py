"""The small services around a model alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import jettison.measure.apps
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.records import finished
from jettison.workspace import Workspace
from tests.encoder_folders import TEXTS, bert

APPS = Path(jettison.measure.apps.__file__).parent


def test_an_option_that_the_runtime_lacks_fails_at_the_start_and_not_at_every_request(
    converted: dict[str, Path],
) -> None:
    for options, fails in (('{"num_beams": 2}', False), ('{"num_beam_groups": 2}', True)):
        environment = {**os.environ, "MODEL": str(converted["fp32"]), "OPTIONS": options}
        command = [sys.executable, "-c", "import on_runtime"]
        ran = subprocess.run(command, cwd=APPS, env=environment, capture_output=True, text=True, check=False)
        assert bool(ran.returncode) is fails
        assert ("num_beam_groups=2" in ran.stderr) is fails


ASKED = """
import io, json, sys
import on_runtime
for asked in json.loads(sys.argv[1]):
    body = json.dumps({"input": asked}).encode()
    answered = on_runtime.app({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}, lambda *_: None)
    print(answered[0].decode())
"""


def answers(folder: Path, task: str, workspace: Workspace, *asked: object) -> list[dict[str, object]]:
    """What the app says of a small BERT for that task."""
    source = bert(folder / task, task)
    (made,), _ = finished(candidates(source, name=task, prompts=TEXTS, workspace=workspace, forms=[named("fp32")]))
    assert made.model is not None
    environment = {**os.environ, "MODEL": str(made.model.path), "TASK": task}
    command = [sys.executable, "-c", ASKED, json.dumps(asked)]
    ran = subprocess.run(command, cwd=APPS, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_classifier_answers_with_its_label_and_every_score(tmp_path: Path, workspace: Workspace) -> None:
    (said,) = answers(tmp_path, "text-classification", workspace, TEXTS[0])
    scores = said["scores"]
    assert isinstance(scores, dict)
    assert sum(scores.values()) == pytest.approx(1, rel=1e-5)
    assert said["label"] == max(scores, key=lambda label: scores[label])


def test_embeddings_answer_with_a_vector_and_of_two_texts_with_their_cosine(
    tmp_path: Path, workspace: Workspace
) -> None:
    one, other, near, same = answers(
        tmp_path, "feature-extraction", workspace, TEXTS[0], TEXTS[1], [TEXTS[0], TEXTS[1]], [TEXTS[0], TEXTS[0]]
    )
    first, second = one["vector"], other["vector"]
    assert isinstance(first, list)
    assert isinstance(second, list)
    lengths = (sum(a * a for a in first) * sum(b * b for b in second)) ** 0.5
    expected = sum(a * b for a, b in zip(first, second, strict=True)) / lengths
    assert near["score"] == pytest.approx(expected, abs=1e-5)
    assert same["score"] == pytest.approx(1, abs=1e-5)
