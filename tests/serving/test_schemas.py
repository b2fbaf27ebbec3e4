"""The OpenAPI document: what it says is what is answered, held by a fuzzer that is not ours and by its own schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench.schemas import REQUIREMENT, answered, fuzzed
from jettison.environments import Wanted, prepared
from jettison.records import finished
from jettison.workspace import Workspace
from tests.serving.folders import doubling
from tests.serving.program import Program, running
from tests.serving.task_folders import made

_CASES = 1000


@pytest.fixture(scope="module")
def python(user_workspace: Workspace) -> Path:
    wanted = Wanted(name="schemas", requirements=(REQUIREMENT,), python="3.11")
    return finished(prepared(wanted, user_workspace)).python


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Iterator[Program]:
    folder = made("text-classification", tmp_path_factory.mktemp("schemas"), workspace)
    with running(folder, "--batch-rows", "1") as program:
        yield program


def test_every_example_of_the_document_is_answered_as_the_document_says(classifier: Program) -> None:
    _, document, _ = classifier.ask("/openapi.json")
    asked = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = path.format(model=classifier.model, version="1")
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                jsonschema.validate(body["example"], body["schema"])
            status, answer, headers = classifier.ask(place, body and body["example"], method=method.upper())
            (media,) = [
                each for each in operation["responses"]["200"]["content"] if headers["content-type"].startswith(each)
            ]
            assert status == 200, (place, answer)
            schema = operation["responses"]["200"]["content"][media]["schema"]
            if media == "application/json":
                jsonschema.Draft202012Validator.check_schema(schema)
                jsonschema.validate(answer, schema)
            asked += 1
    assert asked == 13


def test_the_document_says_the_models_own_bounds(classifier: Program, tmp_path: Path) -> None:
    _, document, _ = classifier.ask("/openapi.json")
    fields = _body(document, "/classify")["properties"]
    assert fields["top_k"] == {
        **{"type": "integer", "minimum": 1, "maximum": 4, "default": 1},
        "description": "How many labels of each text, best first",
    }
    with running(doubling(tmp_path / "twice"), "--max-rows", "8") as twice:
        _, document, _ = twice.ask("/openapi.json")
    (given,) = [_body(document, "/v2/models/{model}/infer")["properties"]["inputs"]["items"]["properties"]]
    assert given["shape"]["prefixItems"] == [{"type": "integer", "minimum": 1, "maximum": 8}, {"const": 4}]
    assert (given["data"]["minItems"], given["data"]["maxItems"]) == (4, 32)
    assert given["datatype"] == {"const": "FP32"}


@pytest.mark.slow
def test_a_fuzzer_finds_no_fault_and_no_answer_that_is_not_documented(classifier: Program, python: Path) -> None:
    found = fuzzed(python, classifier.port, examples=90, seed=1)
    assert not found["failures"], found["said"]
    statuses = answered(classifier.port)
    assert not {"500", "503"} & statuses.keys(), statuses
    assert {"200", "400", "404", "405", "422"} <= statuses.keys()
    assert found["cases"] >= _CASES, found


def _body(document: Any, path: str) -> Any:
    return document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
