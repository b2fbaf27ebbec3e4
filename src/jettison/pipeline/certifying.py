"""The memory envelope of what is soaked: measured, proved under limits of the kernel's, written into the image."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from jettison import oci
from jettison.errors import EnvironmentUnusable, NotAService, ServiceFailed
from jettison.manifests import manifests
from jettison.records import Deployment, Envelope, Growth, Request, Steps, to_json
from jettison.replay.service import Launch
from jettison.report import documents, listed
from jettison.report.formats.json import read
from jettison.report.verification import REPORT
from jettison.soak import MEASURED, Admission, Endpoint, EnvelopePlan, envelope, injected, trial, wider
from jettison.workspace import check_output, output_folder

from .outputs import ARCHIVE, BUILD, IMAGE, MANIFESTS
from .placing import ENVELOPE, of_report
from .placing import certified as placed_as

_SERVER, _MODEL_SERVER = "jettison_server", "jettison_runtime.serving"
"""Servers of ours, which take their limits from the environment."""
_ASGI_THREADS = 40
"""Starlette's pool for functions that are not async."""
_SERVER_THREADS = 4
_SECONDS_A_DAY = 86_400
_LESS, _MUCH_LESS = 0.85, 0.7
"""Of the limit: where a guarded server does not start, and where an unguarded one is killed."""


@dataclass(frozen=True, kw_only=True)
class EnvelopeWish:
    """What the envelope is to hold, and how thoroughly it is measured."""

    plan: EnvelopePlan = field(default=MEASURED)
    max_body_bytes: int | None = None
    """Largest admitted body; None: four times the largest recorded one, or what fits into the limit."""
    concurrency: int | None = None
    """Requests at once; None: as its server has it."""
    horizon_days: float = 1.0
    """Until the next restart: what leaks until then has to fit in."""
    prove_seconds: float = 20.0
    """Under the limit, with the worst mix; 0: nothing is proved."""
    certify: Path | None = None
    """A new folder: the service's, with an image that holds to the envelope."""


def enveloped(
    launch: Launch,
    found: Deployment,
    endpoints: Sequence[Endpoint],
    growths: Sequence[Growth],
    wish: EnvelopeWish,
    *,
    limit_bytes: int | None,
    rate: float,
) -> Steps[Envelope]:
    """Measure, and prove where it is asked for.

    :param growths: of the same endpoints, for what they leak.
    :param limit_bytes: of the container that it is to fit into.
    """
    wanted = admission(launch, found, wish, limit_bytes=limit_bytes)
    with _at_port(launch, wanted, found.start.port) as reachable:
        made, requests = yield from envelope(reachable, endpoints, wanted, wish.plan)
        leaks = [each.kept.high for each in growths if each.cause == "leak" and each.kept is not None]
        horizon = int(rate * wish.horizon_days * _SECONDS_A_DAY)
        made = replace(made, leak_bytes=max(leaks, default=0.0), horizon_requests=horizon)
        if wish.prove_seconds:
            made = yield from proved(reachable, made, requests, seconds=wish.prove_seconds)
    return made


def proved(launch: Launch, made: Envelope, requests: Sequence[Request], *, seconds: float) -> Steps[Envelope]:
    """The same with its trials: under the limit; unguarded under much less; and guarded under somewhat less.

    Where it starves at its limit, its files get more room, and it is tried again.
    """
    try:
        while True:
            first = yield from trial(launch, made, requests, limit_bytes=made.limit_bytes, seconds=seconds)
            if first.outcome != "starved" or (more := wider(made)) is None:
                break
            made = more
        trials = [first]
        for share, guarded in [(_MUCH_LESS, False), *([(_LESS, True)] if made.holds_concurrency else [])]:
            under = int(made.limit_bytes * share)
            run = trial(launch, made, requests, limit_bytes=under, seconds=seconds, guarded=guarded)
            trials.append((yield from run))
    except EnvironmentUnusable as cause:
        return replace(made, notes=(*made.notes, f"nothing was proved: {cause.what}"))
    return replace(made, trials=tuple(trials))


@contextmanager
def _at_port(launch: Launch, wanted: Admission, fixed_port: int) -> Iterator[Launch]:
    """The service on the port that ``$PORT`` names: by the agent, where its server is not ours and may know another."""
    if wanted.held:
        yield launch
    else:
        with injected(launch, fixed_port=fixed_port, exact=False) as (with_agent, _):
            yield with_agent


