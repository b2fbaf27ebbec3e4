"""What a report is, as one number."""

from __future__ import annotations

import hashlib

from ..records import Report, to_json


def digest(report: Report) -> str:
    """sha256 over the report as compact JSON, 64 hex digits: the same report gives the same digest on any machine."""
    return hashlib.sha256(to_json(report)).hexdigest()
