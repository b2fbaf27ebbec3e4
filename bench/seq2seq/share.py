"""``python -m bench.seq2seq.share FOLDER …``: what Python takes of a generation, beside ONNX Runtime.

Writes ``evidence/DATE-share.json``: for each converted model, greedy and with 4 beams, the share of the time that is
not spent inside a session; medians of 21 generations of 64 tokens for a prompt of 32, with one thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jettison.statistics import median

from ..dated import written
from .asking import given
from .cells import NEW_TOKENS

_GENERATIONS = 21
_INSIDE = ("encode", "run", "best")
"""The network's methods that do nothing but run a session; `Scoring.update` is another."""


def shares(folder: Path) -> dict[str, float]:
    """Python's share, by the number of beams."""
    import numpy as np

    import jettison_runtime
    from jettison_runtime.binding import Scoring

    model: Any = jettison_runtime.load(folder, threads=1).model
    clock = _Clock()
    for name in _INSIDE:
        setattr(model.network, name, clock.around(getattr(model.network, name)))
    untimed = Scoring.update
    setattr(Scoring, "update", clock.around(untimed))  # noqa: B010  (mypy lets no method be assigned)
    found = {}
    for beams in (1, 4):
        ids, new, _ = given({"seed": 1, "rows": 1, "source": 32, "new": NEW_TOKENS, "beams": beams})
        asked = model.settings.updated({"max_new_tokens": new, "min_new_tokens": new, "num_beams": beams})
        outside = []
        for _ in range(_GENERATIONS):
            clock.inside = 0.0
            started = time.perf_counter()
            model.tokens(ids, np.ones(ids.shape, np.int32), asked)
            whole = time.perf_counter() - started
            outside.append(1 - clock.inside / whole)
        found[f"{beams} beams" if beams > 1 else "greedy"] = median(outside)
    setattr(Scoring, "update", untimed)  # noqa: B010
    return found


class _Clock:
    """Seconds spent inside the wrapped calls."""

    inside = 0.0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return call(*given, **options)
            finally:
                self.inside += time.perf_counter() - started

        return timed


if __name__ == "__main__":
    measured = {Path(each).name: shares(Path(each)) for each in sys.argv[1:]}
    for each, rows in measured.items():
        print(each, ", ".join(f"{name} {share:.1%}" for name, share in rows.items()))
    print(written("share", {"python_share": measured}))
