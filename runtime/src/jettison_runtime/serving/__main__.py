"""``python -m jettison_runtime.serving``."""

import sys

from .command import main

sys.exit(main())
