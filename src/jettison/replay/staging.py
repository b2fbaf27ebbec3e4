"""The files of a service laid out as in its image, adapted sources in place of the found ones, without its models."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jettison.records import CopiedFile, Deployment, Progress, Steps
from jettison.sandbox.container import Mount
from jettison.workspace import Workspace, digest, file_digest

MODEL_SHELF = "/models"
"""Where a model that the code names by its hub name lies in an image; the runtime looks there."""

_NEVER = ("Dockerfile", "Containerfile", ".dockerignore", "jettison.toml")
_NEVER_FOLDERS = (".git", "__pycache__", ".venv", "venv", "node_modules", ".pytest_cache", ".mypy_cache")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is to be laid out."""

    deployment: Deployment
    texts: Mapping[str, str]
    """Sources that stand instead of the found ones, by path relative to the service's folder."""
    model_places: tuple[str, ...]
    """Where models will be put: what COPY would bring there is left out, an empty folder stands there."""

    @property
    def files(self) -> tuple[CopiedFile, ...]:
        """The files that are laid out: no models, no version control, nothing that only jettison reads."""
        own = {Path(name) for name in self.deployment.own_data}
        return tuple(file for file in self.deployment.files if self._kept(file, own))

    def tree(self, workspace: Workspace) -> Steps[Path]:
        """The folder, made once for the same content."""
        root = self.deployment.root
        content = [(file.target, file_digest(root / file.source)) for file in self.files]
        key = digest(content, sorted(self.texts.items()), self.model_places, self.deployment.written)

        def fill(into: Path) -> Steps[None]:
            yield Progress(step="stage")
            self._lay_out(into)

        return (yield from workspace.folder("trees", key, fill))

    def _lay_out(self, into: Path) -> None:
        for file in self.files:
            source, place = self.deployment.root / file.source, _place(into, file.target)
            if (text := self.texts.get(file.source.as_posix())) is not None:
                place.write_text(text, encoding="utf-8")
            else:
                shutil.copyfile(source, place)
            place.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
        for target, text in self.deployment.written:
            _place(into, target).write_text(text, encoding="utf-8")
        for folder in (self.deployment.workdir, *self.model_places):
            (into / folder.strip("/")).mkdir(parents=True, exist_ok=True)

    def _kept(self, file: CopiedFile, own: Collection[Path]) -> bool:
        in_model = any(PurePosixPath(file.target).is_relative_to(place) for place in self.model_places)
        hidden = file.source.name in _NEVER or any(part in _NEVER_FOLDERS for part in file.source.parts)
        return not (in_model or hidden or file.source in own)


def model_place(name: str, image_path: str | None) -> str:
    """Where the converted model of that name lies in the image: where the original lay, else on the shelf."""
    return image_path or f"{MODEL_SHELF}/{name.strip('/').replace('/', '--')}"


def mounts(tree: Path, workdir: str) -> tuple[Mount, ...]:
    """A tree as mounts over the host's root: whole folders where the host has none of that name, else deeper ones."""
    found: list[Mount] = []
    waiting = sorted(tree.iterdir())
    while waiting:
        path = waiting.pop()
        target = f"/{path.relative_to(tree).as_posix()}"
        if path.is_dir() and Path(target).is_dir() and target != workdir.rstrip("/"):
            waiting += sorted(path.iterdir())
        else:
            found.append(Mount(source=path, target=target))
    return tuple(sorted(found, key=lambda mount: mount.target))


def _place(into: Path, target: str) -> Path:
    place = into / target.strip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
