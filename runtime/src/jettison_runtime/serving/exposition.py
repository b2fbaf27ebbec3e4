"""``/metrics``: what was counted, and the state of now, for Prometheus."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jettison_server.memory import memory_limit_bytes

from .messages import Request, Response
from .metrics import gauge
from .routes import Route

if TYPE_CHECKING:
    from .service import Service

_MEDIA = "text/plain; version=0.0.4; charset=utf-8"


async def metrics(service: Service, request: Request) -> Response:
    """Everything, in Prometheus' text format."""
    lines = service.metrics.lines()
    lines += gauge("jettison_in_flight", "Requests that are being answered.", service.in_flight)
    lines += gauge("jettison_waiting", "Requests that wait for the model.", service.inference.waiting)
    lines += gauge("jettison_held_bytes", "Bytes of bodies that are held.", service.bodies.held)
    lines += gauge("jettison_at_once", "Whether quick requests are computed in the event loop.", service.at_once)
    lines += gauge("jettison_ready", "Whether the model would answer now.", not service.why_not_ready)
    lines += gauge("jettison_log_lines_dropped", "Lines that nobody read in time.", service.log.dropped)
    lines += gauge("process_resident_memory_bytes", "Resident memory.", _resident_bytes())
    lines += gauge("jettison_rows_together", "Rows that are computed together.", service.inference.rows_together)
    limit = memory_limit_bytes()
    if limit is not None:
        lines += gauge("jettison_memory_limit_bytes", "The container's memory limit.", limit)
    if service.served is not None:
        served = service.served
        facts = {"name": served.name, "task": served.task, "form": served.form, "digest": served.digest}
        lines += gauge("jettison_model_info", "The model that is served.", 1, facts)
    return Response(body=("\n".join(lines) + "\n").encode(), media=_MEDIA)


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


ROUTES = [Route(method="GET", path="/metrics", answer=metrics, summary="Counters for Prometheus")]
