"""The files of a service laid out as in its image, adapted sources in place of the found ones, without its models."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jettison.records import Checkpoint, CheckpointFormat, CopiedFile, Deployment, Progress, Steps
from jettison.sandbox.container import Mount
from jettison.workspace import Workspace, digest, file_digest

MODEL_SHELF = "/models"
"""Where a model that the code names by its hub name lies in an image; the runtime looks there."""

GRAPH = "model.onnx"
"""The network in a converted folder, where it is a graph of one file."""
NETWORKS: frozenset[CheckpointFormat] = frozenset({"frozengraph", "keras", "onnx", "savedmodel"})
"""What is converted as a graph, and keeps its names."""

_NEVER = ("Dockerfile", "Containerfile", ".dockerignore", "jettison.toml")
_NEVER_FOLDERS = (".git", "__pycache__", ".venv", "venv", "node_modules", ".pytest_cache", ".mypy_cache")


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """What stands where a model's single file was."""

    place: str
    """In the image."""
    text: str = ""
    link: str = ""
    """Where the file is a link to."""
    copy: Path | None = None
    """The file itself, which no COPY brings there."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is to be laid out."""

    deployment: Deployment
    texts: Mapping[str, str]
    """Sources that stand instead of the found ones, by path relative to the service's folder."""
    model_places: tuple[str, ...]
    """Where models will be put: what COPY would bring there is left out, an empty folder stands there."""
    stand_ins: tuple[StandIn, ...] = ()
    left_out: tuple[str, ...] = ()
    """Files in the image that the adapted service does without."""

    @property
    def files(self) -> tuple[CopiedFile, ...]:
        """The files that are laid out: no models, no version control, nothing that only jettison reads."""
        own = {Path(name) for name in self.deployment.own_data}
        return tuple(file for file in self.deployment.files if self._kept(file, own))

    @property
    def _put(self) -> list[tuple[str, str, str, str]]:
        """The stand-ins, by content."""
        return [
            (each.place, each.text, each.link, file_digest(each.copy) if each.copy else "") for each in self.stand_ins
        ]

    def tree(self, workspace: Workspace) -> Steps[Path]:
        """The folder, made once for the same content."""
        root = self.deployment.root
        content = [(file.target, file_digest(root / file.source)) for file in self.files]
        key = digest(
            content, sorted(self.texts.items()), self.model_places, self.deployment.written, self.left_out, self._put
        )

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
        for each in self.stand_ins:
            place = _place(into, each.place)
            if each.copy is not None:
                shutil.copyfile(each.copy, place)
            elif each.link:
                place.symlink_to(each.link)
            else:
                place.write_text(each.text, encoding="utf-8")

    def _kept(self, file: CopiedFile, own: Collection[Path]) -> bool:
        in_model = any(PurePosixPath(file.target).is_relative_to(place) for place in self.model_places)
        hidden = file.source.name in _NEVER or any(part in _NEVER_FOLDERS for part in file.source.parts)
        elsewhere = file.target in self.left_out or any(file.target == each.place for each in self.stand_ins)
        return not (in_model or hidden or elsewhere or file.source in own)


def model_place(name: str, image_path: str | None) -> str:
    """Where the converted model of that name lies in the image: where the original lay, else on the shelf."""
    return image_path or f"{MODEL_SHELF}/{name.strip('/').replace('/', '--')}"


def is_network(checkpoint: Checkpoint) -> bool:
    """It is converted as a graph. A folder that merely holds an ONNX file has an architecture of its own."""
    a_file = checkpoint.path is not None and checkpoint.path.is_file()
    return checkpoint.format in NETWORKS and (a_file or checkpoint.format == "savedmodel")


def converted_place(checkpoint: Checkpoint) -> str:
    """Where the converted folder of a model lies in the image: where the original's folder lay, else on the shelf."""
    single = is_network(checkpoint) and checkpoint.format != "savedmodel"
    return model_place(checkpoint.name, None if single else checkpoint.image_path)


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
