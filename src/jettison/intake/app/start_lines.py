"""Places that say how a service is started, the strongest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..build import Build
from ..compose import ComposeService
from ..documents import text_at
from ..settings import Settings

Form = Literal["exec", "shell", "guessed"]

# Images whose own CMD starts an app found by convention; from their documentation, as of 2025-10.
_CONVENTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tiangolo/uvicorn-gunicorn": ("uvicorn --host 0.0.0.0 --port 80", ("app.main", "main")),
    "tiangolo/meinheld-gunicorn": ("gunicorn --bind 0.0.0.0:80", ("app.main", "main")),
    "tiangolo/uwsgi-nginx-flask": ("gunicorn --bind 0.0.0.0:80", ("main", "app.main")),
}


@dataclass(frozen=True, kw_only=True)
class SaidStart:
    """A start line as it stands somewhere."""

    argv: tuple[str, ...]
    form: Form
    place: str


def start_lines(
    build: Build, settings: Settings, composed: ComposeService | None, notes: list[str]
) -> Iterator[SaidStart]:
    """What settings, Dockerfile, compose file, base image and Procfile say.

    :param composed: the service's entry in the compose file.
    """
    if settings.service.start is not None:
        yield _said(settings.service.start, "[service] start")
    if build.start is not None and build.dockerfile is not None:
        place = f"{build.dockerfile.name}:{build.start.line}"
        yield SaidStart(argv=build.start.argv, form="shell" if build.start.is_shell else "exec", place=place)
    if composed is not None:
        for command in (composed.entrypoint, composed.command):
            if command:
                yield _said(command, f"the compose file's service {composed.name}")
    yield from _by_convention(build)
    procfile = build.folder / "Procfile"
    for line in (text_at(procfile, notes) or "").splitlines() if procfile.is_file() else ():
        kind, _, command = line.partition(":")
        if kind.strip() == "web" and command.strip():
            yield _said(command.strip(), "the Procfile")


def _said(command: str | tuple[str, ...], place: str) -> SaidStart:
    if isinstance(command, str):
        return SaidStart(argv=("/bin/sh", "-c", command), form="shell", place=place)
    return SaidStart(argv=command, form="exec", place=place)


def _by_convention(build: Build) -> Iterator[SaidStart]:
    environment = build.scope.environment
    for mark, (command, modules) in _CONVENTIONS.items():
        if mark in (build.base_image or ""):
            there = (each for each in modules if f"/app/{each.replace('.', '/')}.py" in build.at)
            module = environment.get("MODULE_NAME") or next(there, "")
            app = environment.get("APP_MODULE") or f"{module}:{environment.get('VARIABLE_NAME', 'app')}"
            if not app.startswith(":"):
                yield SaidStart(
                    argv=(*command.split(), app), form="guessed", place=f"the base image {build.base_image}"
                )
