"""Two small graphs that every generating model is given: a search asks them, and never sorts a vocabulary itself.

- ``scores.onnx``: logits [rows, vocabulary] to log-probabilities.
- ``best.onnx``: the `count` largest values of each row and their places, largest first.

Between the two a runtime changes single scores in place: rules that forbid or punish tokens.
"""

from __future__ import annotations

from pathlib import Path

from .graph import Graph, tensor


def write(into: Path) -> None:
    """Both graphs; neither has weights."""
    import onnx

    rows: list[str | int] = ["rows", "vocabulary"]
    scores, best = Graph(), Graph()
    scores.op("LogSoftmax", "logits", name="scores", axis=-1)
    onnx.save(scores.model([tensor("logits", "FLOAT", rows)], [tensor("scores", "FLOAT", rows)]), into / "scores.onnx")
    best.ops("TopK", "scores", "count", outputs=["values", "places"], axis=-1)
    kept: list[str | int] = ["rows", "kept"]
    model = best.model(
        [tensor("scores", "FLOAT", rows), tensor("count", "INT64", [1])],
        [tensor("values", "FLOAT", kept), tensor("places", "INT64", kept)],
    )
    onnx.save(model, into / "best.onnx")
