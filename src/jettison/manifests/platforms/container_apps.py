"""Azure Container Apps: the file of ``az containerapp create --yaml``."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ...records import Placement
from .names import command, label, probes, variables

NAME = "container-apps"
SUMMARY = (
    "az containerapp create --name NAME --resource-group GROUP --environment ENVIRONMENT --yaml container-apps.yaml"
)

_STEP_CORES, _MOST_STEPS = 0.25, 16
_STEP_BYTES = 1 << 29
"""A container of the consumption plan has so much memory for each quarter of a core, and four cores at most."""
_LONGEST_NAME = 32


def documents(placement: Placement) -> tuple[dict[str, Any], ...]:
    """See `Platform`; none for a service that needs more memory than a container has there."""
    needed = math.ceil(placement.limit_bytes / _STEP_BYTES)
    if needed > _MOST_STEPS:
        return ()
    steps = min(max(math.ceil(placement.cores / _STEP_CORES), needed), _MOST_STEPS)
    placement = replace(placement, cores=min(placement.cores, int(_MOST_STEPS * _STEP_CORES)))
    name = label(placement.name)[:_LONGEST_NAME].rstrip("-")
    container = {
        "name": name,
        "image": placement.image,
        **command(placement, "command"),
        "env": [{"name": key, "value": value} for key, value in variables(placement).items()],
        "resources": {"cpu": steps * _STEP_CORES, "memory": f"{steps * _STEP_BYTES / 2**30:g}Gi"},
        "probes": [
            {"type": kind.removesuffix("Probe").capitalize(), **_bounded(asked)}
            for kind, asked in probes(placement).items()
        ],
    }
    app = {
        "properties": {
            "configuration": {
                "activeRevisionsMode": "Single",
                "ingress": {"external": False, "targetPort": placement.port, "transport": "http"},
            },
            "template": {
                "terminationGracePeriodSeconds": placement.stop_seconds,
                "containers": [container],
                "scale": {
                    "minReplicas": 0,
                    "maxReplicas": placement.most_replicas,
                    "rules": [
                        {
                            "name": "requests-at-once",
                            "http": {"metadata": {"concurrentRequests": str(placement.at_once)}},
                        }
                    ],
                },
            },
        }
    }
    return (app,)


_MOST_FAILURES, _LONGEST_PERIOD = 10, 240
"""Of a probe of this platform; what is missing in tries is waited for between them."""


def _bounded(probe: dict[str, Any]) -> dict[str, Any]:
    tries = probe["failureThreshold"]
    if tries <= _MOST_FAILURES:
        return probe
    period = min(_LONGEST_PERIOD, math.ceil(probe["periodSeconds"] * tries / _MOST_FAILURES))
    return {**probe, "failureThreshold": _MOST_FAILURES, "periodSeconds": period}
