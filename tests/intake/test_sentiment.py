"""The example around an encoder, as found: its model is made by a script and not committed."""

from __future__ import annotations

from pathlib import Path

from jettison.intake import deployment

SENTIMENT = Path(__file__).parents[2] / "examples" / "sentiment"


def test_the_service_is_read_with_its_labelled_data() -> None:
    found = deployment(SENTIMENT)
    assert (found.entry.module, found.entry.variable, found.entry.framework) == ("app", "app", "fastapi")
    assert (found.start.server, found.start.port, found.workdir) == ("uvicorn", 8000, "/app")
    (model,) = found.checkpoints
    assert (model.name, model.task, model.place) == ("./model", "text-classification", "app.py:15")
    assert len(found.requests) == 193
    assert found.truth is not None
    assert (len(found.truth.selection), len(found.truth.verdict)) == (500, 1479)
    assert {each.target for each in found.truth.verdict} == {"positive", "negative"}
    assert (found.truth.metric, found.limits.keep) == ("accuracy", 0.99)
    assert len(found.truth.calibration) == 1000
