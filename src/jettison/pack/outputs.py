"""Names in the folder that an image is written to."""

from __future__ import annotations

LAYOUT = "oci"
"""The OCI layout."""
BASE_LOCK = "base.lock.json"
"""What makes the same base again."""
REQUIREMENTS_LOCK = "requirements.lock"
"""The distributions that ship, with digests."""
PRUNED_FILES = "pruned-files.txt"
"""Files of those distributions that do not ship, relative to the site folder."""

UNLESS_SET = (
    ("HOME", "/tmp"),  # where anybody may write, whatever user the image is run under
    # A platform runs images under numbers that no passwd file knows: `getpass.getuser()` then has only these.
    ("USER", "nonroot"),
    ("LOGNAME", "nonroot"),
)
"""In the environment of every image whose base or service does not say otherwise."""

ALWAYS = (
    ("ORT_DISABLE_TELEMETRY", "1"),  # ONNX Runtime 1.32 writes files and may call home otherwise
    ("PYTHONUNBUFFERED", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),  # the root cannot be written to
)
"""The environment of every image."""
