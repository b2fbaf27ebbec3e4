"""One machine: docker compose, or podman."""

from __future__ import annotations

from typing import Any

from ...records import Placement
from .names import command, label, variables

NAME = "compose"
SUMMARY = "docker compose -f compose.yaml up"

_ASK = (
    "import sys, urllib.request as r; sys.exit(r.urlopen('http://127.0.0.1:' + sys.argv[1] + sys.argv[2], timeout=2)"
    ".status != 200)"
)
_TRY = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2).close()"


def documents(placement: Placement) -> tuple[dict[str, Any], ...]:
    """See `Platform`."""
    port = str(placement.port)
    asked = [_ASK, port, placement.ready] if placement.ready else [_TRY, port]
    service = {
        "image": placement.image,
        **command(placement, "command"),
        "environment": variables(placement),
        "ports": [f"127.0.0.1:{port}:{port}"],
        "cpus": float(placement.cores),
        "mem_limit": f"{placement.limit_bytes}b",
        "memswap_limit": f"{placement.limit_bytes}b",
        "user": f"{placement.user}:{placement.user}",
        "read_only": True,
        "tmpfs": ["/tmp"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        # There is no shell in the image, and no curl: its Python asks.
        "healthcheck": {
            "test": ["CMD", "python3", "-c", *asked],
            "interval": "10s",
            "timeout": "5s",
            "retries": 3,
            "start_period": f"{max(10, round(4 * placement.start_seconds))}s",
        },
        "stop_grace_period": f"{placement.stop_seconds}s",
        "restart": "unless-stopped",
    }
    return ({"services": {label(placement.name): _escaped(service)}},)


def _escaped(value: Any) -> Any:
    """Values in which compose fills in no variables: every dollar sign is two."""
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
