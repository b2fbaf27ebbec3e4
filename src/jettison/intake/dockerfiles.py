"""Which Dockerfile a folder's service is built from, and from which folder."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..dockerfile import Dockerfile, dockerfile_at, parsed
from ..dockerfile.places import context_of, dockerfiles_below, dockerfiles_in
from ..errors import DockerfileUnreadable, NotAService
from .compose import FILES, ComposeService, compose_services

_OTHER_PURPOSE = re.compile(
    r"(^|[._-])(dev|devel|develop|development|debug|tests?|testing|ci|train|training|notebook|jupyter|base|gpu|cuda[\d.]*|rocm|neuron|arm(64|v7)?|test-client|docs?|lint|worker|frontend|ui|web-ui|nginx|db)([._-]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """What would be handed to ``docker build``."""

    folder: Path
    """The build's folder."""
    path: Path
    """The Dockerfile; the compose file when `text` stands for one."""
    stage: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    """What a Dockerfile would say, for a compose service that has none."""

    @property
    def name(self) -> str:
        """The Dockerfile as messages call it."""
        inside = self.path.is_relative_to(self.folder)
        return self.path.relative_to(self.folder).as_posix() if inside else str(self.path)

    def dockerfile(self) -> Dockerfile:
        """Read it.

        :raises DockerfileUnreadable: it does not parse.
        """
        found = dockerfile_at(self.path, name=self.name) if self.text is None else None
        text = found.data.decode("utf-8", "replace") if found is not None else self.text or ""
        # Records hold text only: a byte that is none becomes the replacement character here.
        return found if found is not None and text == found.text else parsed(text.encode(), name=self.name)


def build_plan(root: Path, chosen: Path | None, notes: list[str]) -> BuildPlan | None:
    """The build that makes the folder's service; None when it has no Dockerfile.

    :param chosen: the Dockerfile that a person named, relative to the folder.
    :raises DockerfileUnreadable: the one that was named is not there.
    :raises NotAService: several stand there and none is the obvious one.
    """
    if chosen is not None:
        path = root / chosen
        if path.is_dir():
            path = next(iter(dockerfiles_in(path)), path)
        if not path.is_file():
            raise DockerfileUnreadable(
                "the Dockerfile that was named is not there", where=str(root / chosen), next_step="check its path"
            )
        return BuildPlan(folder=context_of(root, path), path=path)
    here = dockerfiles_in(root)
    exact = [path for path in here if path.name.lower() in ("dockerfile", "containerfile")]
    if exact:
        _note_others(exact[0], [*exact[1:], *here], root, notes)
        return BuildPlan(folder=root, path=exact[0])
    if planned := _from_compose(root, notes):
        return planned
    below = here or dockerfiles_below(root)
    if not below:
        return _from_image(root, notes)
    path = _obvious(root, below)
    _note_others(path, below, root, notes)
    if path.parent != root and len(below) == 1:
        notes.append(f"{path.relative_to(root).as_posix()} was read: it is the only Dockerfile here")
    return BuildPlan(folder=context_of(root, path), path=path)


def _obvious(root: Path, found: list[Path]) -> Path:
    """The only one, the only plain name, or the only one that does not say that it serves another purpose."""
    names = [path.relative_to(root).as_posix() for path in found]
    serving = [
        path for path, name in zip(found, names, strict=True) if not _OTHER_PURPOSE.search(name.replace("/", "."))
    ]
    plain = [path for path in found if path.name.lower() in ("dockerfile", "containerfile")]
    for candidates in (found, plain, serving):
        if len(candidates) == 1:
            return candidates[0]
    in_production = [
        path for path in serving or found if re.search(r"prod|release|serv|deploy", path.name, re.IGNORECASE)
    ]
    if len(in_production) == 1:
        return in_production[0]
    raise NotAService(
        f"several Dockerfiles stand there, and none is the obvious one: {', '.join(names)}",
        where=str(root),
        next_step=f'choose one in jettison.toml: [service] dockerfile = "{names[0]}"; or name its folder',
    )


def _note_others(chosen: Path, found: list[Path], root: Path, notes: list[str]) -> None:
    others = sorted({path.relative_to(root).as_posix() for path in found if path != chosen})
    if others:
        notes.append(
            f"{chosen.relative_to(root).as_posix()} was read; {', '.join(others)} stand there too "
            "(choose with [service] dockerfile)"
        )


def _from_compose(root: Path, notes: list[str]) -> BuildPlan | None:
    """The one service of the compose file that is built here."""
    built: list[tuple[ComposeService, Path, Path]] = []
    for service in compose_services(root, notes):
        if service.folder is not None:
            place = (root / service.folder).resolve()
            if not place.is_relative_to(root.resolve()):
                notes.append(f"the compose file builds {service.name} from outside this folder; it was left out")
                continue
            named = [place / service.dockerfile] if service.dockerfile else dockerfiles_in(place)[:1]
            if named and named[0].is_file():
                built.append((service, place, named[0].resolve()))
    by_path = {path: (service, place, path) for service, place, path in built}
    serving = [each for each in by_path.values() if not _OTHER_PURPOSE.search(each[0].name)]
    for candidates in (list(by_path.values()), serving):
        if len(candidates) == 1:
            service, place, path = candidates[0]
            notes.append(f"the compose file builds {service.name} from {path.name} in {service.folder}")
            return BuildPlan(folder=place, path=path, stage=service.stage, arguments=service.arguments)
    if built:
        names = ", ".join(f"{service.name} ({service.folder})" for service, _, _ in built)
        raise NotAService(
            f"the compose file builds several services: {names}",
            where=str(root),
            next_step="name the folder of the one that is meant instead of this one",
        )
    return None


def _from_image(root: Path, notes: list[str]) -> BuildPlan | None:
    """The one service of the compose file that runs the folder's code in a Python image from outside."""
    file = next((root / name for name in FILES if (root / name).is_file()), None)
    mounting = [each for each in compose_services(root, notes) if each.image and each.mounts]
    python = [each for each in mounting if re.search(r"python|conda|mamba|torch|tensorflow", each.image or "")]
    if file is None or len(python) != 1:
        return None
    service = python[0]
    lines = [f"FROM {service.image}", *(f"ENV {name}={json.dumps(value)}" for name, value in service.environment)]
    lines += [
        f"COPY {json.dumps([source, f'{target}/'])}" for source, target in service.mounts if (root / source).is_dir()
    ]
    lines += [f"WORKDIR {service.workdir}"] if service.workdir else []
    lines += [f"EXPOSE {port}" for port in service.ports]
    notes.append(f"{file.name} runs {service.name} in {service.image} with this folder mounted")
    return BuildPlan(folder=root, path=file, text="\n".join(lines) + "\n")
