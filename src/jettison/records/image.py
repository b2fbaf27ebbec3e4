"""An OCI image: what it is to be, and what was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What goes into an image, and how it starts. Everything in it lies on this machine already."""

    reference: str
    """Name and tag that the image gets: ``pronounce:slim``."""
    title: str = ""
    python: str
    """``3.11``: asked for; the base's own is what ships, and a note says where they differ."""
    architecture: str = "amd64"
    """``amd64`` or ``arm64``."""
    base: str = "debian"
    """A name of the shelf ``pack/bases``, or the path of an OCI layout."""
    base_lock: Path | None = None
    """A ``base.lock.json`` written earlier: the same base again."""
    app: Path
    """A folder laid out as in the image: ``<app>/app/app.py`` becomes ``/app/app.py``."""
    models: tuple[tuple[Path, str], ...] = ()
    """Folders, each with its absolute path in the image."""
    requirements: tuple[str, ...] = ()
    """Requirement lines; resolved for the image's Python and platform."""
    index_options: tuple[str, ...] = ()
    """Index options of the service's own install lines: ``--extra-index-url …``."""
    constraints: tuple[str, ...] = ()
    """Versions that bind only what is brought anyway."""
    wheels: tuple[Path, ...] = ()
    """Wheel files of this machine that are installed too: jettison's runtime."""
    compiled: tuple[Path, ...] = ()
    """Wheel files that stand in for those of the same versions that an index offers; part of the libraries, not of
    the service."""
    keep: tuple[str, ...] = ()
    """Modules that are imported by a name the code does not spell out: never pruned."""
    command: tuple[str, ...]
    """As an exec list; ``python`` means the base's."""
    environment: tuple[tuple[str, str], ...] = ()
    workdir: str = "/app"
    port: int | None = 8080
    user: int = 65532
    compression: Literal["gzip", "zstd", "none"] = "gzip"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of an image."""

    name: str
    """What it holds: ``runtime``, ``libraries``, ``model``, ``app``."""
    digest: str
    """``sha256:`` and hex, of the compressed bytes."""
    diff_id: str
    """``sha256:`` and hex, of the plain tar."""
    compressed_bytes: int
    unpacked_bytes: int
    """Of the plain tar."""
    media_type: str
    files: int
    """Regular files."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image, its digests computed from its content."""

    reference: str
    digest: str
    """``sha256:`` and hex, of the manifest."""
    architecture: str
    layers: tuple[Layer, ...]
    python: str = ""
    """``3.11``: the Python inside."""
    layout: Path | None = None
    """The OCI layout folder that holds it."""
    base: str = ""
    """What it stands on: suite and packages, or the reference of a given base."""
    base_lock: Path | None = None
    """What makes the same base again; None for a given base, which is its own lock."""
    requirements_lock: Path | None = None
    """Every distribution with its version and digest, as pip and uv read it."""
    removed: tuple[tuple[str, int], ...] = ()
    """What pruning left out, rule by rule, with bytes."""
    notes: tuple[str, ...] = ()
    """What a person should know: another Python than asked for, bytecode that is missing."""

    @property
    def unpacked_bytes(self) -> int:
        """Sum of the layers' plain tars."""
        return sum(layer.unpacked_bytes for layer in self.layers)

    @property
    def compressed_bytes(self) -> int:
        """Sum of the layers' blobs."""
        return sum(layer.compressed_bytes for layer in self.layers)
