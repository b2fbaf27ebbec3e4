"""Which distributions a set of requirements brings, for another Python and platform than this one, by uv.

Nothing is built and nothing of a distribution is executed: where only a source distribution exists, what it requires is
read from the metadata inside it.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..errors import IndexUnreachable, JettisonError, Unresolvable
from ..records import Progress, Steps
from ..workspace import Workspace, digest
from . import cpu_torch as cpu
from . import sources, uv
from .index import IndexSettings
from .requirement_lines import Asked, asked
from .resolution import Resolution, Wheel, name_of, pins, wheels

_FRESH = timedelta(days=1)
"""How long a resolution is taken again from the cache."""
_SOURCE_ROUNDS = 12
"""How often newly met source distributions are looked into."""
_RETRIES = 2
_RETRIES_OF_TORCH_INDEX = 0
"""PyTorch's index is asked once: there is an answer without it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Everything that a resolution depends on."""

    asked: Asked
    python: str
    platform: str
    settings: IndexSettings
    constraints: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    """Pins of an earlier layer: kept where they still fit, as pip keeps what is installed."""
    excluded: tuple[str, ...] = ()
    """Names that are there already and are not looked for."""
    sources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names that only exist as source, and what each requires."""
    torch_index: bool = False
    """torch and its companions come from PyTorch's index of CPU builds."""
    workspace: Workspace = field(repr=False)


def resolved(  # noqa: PLR0913  (each is a thing that a resolution depends on)
    requirements: Iterable[str],
    *,
    python: str,
    platform: str,
    settings: IndexSettings,
    workspace: Workspace,
    options: Iterable[str] = (),
    constraints: Iterable[str] = (),
    preferred: Iterable[str] = (),
    excluded: Iterable[str] = (),
    cpu_torch: bool = False,
) -> Steps[Resolution]:
    """The distributions that an installation of these requirements would bring.

    The same question gives the same answer for a day; `Resolution.resolved_at` says when it was found. A version that
    has a wheel is preferred to a newer one that exists only as source, in which pip would differ.

    :param requirements: lines of a requirements file
    :param python: ``3.11``
    :param platform: a platform as uv names it: ``x86_64-manylinux_2_36``
    :param options: index options of the line or file that the requirements stand in
    :param constraints: versions that bind only what is brought anyway
    :param preferred: pins to keep where they fit
    :param excluded: names that are installed already
    :param cpu_torch: torch and its companions without CUDA, where such builds can be found
    :raises Unresolvable: nothing satisfies the requirements
    :raises IndexUnreachable: an index does not answer
    """
    lines = asked(requirements)
    question = Question(
        asked=lines,
        python=python,
        platform=platform,
        settings=settings.with_options((*lines.options, *options)),
        constraints=tuple(constraints),
        preferred=tuple(preferred),
        excluded=tuple(sorted(excluded)),
        workspace=workspace,
    )
    yield Progress(step="resolve", note=f"{len(lines.lines)} requirements for Python {python}")
    key = digest(
        (lines.lines, python, platform, question.settings.identity, question.constraints, question.preferred),
        (question.excluded, lines.prereleases, cpu_torch, lines.notes),
    )
    kept = workspace.entry("resolutions", key).with_suffix(".json")
    if kept.is_file() and _age(kept) > _FRESH:
        kept.unlink(missing_ok=True)

    def make() -> Steps[Resolution]:
        answer = (yield from _cpu(question)) if cpu_torch else (yield from _answer(question))
        return replace(answer, notes=(*lines.notes, *answer.notes))

    if any("@" in line and "://" in line for line in lines.lines):
        return (yield from make())  # an address may carry a token, and then so would the file in the cache
    return (yield from workspace.record("resolutions", key, Resolution, make))


def source_of(
    wheel: Wheel, *, python: str, platform: str, settings: IndexSettings, workspace: Workspace
) -> Steps[Wheel]:
    """The source distribution of the very version that a wheel was made of, with its digest; kept once it is found.

    :param settings: those that the wheel was found with
    :raises Unresolvable: the indexes have none
    :raises IndexUnreachable: an index does not answer
    """
    question = Question(
        asked=asked([f"{wheel.name}=={wheel.version}"]),
        python=python,
        platform=platform,
        settings=settings,
        # What it requires is known from the wheel, and matters to nobody here.
        sources=((wheel.name, ()),),
        workspace=workspace,
    )

    def look() -> Steps[Wheel]:
        yield Progress(step="resolve", note=f"the source of {wheel.name} {wheel.version}")
        found = next(each for each in _compiled(question) if each.name == wheel.name)
        if found.sha256:
            return found
        raise Unresolvable(
            f"the index gives no sha256 of {found.filename}, so it cannot be trusted",
            next_step=f"use an index that gives digests, or keep the wheel of {wheel.name}",
        )

    key = digest("source", wheel.name, wheel.version, python, platform, settings.identity)
    return (yield from workspace.record("resolutions", key, Wheel, look))


