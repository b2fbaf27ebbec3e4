"""Plain Kubernetes: Deployment, Service, HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import Any

from ...records import Placement
from .names import command, label, mebibytes, probes, variables

NAME = "kubernetes"
SUMMARY = "kubectl apply -f kubernetes.yaml"

BUSY_PERCENT = 70
"""Of its CPU, above which another replica is started."""
_STEADY_SECONDS = 300


def documents(placement: Placement) -> tuple[dict[str, Any], ...]:
    """See `Platform`."""
    name = label(placement.name)
    chosen = {"app.kubernetes.io/name": name}
    facts = {"name": name, "labels": {**chosen, "app.kubernetes.io/managed-by": "jettison"}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": facts,
        "spec": {
            # The number of replicas is the autoscaler's.
            "selector": {"matchLabels": chosen},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": facts["labels"]}, "spec": pod(placement, name)},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": facts,
        "spec": {"selector": chosen, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": facts,
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 1,
            "maxReplicas": placement.most_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": BUSY_PERCENT}},
                }
            ],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": _STEADY_SECONDS}},
        },
    }
    return deployment, service, scaler


def pod(placement: Placement, container: str) -> dict[str, Any]:
    """A pod that may do no more than answer: no root, nothing written but below /tmp, no rights of its own."""
    return {
        "automountServiceAccountToken": False,
        # A service called jettison would set JETTISON_PORT, to what is no port, in every pod beside it.
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": placement.stop_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": placement.user,
            "runAsGroup": placement.user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": container,
                "image": placement.image,
                **command(placement, "command"),
                "ports": [{"name": "http", "containerPort": placement.port, "protocol": "TCP"}],
                "env": [{"name": key, "value": value} for key, value in variables(placement).items()],
                "resources": {
                    "requests": {"cpu": str(placement.cores), "memory": mebibytes(placement.peak_bytes)},
                    "limits": {"cpu": str(placement.cores), "memory": mebibytes(placement.limit_bytes)},
                },
                **probes(placement),
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
            }
        ],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
