"""Results as dated JSON, with the machine and the commit that they belong to."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EVIDENCE = ROOT / "evidence"


def written(name: str, found: Mapping[str, Any], folder: Path = EVIDENCE) -> Path:
    """``FOLDER/DATE-NAME.json``."""
    from jettison.machine import host

    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    stated = {
        "measurement": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "host": plain(host()),
        **found,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%d}-{name}.json"
    path.write_text(json.dumps(stated, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def plain(record: Any) -> Any:
    """A record as plain values."""
    from jettison.records import to_json

    return json.loads(to_json(record))
