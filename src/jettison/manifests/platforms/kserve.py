"""KServe: an InferenceService with a container of its own, in Standard mode (no Knative)."""

from __future__ import annotations

from typing import Any

from ...records import Placement
from .kubernetes import BUSY_PERCENT, pod
from .names import label

NAME = "kserve"
SUMMARY = "kubectl apply -f kserve.yaml   (KServe in Standard mode, which is scaled by the CPU)"

_CONTAINER = "kserve-container"
"""The name by which KServe knows the container that answers."""


def documents(placement: Placement) -> tuple[dict[str, Any], ...]:
    """See `Platform`."""
    service = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": label(placement.name),
            "labels": {"app.kubernetes.io/managed-by": "jettison"},
            "annotations": {"serving.kserve.io/deploymentMode": "RawDeployment"},
        },
        "spec": {
            "predictor": {
                "minReplicas": 1,
                "maxReplicas": placement.most_replicas,
                "scaleMetric": "cpu",
                "scaleTarget": BUSY_PERCENT,
                "containerConcurrency": placement.at_once,
                **pod(placement, _CONTAINER),
            }
        },
    }
    return (service,)
