"""``jettison soak``: a service as found, or the image that ``optimize`` made of it, endpoint by endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from jettison import __version__
from jettison.errors import NotAService, RequestsMissing
from jettison.intake import deployment, suspects, with_files
from jettison.machine import host
from jettison.measure import Subject
from jettison.records import Adaptation, Deployment, Growth, Report, Soak, Steps
from jettison.report.formats.json import read
from jettison.report.verification import REPORT
from jettison.soak import NOT_FOUND, SOAK, Endpoint, Plan, endpoints, soaked
from jettison.workspace import Workspace

from .asking import renamed
from .blaming import lines, remedies
from .certifying import EnvelopeWish, certified, check_certifiable, enveloped
from .outputs import IMAGE
from .sides import Sides


@dataclass(frozen=True, kw_only=True)
class SoakWish:
    """What is soaked, and how long."""

    service: Path
    """A service's folder, or one that ``optimize`` wrote."""
    dockerfile: Path | None = None
    models: Path | None = None
    endpoints: tuple[str, ...] = ()
    """Only these: ``POST /predict``, or the path alone; all when there are none."""
    plan: Plan = field(default=SOAK)
    limit_bytes: int | None = None
    rate: float = 1.0
    remedies: bool = False
    """Settings of the environment are tried too."""
    envelope: EnvelopeWish | None = None


def soak(wish: SoakWish, workspace: Workspace) -> Steps[Soak]:
    """What every endpoint keeps of a request, and why.

    :raises RequestsMissing: there is nothing to ask, no request for an endpoint that was named, or files that requests
        send are gone.
    :raises ServiceFailed: the service does not start.
    """
    started = datetime.now(UTC)
    certify = wish.envelope.certify if wish.envelope else None
    if wish.envelope is not None and certify is not None:
        check_certifiable(wish.service, certify, wish.envelope)
    found, report = _found(wish)
    asked = _chosen(endpoints(found.requests, _sources(found)), wish.endpoints, wish.service)
    subject, note = yield from renamed("environments", _subject(wish.service, found, report, workspace))
    growths = []
    for endpoint in asked:
        growths.append((yield from soaked(subject.launch, endpoint, wish.plan, fixed_port=found.start.port)))
    there = [each for each in growths if not _is_missing(each)] if not wish.endpoints else growths
    notes = [note] if note else []
    notes += [
        f"{each.endpoint} answers only that there is no such page: not soaked" for each in growths if each not in there
    ]
    known = [each for each, growth in zip(asked, growths, strict=True) if growth in there]
    windows, remarks = yield from lines(subject, found, known, there, plan=wish.plan, workspace=workspace)
    notes += remarks
    helped = (yield from remedies(subject, found, known or asked, workspace)) if wish.remedies else None
    limit = wish.limit_bytes or found.limits.peak_memory_bytes
    made = None
    if wish.envelope is not None:
        bearing = [each for each in asked if each.name in {growth.endpoint for growth in there}]
        work = enveloped(subject.launch, found, bearing, there, wish.envelope, limit_bytes=limit, rate=wish.rate)
        made = yield from work
        if certify is not None:
            yield from certified(wish.service, made, certify)
    return Soak(
        jettison=__version__,
        started=started.isoformat(timespec="seconds"),
        host=host(),
        service=f"{found.name} (image)" if subject.level == "image" else found.name,
        command=subject.launch.command if subject.level == "image" else found.start.argv,
        environment=subject.environment,
        growths=tuple(there or growths),
        limit_bytes=limit,
        rate=wish.rate,
        windows=windows,
        suspects=suspects(found),
        remedies=helped,
        envelope=made,
        notes=tuple(notes),
    )


def _found(wish: SoakWish) -> tuple[Deployment, Report | None]:
    """The service, and the report when it is what ``optimize`` wrote."""
    path = wish.service / REPORT
    if not path.is_file():
        return deployment(wish.service, dockerfile=wish.dockerfile, models=wish.models), None
    report = read(path.read_bytes(), where=str(path)).report
    if report.image is None or not (wish.service / IMAGE).is_dir():
        raise NotAService(
            f"{wish.service} holds a report, but no image",
            where=str(wish.service),
            next_step="run `jettison optimize` without --quick, or soak the service's own folder",
        )
    return with_files(report.deployment), report


def _subject(
    folder: Path, found: Deployment, report: Report | None, workspace: Workspace
) -> Steps[tuple[Subject, str]]:
    """What is started, and a remark."""
    sides = Sides(deployment=found, adaptation=_NO_CHANGE, workspace=workspace)
    if report is None or report.image is None:
        return (yield from sides.as_started())
    image = replace(report.image, layout=folder / IMAGE)
    return (yield from sides.image(image, report.verdict.winner, 0, ())), ""


def _is_missing(growth: Growth) -> bool:
    """Nothing but 404 and 405 came back."""
    return not growth.ended and all(status in NOT_FOUND for status, _ in growth.statuses)


def _sources(found: Deployment) -> Iterator[str]:
    """The app's code, where it is still on this machine."""
    for file in found.files:
        path = found.root / file.source
        if path.suffix == ".py" and path.is_file():
            yield path.read_text("utf-8", "replace")


_NO_CHANGE = Adaptation(files=(), diff="", removed=())


def _chosen(found: Sequence[Endpoint], named: Sequence[str], root: Path) -> tuple[Endpoint, ...]:
    missing = [name for name in named if not any(_is(each, name) for each in found)]
    if missing or not found:
        known = ", ".join(each.name for each in found)
        raise RequestsMissing(
            f"there is no recorded request for {missing[0]}" if missing else "there are no recorded requests to ask",
            where=str(root),
            next_step=f"recorded are: {known}"
            if found
            else 'put real ones into requests.jsonl, a line each: {"method": "POST", "path": "/", "json": {}}',
        )
    return tuple(each for each in found if not named or any(_is(each, name) for name in named))


def _is(endpoint: Endpoint, name: str) -> bool:
    return name in (endpoint.name, endpoint.name.partition(" ")[2])