def _age(path: Path) -> timedelta:
    return datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _cpu(question: Question) -> Steps[Resolution]:
    """With CPU builds of torch: those that the user's own indexes offer, else PyTorch's index, else none."""
    for version in cpu.offered("torch", question.settings, python=question.python, platform=question.platform):
        with contextlib.suppress(Unresolvable):
            return (yield from _with_cpu_pin(question, f"torch=={version}"))
    plain = yield from _answer(question)
    if not any(wheel.name in cpu.NAMES for wheel in plain.wheels) or "linux" not in question.platform:
        return plain
    try:
        return (yield from _answer(replace(question, torch_index=True)))
    except (IndexUnreachable, Unresolvable) as cause:
        note = f"no CPU build of torch could be found, so its CUDA build stands here: {cause.what}"
        return replace(plain, notes=(*plain.notes, note))


def _with_cpu_pin(question: Question, pin: str) -> Steps[Resolution]:
    """With that CPU build of torch, if torch comes at all, and with those of its companions where they are offered."""
    constrained = replace(question, constraints=(*question.constraints, pin))
    first = yield from _answer(constrained)
    companions = []
    notes = []
    for wheel in first.wheels:
        if wheel.name in cpu.NAMES and wheel.name != "torch":
            offered = cpu.offered(wheel.name, question.settings, python=question.python, platform=question.platform)
            public = wheel.version.partition("+")[0]
            if f"{public}+cpu" in offered:
                companions.append(f"{wheel.name}=={public}+cpu")
            else:
                notes.append(f"no CPU build of {wheel.name} {public} is offered, so the usual one stands here")
    if companions:
        first = yield from _answer(replace(constrained, constraints=(*constrained.constraints, *companions)))
    return replace(first, notes=(*first.notes, *notes))


def _answer(question: Question) -> Steps[Resolution]:
    """One resolution, source distributions looked into as they are met."""
    for _ in range(_SOURCE_ROUNDS):
        try:
            found = _compiled(question)
        except uv.SourceOnly as problem:
            if problem.name in dict(question.sources):
                raise
            yield Progress(step="resolve", note=f"{problem.name} exists only as source")
            question = replace(question, sources=(*question.sources, (problem.name, ())))
            continue
        required = {
            wheel.name: sources.required(wheel, question.settings, question.workspace)
            for wheel in found
            if not wheel.is_wheel
        }
        looked_into = tuple((name, required.get(name, needs)) for name, needs in question.sources)
        if looked_into == question.sources:
            return _resolution(question, found)
        question = replace(question, sources=looked_into)
    raise Unresolvable(
        "the requirements lead from one source distribution to the next",
        next_step="pin the packages that have no wheels for this Python to versions that have them",
    )


def _resolution(question: Question, found: tuple[Wheel, ...]) -> Resolution:
    return Resolution(
        wheels=found,
        python=question.python,
        platform=question.platform,
        resolved_at=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=tuple(
            f"{wheel.name} {wheel.version} exists only as source for Python {question.python}: its size is an estimate"
            for wheel in found
            if not wheel.is_wheel
        ),
    )


def _compiled(question: Question) -> tuple[Wheel, ...]:
    """uv's answer: once to learn who requires whom, once more at the same versions for files, sizes and digests."""
    if not question.asked.lines:
        return ()
    with tempfile.TemporaryDirectory(prefix="jettison-") as made:
        folder = Path(made)
        (folder / "pins.txt").write_text("\n".join(question.preferred))
        (folder / "constraints.txt").write_text("\n".join(question.constraints))
        annotated = _uv(question, folder, "--annotation-style", "line", "-o", "pins.txt")
        askers = pins(annotated)
        exact = [pin for pin in askers if "==" in pin]
        (folder / "constraints.txt").write_text("\n".join([*question.constraints, *exact]))
        try:
            # Everything was fetched a moment ago, and not every index lets its answers be kept.
            lock = _uv(question, folder, "--format", "pylock.toml", "--offline")
        except JettisonError:
            lock = _uv(question, folder, "--format", "pylock.toml")
        return wheels(
            lock,
            folder=folder,
            python=question.python,
            platform=question.platform,
            askers={name_of(pin): asker for pin, asker in askers.items()},
            named=question.asked.names,
        )


def _uv(question: Question, folder: Path, *arguments: str) -> str:
    only_source = [name for name, _ in question.sources]
    (folder / "uv.toml").write_text(sources.known_metadata(question.sources))
    (folder / "excluded.txt").write_text("\n".join(question.excluded))
    return uv.output(
        [
            *("pip", "compile", "-", "--no-header", "--config-file", "uv.toml"),
            *("--python", sys.executable, "--python-version", question.python, "--python-platform", question.platform),
            *("--constraints", "constraints.txt", "--excludes", "excluded.txt"),
            *("--only-binary", ":all:", *(word for name in only_source for word in ("--no-binary", name))),
            *(("--prerelease", "allow") if question.asked.prereleases else ()),
            *(("--torch-backend", "cpu") if question.torch_index else ()),
            *arguments,
        ],
        settings=question.settings,
        workspace=question.workspace,
        folder=folder,
        given="\n".join(question.asked.lines),
        http_retries=_RETRIES_OF_TORCH_INDEX if question.torch_index else _RETRIES,
    )
