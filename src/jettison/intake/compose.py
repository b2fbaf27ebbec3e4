"""Compose files: which folder and Dockerfile a service is built from, and how it is started."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .documents import is_plain, table, texts, yaml_at

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


@dataclass(frozen=True, kw_only=True)
class ComposeService:
    """One service of a compose file."""

    name: str
    folder: str | None
    """What it is built from, relative to the compose file; None for an image from outside."""
    dockerfile: str | None = None
    """Relative to `folder`."""
    stage: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    image: str | None = None
    command: str | tuple[str, ...] | None = None
    entrypoint: str | tuple[str, ...] | None = None
    environment: tuple[tuple[str, str], ...] = ()
    ports: tuple[int, ...] = ()
    """Inside the container."""
    workdir: str | None = None
    mounts: tuple[tuple[str, str], ...] = ()
    """Folders of the project with their places in the container."""


def compose_services(root: Path, notes: list[str]) -> tuple[ComposeService, ...]:
    """The services of the folder's compose file, in their order; none without one."""
    for name in FILES:
        if (root / name).is_file():
            services = table(yaml_at(root / name, notes), "services")
            return tuple(_service(key, value) for key, value in services.items() if isinstance(value, dict))
    return ()


def _service(name: str, found: dict[str, Any]) -> ComposeService:
    build = found.get("build")
    if isinstance(build, str):
        build = {"context": build}
    folder = build.get("context", ".") if isinstance(build, dict) else None
    return ComposeService(
        name=str(name),
        folder=_text(folder),
        dockerfile=_text(table(build).get("dockerfile")),
        stage=_text(table(build).get("target")),
        arguments=_pairs(table(build).get("args")),
        image=_text(found.get("image")),
        command=_command(found.get("command")),
        entrypoint=_command(found.get("entrypoint")),
        environment=_pairs(found.get("environment")),
        ports=tuple(port for each in _list(found.get("ports")) if (port := _inner_port(each))),
        workdir=_text(found.get("working_dir")),
        mounts=tuple(mount for each in _list(found.get("volumes")) if (mount := _mount(each))),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return _plain(value) if isinstance(value, str) and is_plain(value) else None


def _plain(text: str) -> str:
    """With ``${NAME:-default}`` as its default: the file's own variables are not ours to read."""
    return re.sub(r"\$\{\w+:?-([^{}]*)\}", r"\1", text)


def _command(value: Any) -> str | tuple[str, ...] | None:
    if isinstance(value, list):
        return tuple(_plain(each) for each in texts(value))
    return _text(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    """``{name: value}`` or ``["name=value"]``; names without a value come from outside and are left out."""
    if isinstance(value, dict):
        return tuple((str(name), _plain(str(each))) for name, each in value.items() if each is not None)
    split = (each.partition("=") for each in texts(value))
    return tuple((name, _plain(each)) for name, equals, each in split if equals)


def _inner_port(value: Any) -> int:
    if isinstance(value, dict):
        value = value.get("target")
    digits = re.search(r"(\d+)(?:/\w+)?$", _plain(str(value)))
    return int(digits[1]) if digits else 0


def _mount(value: Any) -> tuple[str, str] | None:
    if isinstance(value, dict):
        source, target = value.get("source"), value.get("target")
    else:
        source, _, target = _plain(str(value)).partition(":")
    if not isinstance(source, str) or not isinstance(target, str) or not source.startswith(".") or not is_plain(source):
        return None
    return source, target.partition(":")[0]
