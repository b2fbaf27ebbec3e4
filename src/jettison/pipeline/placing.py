"""What platforms are told of a service: taken from what a run measured, or from what a model's manifest certifies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from jettison import report as reports
from jettison.errors import ModelUnreadable, SettingsInvalid
from jettison.machine import host
from jettison.records import Envelope, Placement, Report, Request, from_json
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import NAME as MANIFEST
from jettison_runtime.manifest import Manifest, read

ENVELOPE = "envelope.json"
"""Of a folder that `jettison soak --certify` wrote."""
_SPARE = 1.25
"""Times the largest memory that was seen."""
_STEP_BYTES = 32 << 20
_AT_ONCE_A_CORE = 4
_READY = ("ready", "readyz")
_HEALTH = ("health", "healthz", "live", "livez", "ping", "status")
_WORDS = {"memory_bytes": "Memory", "cores": "Cores", "at_once": "Requests at once", "image": "Image's name"}
"""How the sentences begin that say where a figure comes from."""
_START_SECONDS = 15.0
"""Of a model whose start was not measured; loading T5-base takes one."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is given by hand, in place of what was measured; None: as measured."""

    image: str | None = None
    memory_bytes: int | None = None
    cores: int | None = None
    at_once: int | None = None


def placed(given: Path, told: Told) -> Placement:
    """The service of a folder from `jettison optimize`, or a model from `jettison convert`.

    :raises ReportUnreadable, ModelUnreadable: it is neither.
    :raises SettingsInvalid: its memory, or the name of its image, is not known.
    """
    if (given / MANIFEST).is_file():
        return _of_model(given, told)
    placement = of_report(reports.stated(given).report)
    if placement is None:
        raise SettingsInvalid(
            "no image was measured in this run",
            where=str(given),
            next_step="run `jettison optimize` without --quick, on a machine where the image can run",
        )
    if (proof := given / ENVELOPE).is_file():
        placement = certified(placement, from_json(proof.read_bytes(), Envelope))
    return _with(placement, told)


def certified(placement: Placement, envelope: Envelope) -> Placement:
    """The same with the memory and the requests at once that were measured at its worst, and proved."""
    limit = envelope.limit_bytes
    said = (
        f"Memory: measured at its worst, {envelope.concurrency} at once with bodies of at most "
        f"{envelope.max_body_bytes:,} bytes, and proved (envelope.json): {limit >> 20} MiB. The image holds to it.",
        f"Requests at once: {envelope.concurrency}, of which the limit is made.",
        *(line for line in placement.sources if not line.startswith(("Memory:", "Requests at once:"))),
    )
    return replace(placement, peak_bytes=limit, limit_bytes=limit, at_once=envelope.concurrency, sources=said)


def of_report(report: Report) -> Placement | None:
    """The finished image of a run; None where there is none, or its memory was not seen."""
    shown = next((each for each in report.proof if each.level == "image"), None)
    if report.image is None or shown is None or not shown.peak_memory_bytes:
        return None
    found, peak = report.deployment, max(shown.peak_memory_bytes)
    threads = found.start.threads if found.entry.kind == "wsgi" else 0
    at_once = max(1, threads) if threads else _AT_ONCE_A_CORE * report.host.cores
    return Placement(
        name=found.name,
        image=report.image.reference,
        port=found.start.port,
        peak_bytes=peak,
        limit_bytes=_limit(peak),
        cores=report.host.cores,
        at_once=at_once,
        live=_asked(found.requests, _HEALTH),
        ready=_asked(found.requests, _READY) or _asked(found.requests, _HEALTH),
        start_seconds=max(shown.cold_start_seconds, default=_START_SECONDS),
        sources=(
            f"Memory: the largest that was seen in {len(shown.peak_memory_bytes)} starts of the image, "
            f"{peak / 1e6:.0f} MB, and a quarter more as the limit.",
            f"Cores: those that it was measured on ({report.host.cores}).",
            f"Requests at once: {'the threads of its server' if threads else 'four a core, which was not measured'}.",
            f"Image: {report.image.digest}; push it, and put its name in your registry in the place of this one.",
        ),
    )


def _of_model(folder: Path, told: Told) -> Placement:
    try:
        manifest = read(folder)
    except ModelFolderError as cause:
        raise ModelUnreadable(str(cause), where=str(folder), next_step="run `jettison convert`") from cause
    certified = _certified(manifest)
    memory = told.memory_bytes or certified
    if not memory or not told.image:
        missing = "how much memory it needs" if not memory else "the name of its image"
        raise SettingsInvalid(
            f"{missing} is not known",
            where=str(folder / MANIFEST),
            next_step="give --memory (300MB) and --image; a service from `jettison optimize` has both measured",
        )
    from jettison_runtime.serving.settings import name_of

    name = name_of(manifest.name) or "model"
    cores = told.cores or host().cores
    placement = Placement(
        name=name,
        image=told.image,
        port=8080,
        peak_bytes=memory,
        limit_bytes=memory,
        cores=cores,
        at_once=_AT_ONCE_A_CORE * cores,
        live="/v2/health/live",
        ready="/v2/health/ready",
        start_seconds=_START_SECONDS,
        sources=(
            "Memory: as certified in the manifest.",
            "Cores: of the machine on which this was written.",
            "Requests at once: four a core, which was not measured.",
        ),
    )
    return _with(placement, told)


def _certified(manifest: Manifest) -> int:
    value = manifest.certificate.get("needed_bytes", 0)
    return value if isinstance(value, int) else 0


def _with(placement: Placement, told: Told) -> Placement:
    """What was given by hand on top, and said so."""
    said = [word for name, word in _WORDS.items() if getattr(told, name) is not None]
    kept = tuple(line for line in placement.sources if line.partition(":")[0] not in said)
    memory = told.memory_bytes
    return replace(
        placement,
        image=told.image or placement.image,
        peak_bytes=min(placement.peak_bytes, memory) if memory else placement.peak_bytes,
        limit_bytes=memory or placement.limit_bytes,
        cores=told.cores or placement.cores,
        at_once=told.at_once or placement.at_once,
        sources=(*kept, *((f"Given by hand: {', '.join(said).lower()}.",) if said else ())),
    )


def _limit(peak: int) -> int:
    return math.ceil(peak * _SPARE / _STEP_BYTES) * _STEP_BYTES


def _asked(requests: tuple[Request, ...], names: tuple[str, ...]) -> str:
    """A recorded path whose last part is one of these, and that needs no query; empty where there is none."""
    for each in requests:
        path, _, query = each.path.partition("?")
        if each.method == "GET" and not query and path.rstrip("/").rpartition("/")[2].lower() in names:
            return path
    return ""
