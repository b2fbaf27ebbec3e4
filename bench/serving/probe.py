"""A probe of health in a process of its own, so that the asking does not delay it."""

from __future__ import annotations

import json
import sys

from .load import probing

if __name__ == "__main__":
    print(json.dumps(probing(int(sys.argv[1]), sys.argv[2], seconds=float(sys.argv[3]))))
