"""``jettison.toml``, or ``[tool.jettison]`` in pyproject.toml: what a person decides, above every guess.

Every key is explained in docs/settings.md.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..errors import SettingsInvalid
from ..machine import CPUS
from ..records import Limits, NumpyFrom
from ..statistics import METRICS, metric_named

FILE = "jettison.toml"
_MEGABYTE = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """``[service]``."""

    app: str | None = None
    start: str | tuple[str, ...] | None = None
    port: int | None = None
    python: str | None = None
    workdir: str | None = None
    dockerfile: str | None = None
    stage: str | None = None
    requests: str | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    scores_within: float = 0.0

    @property
    def model_names(self) -> tuple[str, ...]:
        """All models named, by either key."""
        return (self.model, *self.models) if self.model else self.models


@dataclass(frozen=True, kw_only=True)
class RequestTemplate:
    """``[truth] request``: a recorded request with ``{field}`` where a line's field belongs."""

    method: str = "POST"
    path: str
    json: Any = None
    body: str | None = None
    form: dict[str, Any] | None = None
    files: dict[str, Any] | None = None
    file: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TruthSettings:
    """``[truth]``."""

    request: RequestTemplate
    answer: str = ""
    target: str = "target"
    metric: str = "exact_match"
    positive: str | None = None
    selection: str | None = None
    verdict: str | None = None
    data: str | None = None
    calibration: str | None = None


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """``[limits]``."""

    loss_points: float | None = None
    keep: float | None = None
    confidence: float | None = None
    p95_ms: float | None = None
    model_mb: float | None = None
    image_mb: float | None = None
    memory_mb: float | None = None
    cold_start_s: float | None = None

    @property
    def limits(self) -> Limits:
        """In jettison's own units: 1 MB is 1,000,000 bytes."""
        return Limits(
            loss_points=self.loss_points,
            keep=self.keep,
            confidence=Limits.confidence if self.confidence is None else self.confidence,
            p95_seconds=None if self.p95_ms is None else self.p95_ms / 1000,
            model_bytes=_in_bytes(self.model_mb),
            image_bytes=_in_bytes(self.image_mb),
            peak_memory_bytes=_in_bytes(self.memory_mb),
            cold_start_seconds=self.cold_start_s,
        )


@dataclass(frozen=True, kw_only=True)
class TargetSettings:
    """``[target]``."""

    cpu: tuple[str, ...] = ()
    numpy: NumpyFrom = "auto"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of it. `file` is where it came from; None when there was nothing."""

    service: ServiceSettings = field(default_factory=ServiceSettings)
    truth: TruthSettings | None = None
    limits: LimitSettings = field(default_factory=LimitSettings)
    target: TargetSettings = field(default_factory=TargetSettings)
    file: Path | None = None


def settings(root: Path) -> Settings:
    """The settings of a service's folder; all empty when it has none.

    :raises SettingsInvalid: an unknown key, a wrong type, or a value that cannot be meant.
    """
    own = root / FILE
    if own.is_file():
        return _checked(_toml(own), own, "")
    project = root / "pyproject.toml"
    if project.is_file():
        try:
            tool = tomllib.loads(project.read_text("utf-8-sig", "replace")).get("tool", {})
        except (ValueError, RecursionError, OSError):
            return Settings()  # whoever reads the project's requirements reports it
        if isinstance(tool, dict) and "jettison" in tool:
            return _checked(tool["jettison"], project, "tool.jettison.")
    return Settings()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError, OSError) as cause:
        raise SettingsInvalid(
            f"{FILE} does not parse: {cause}", where=str(path), next_step="correct it; docs/settings.md shows the form"
        ) from cause


def _checked(found: Any, path: Path, prefix: str) -> Settings:
    tables = {"service": ServiceSettings, "truth": TruthSettings, "limits": LimitSettings, "target": TargetSettings}
    _check_keys(found, tables, path, prefix.rstrip("."))
    made: dict[str, Any] = {}
    for name, kind in tables.items():
        if name in found:
            keys = [each.name for each in dataclasses.fields(kind)]
            _check_keys(found[name], keys, path, prefix + name)
            if name == "truth" and isinstance(found[name].get("request"), dict):
                keys = [each.name for each in dataclasses.fields(RequestTemplate)]
                _check_keys(found[name]["request"], keys, path, f"{prefix}{name}.request")
            made[name] = _converted(found[name], kind, path, prefix + name)
    settled = Settings(file=path, **made)
    for key, reason in _wrong_values(settled):
        raise _invalid(path, f"{prefix}{key} {reason}")
    return settled


def _check_keys(found: Any, known: Any, path: Path, place: str) -> None:
    if not isinstance(found, dict):
        raise _invalid(path, f"{place} must be a table")
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
            raise _invalid(path, f"unknown key {f'{place}.' if place else ''}{key}{hint}")


def _converted(found: Any, kind: type[T], path: Path, place: str) -> T:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as cause:
        raise _invalid(path, f"{place}: {str(cause).replace('$.', '').replace('`', '')}") from cause


def _wrong_values(found: Settings) -> list[tuple[str, str]]:
    """Values of the right type that cannot be meant."""
    wrong: list[tuple[str, str]] = []
    service, truth, limits = found.service, found.truth, found.limits
    if service.app is not None and not _is_app(service.app):
        wrong.append(("service.app", 'takes "module:variable", such as "main:app" or "shop.web:create_app()"'))
    if service.port is not None and not 0 < service.port < 65_536:
        wrong.append(("service.port", "takes a port from 1 to 65535"))
    if service.python is not None and not all(part.isdigit() for part in service.python.split(".")):
        wrong.append(("service.python", 'takes a version such as "3.11"'))
    if not 0 <= service.scores_within < float("inf"):
        wrong.append(("service.scores_within", "takes a number from 0 on"))
    if truth is not None and metric_named(truth.metric) is None:
        known = ", ".join(METRICS)
        wrong.append(("truth.metric", f"takes one of {known}, or a function of your own as file.py:function"))
    if truth is not None and (truth.data is None) == (truth.selection is None or truth.verdict is None):
        wrong.append(("truth", "takes either selection and verdict, or data, which is then split in two"))
    if limits.confidence is not None and not 0.5 < limits.confidence < 1:
        wrong.append(("limits.confidence", "takes a number between 0.5 and 1"))
    if limits.keep is not None and not 0 < limits.keep <= 1:
        wrong.append(("limits.keep", "takes a share of 1, such as 0.99 for 99 % of what the original scores"))
    for name in found.target.cpu:
        if name not in CPUS:
            near = difflib.get_close_matches(name, CPUS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(CPUS)}"
            wrong.append(("target.cpu", f'has "{name}", which is no kind of CPU: {hint}'))
    for name in ("loss_points", "p95_ms", "model_mb", "image_mb", "memory_mb", "cold_start_s"):
        value = getattr(limits, name)
        if value is not None and not (0 <= value < float("inf") and (value > 0 or name == "loss_points")):
            wrong.append((f"limits.{name}", "takes a number above 0"))
    return wrong


def _is_app(text: str) -> bool:
    module, colon, variable = text.partition(":")
    name = variable.partition("(")[0]
    return bool(colon) and all(part.isidentifier() for part in (*module.split("."), *name.split(".")))


def _in_bytes(megabytes: float | None) -> int | None:
    return None if megabytes is None else round(megabytes * _MEGABYTE)


def _invalid(path: Path, what: str) -> SettingsInvalid:
    return SettingsInvalid(what, where=str(path), next_step=f"correct {path.name}; docs/settings.md explains every key")