def admission(launch: Launch, found: Deployment, wish: EnvelopeWish, *, limit_bytes: int | None) -> Admission:
    """What the service is to bear: as many at once as its server answers, unless something else was asked for."""
    words, start = launch.command, found.start
    workers = 1
    if _MODEL_SERVER in words:
        at_once = 1  # one thread asks the model
    elif _SERVER in words:
        at_once = int(words[words.index("--threads") + 1]) if "--threads" in words else _SERVER_THREADS
    else:
        workers = max(1, start.workers)
        if found.entry.kind == "asgi":
            at_once = workers * _ASGI_THREADS
        else:
            # Development servers, and an app's own `run`, begin a thread for every connection.
            each = wish.plan.clients if start.server in ("flask", "python") else max(1, start.threads)
            at_once = workers * each
    return Admission(
        concurrency=wish.concurrency or min(at_once, wish.plan.clients),
        held=_SERVER in words or _MODEL_SERVER in words,
        workers=workers,
        max_body_bytes=wish.max_body_bytes,
        limit_bytes=limit_bytes,
    )


def check_certifiable(service: Path, into: Path, wish: EnvelopeWish) -> None:
    """Refuse before any work.

    :raises NotAService: there is no image of ours.
    :raises EnvironmentUnusable: nothing is to be proved.
    :raises OutputRefused: something of the user's stands at `into`, or it is the same folder.
    """
    if not (service / REPORT).is_file() or not (service / IMAGE).is_dir():
        raise NotAService(
            f"{service} holds no image that a certificate could be written into",
            where=str(service),
            next_step="run `jettison optimize` or `jettison pack` first, and soak what it wrote",
        )
    if into.resolve() == service.resolve():
        raise NotAService(
            "the certified image is written into a folder of its own",
            where=str(into),
            next_step="name another one with --certify",
        )
    if not wish.prove_seconds:
        raise EnvironmentUnusable(
            "an envelope that nothing proves is not certified",
            where="--prove 0",
            next_step="leave --prove away, or give it seconds",
        )
    check_output(into)


def certified(service: Path, made: Envelope, into: Path) -> Steps[None]:
    """The whole folder again: in its image and its Dockerfile the server is told its limits, and the report says so.

    The layers are the same; the image's digest is another, for its configuration is. ``envelope.json`` holds what was
    measured.

    :raises EnvironmentUnusable: the server in the image takes no limits, or nothing was tried.
    :raises ServiceFailed: it did not live at its limit.
    """
    lowered = [each for each in made.trials if each.guarded and each.limit_bytes < made.limit_bytes]
    if any(each.outcome != "refused" for each in lowered) or not made.holds_concurrency:
        raise EnvironmentUnusable(
            "the server in this image does not heed a certificate: it is of an earlier version, or another one",
            where=str(service / IMAGE),
            next_step="run `jettison optimize` again, and soak what it writes",
        )
    variables = dict(made.certificate)
    if not made.trials:
        raise EnvironmentUnusable(
            "nothing was proved: nothing is certified",
            where="; ".join(made.notes),
            next_step="do it where a limit can be set: as root, or in a control group of your own (docs/soak.md)",
        )
    if not made.is_proved or not made.holds_within(None):
        raise ServiceFailed(
            f"it did not live through its worst under {made.limit_bytes / 1e6:.0f} MB: nothing is certified",
            where="; ".join(f"{each.outcome}: {each.said}" for each in made.trials[:1]),
            next_step="measure it again on a quieter machine, without --quick",
        )
    with output_folder(into) as folder:
        shutil.copytree(service, folder, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(ARCHIVE))
        layout = folder / IMAGE
        digest = oci.with_environment(layout, variables, made_by="jettison soak --certify").digest
        stored = oci.stored(layout)
        yield from oci.check(layout)
        yield from oci.docker_archive(stored, stored.reference, folder / ARCHIVE)
        dockerfile = folder / BUILD / "Dockerfile"
        lines = "".join(f"ENV {name}={value}\n" for name, value in variables.items())
        dockerfile.write_text(dockerfile.read_text("utf-8") + lines, "utf-8")
        (folder / ENVELOPE).write_bytes(to_json(made, indent=1))
        report = read((folder / REPORT).read_bytes(), where=str(service / REPORT)).report
        assert report.image is not None
        for name, _ in documents(report):
            (folder / name).unlink()
        report = replace(report, image=replace(report.image, digest=digest))
        if placement := of_report(report):
            (folder / MANIFESTS).mkdir(exist_ok=True)
            for name, content in manifests(placed_as(placement, made)):
                (folder / MANIFESTS / name).write_bytes(content)
        report = replace(report, files=listed(folder))
        for name, content in documents(report):
            (folder / name).write_bytes(content)
