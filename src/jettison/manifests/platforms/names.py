"""Names and sizes as platforms take them."""

from __future__ import annotations

import math
import re
from typing import Any

from ...records import Placement

_ODD = re.compile(r"[^a-z0-9]+")
_LONGEST = 50
"""Of 63 letters that a label may have: platforms add some of their own."""
_MEBIBYTE = 1 << 20


def label(name: str) -> str:
    """A name as DNS (RFC 1123) and Kubernetes take it: letters, digits and dashes, a letter first."""
    plain = _ODD.sub("-", name.lower()).strip("-")
    found = plain if plain[:1].isalpha() else f"model-{plain}".rstrip("-")
    return found[:_LONGEST].rstrip("-")


def mebibytes(size: int) -> str:
    """Bytes as Kubernetes writes them, rounded up."""
    return f"{math.ceil(size / _MEBIBYTE)}Mi"


def variables(placement: Placement) -> dict[str, str]:
    """The environment: the port, and as many threads as there are cores to compute with."""
    own = {"PORT": str(placement.port), "JETTISON_THREADS": str(placement.cores)}
    return {**own, **dict(placement.environment)}


def command(placement: Placement, key: str) -> dict[str, list[str]]:
    """The command, under the name that a platform has for it; nothing for the image's own."""
    return {key: list(placement.command)} if placement.command else {}


def probes(placement: Placement) -> dict[str, Any]:
    """Started, ready, alive: as Kubernetes and Container Apps ask."""

    def asked(path: str) -> dict[str, Any]:
        return {"httpGet": {"path": path, "port": placement.port}} if path else {"tcpSocket": {"port": placement.port}}

    # Four times as long as it took, and a minute at least: a cluster's disk and CPU are slower when many start.
    tries = max(30, math.ceil(4 * placement.start_seconds / 2))
    return {
        "startupProbe": {**asked(placement.ready), "periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": tries},
        "readinessProbe": {**asked(placement.ready), "periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 2},
        "livenessProbe": {**asked(placement.live), "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
    }
