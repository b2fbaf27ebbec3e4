"""``python -m bench.equality``: the whole comparison, as dated JSON."""

from __future__ import annotations

import sys

from bench.dated import ROOT, written

from . import measured


def main() -> int:
    """Measure, write, and fail where an answer differs that should not."""
    found = measured()
    print(written("equality", found).relative_to(ROOT))
    print(found["summary"])
    return 0 if found["summary"]["different"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
