"""``python -m bench.verdicts``: every scenario, and its dated JSON under ``evidence/``."""

from __future__ import annotations

from bench.dated import ROOT, written

from . import measured

if __name__ == "__main__":
    print(written("verdicts", measured(lambda line: print(line, flush=True))).relative_to(ROOT))
