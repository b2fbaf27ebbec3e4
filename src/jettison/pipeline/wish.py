"""What the user asked for, and whether it can be begun at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jettison.convert.exporters import is_graph
from jettison.errors import ModelMissing, RequestsMissing
from jettison.records import Checkpoint, Deployment
from jettison.replay.staging import is_network


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One run of ``jettison optimize``."""

    service: Path
    out: Path
    dockerfile: Path | None = None
    models: Path | None = None
    """A folder with models that the code names and the service's folder does not hold."""
    base: str = "debian"
    base_lock: Path | None = None
    quick: bool = False
    """A coarse answer: few samples, no image."""


def check_ready(deployment: Deployment) -> None:
    """Refuse, before any long work, a service that could not be judged.

    :raises ModelMissing: the code names a model that is not here.
    :raises RequestsMissing: there is nothing to ask it.
    """
    missing = [checkpoint for checkpoint in deployment.checkpoints if checkpoint.path is None]
    if missing or not deployment.checkpoints:
        named = missing[0] if missing else None
        raise ModelMissing(
            f"the model {named.name} is not on this machine"
            if named
            else "the service loads no model that can be found",
            where=named.place if named else str(deployment.root),
            next_step=_how_to_fetch(named) if named else 'name it in jettison.toml: [service] model = "folder"',
        )
    if not deployment.requests:
        raise RequestsMissing(
            "there are no recorded requests, so nothing could show that the answers stay right",
            where=str(deployment.root),
            next_step='put real ones into requests.jsonl, a line each: {"method": "POST", "path": "/", "json": {}}',
        )


def _how_to_fetch(missing: Checkpoint) -> str:
    if missing.image_path is not None:
        first = "bring its weights into its folder (`git lfs pull`, when they are kept there)"
    elif missing.name.startswith((".", "/", "~")):
        first = "put its files where the code looks for them"
    else:
        first = f"fetch it (`hf download {missing.name}`)"
    return f"{first}, or say where it lies: --models DIR"


def main_model(deployment: Deployment) -> Checkpoint:
    """The model that is worth converting: the largest."""
    return max(deployment.checkpoints, key=lambda checkpoint: checkpoint.size_bytes)


def is_converted_as_graph(checkpoint: Checkpoint) -> bool:
    """It is a network in a file, or transformers' folder of a model for pictures or sounds."""
    a_folder = checkpoint.path is not None and checkpoint.path.is_dir()
    return is_network(checkpoint) or (a_folder and checkpoint.path is not None and is_graph(checkpoint.path))
