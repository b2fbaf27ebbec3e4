"""What a soak says beyond its verdicts: the lines that keep memory, those known to, and the settings that help."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.intake import filled_at
from jettison.measure import Subject
from jettison.packages.runtime_wheel import DISTRIBUTION
from jettison.records import Allocations, Deployment, Growth, Remedies, Steps
from jettison.records.allocation import LEAST_BYTES_PER_REQUEST
from jettison.soak import Effort, Endpoint, Plan, Sources, Tracer, memray_folder, traced, tried
from jettison.workspace import Workspace

_MOST_REQUESTS, _MOST_WARMUP = 300, 60
"""Of a window: every allocation of each is written down."""


def lines(
    subject: Subject,
    found: Deployment,
    asked: Sequence[Endpoint],
    growths: Sequence[Growth],
    *,
    plan: Plan,
    workspace: Workspace,
) -> Steps[tuple[tuple[Allocations, ...], tuple[str, ...]]]:
    """A window for every endpoint that keeps something, and remarks where there could be none."""
    wanted = [endpoint for endpoint, growth in zip(asked, growths, strict=True) if _keeps(growth)]
    if not wanted:
        return (), ()
    folder, reason = yield from memray_folder(subject.environment.python, workspace)
    tracer = Tracer(
        memray=folder, reason=reason, requests=min(plan.requests, _MOST_REQUESTS), warmup=min(plan.warmup, _MOST_WARMUP)
    )
    sources = Sources(
        files={file.target: (file.source.as_posix(), found.root / file.source) for file in found.files},
        filled=filled_at(found),
    )
    windows, notes = [], []
    for endpoint in wanted:
        try:
            windows.append((yield from traced(subject.launch, endpoint, sources, tracer, fixed_port=found.start.port)))
        except (ServiceFailed, EnvironmentUnusable) as cause:
            notes.append(f"the lines of {endpoint.name} could not be found: {cause.what}")
    return tuple(windows), tuple(notes)


def remedies(subject: Subject, found: Deployment, asked: Sequence[Endpoint], workspace: Workspace) -> Steps[Remedies]:
    """Every setting that may help, measured on all endpoints together."""
    requests = [each for endpoint in asked for each in (*endpoint.mix, *endpoint.new_sizes, *endpoint.new_requests)]
    return (
        yield from tried(
            subject.launch,
            requests,
            workspace,
            Effort(),
            fixed_port=found.start.port,
            has_onnxruntime=subject.level == "image" or names_runtime(found),
        )
    )


def names_runtime(found: Deployment) -> bool:
    """Whether the service asks for jettison's runtime: it is installed beside every one, for the server in it."""
    return DISTRIBUTION in {canonicalize_name(Requirement(line).name) for line in found.requirements}


def _keeps(growth: Growth) -> bool:
    """It leaks, or it may."""
    if growth.cause == "unknown":
        return growth.kept is not None and growth.kept.estimate >= LEAST_BYTES_PER_REQUEST
    return growth.cause == "leak"
