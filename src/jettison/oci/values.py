"""What an image is made of, as values: descriptors, manifest, config, index.

The names follow the OCI image specification 1.1. A value says nothing of where its bytes lie.
"""

from __future__ import annotations

from dataclasses import dataclass

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = LAYER + "+gzip"
LAYER_ZSTD = LAYER + "+zstd"

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip"

INDEX_TYPES = (INDEX, DOCKER_LIST)
MANIFEST_TYPES = (MANIFEST, DOCKER_MANIFEST)
CONFIG_TYPES = (CONFIG, DOCKER_CONFIG)
LAYER_TYPES = (LAYER, LAYER_GZIP, LAYER_ZSTD, DOCKER_LAYER, DOCKER_LAYER_GZIP)

OCI_TYPE_OF = {
    DOCKER_LIST: INDEX,
    DOCKER_MANIFEST: MANIFEST,
    DOCKER_CONFIG: CONFIG,
    DOCKER_LAYER: LAYER,
    DOCKER_LAYER_GZIP: LAYER_GZIP,
}
"""The same bytes under Docker's names and under OCI's: one manifest must not mix the two."""

REFERENCE_NAME = "org.opencontainers.image.ref.name"
"""The annotation of an index entry that holds a tag."""
CONTAINERD_NAME = "io.containerd.image.name"
"""The annotation by which containerd and Docker import a full reference from a layout."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What an image runs on, in Go's names: ``amd64``, ``arm64``."""

    architecture: str = "amd64"
    os: str = "linux"
    variant: str = ""


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """A pointer to a blob: what it is, its digest (``sha256:`` and 64 hex digits) and its length."""

    media_type: str
    digest: str
    size_bytes: int
    platform: Platform | None = None
    annotations: Pairs = ()

    def annotation(self, name: str) -> str:
        """The annotation's value, or nothing."""
        return dict(self.annotations).get(name, "")


@dataclass(frozen=True, kw_only=True)
class History:
    """How a layer came to be. An entry without a layer only changed the config."""

    created: str = ""
    created_by: str = ""
    comment: str = ""
    empty_layer: bool = False


@dataclass(frozen=True, kw_only=True)
class Config:
    """How a container of the image starts, and the digests of its plain layers in order."""

    platform: Platform
    created: str = ""
    """RFC 3339, UTC."""
    environment: Pairs = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    workdir: str = ""
    user: str = ""
    ports: tuple[str, ...] = ()
    """``8080/tcp``."""
    labels: Pairs = ()
    diff_ids: tuple[str, ...] = ()
    history: tuple[History, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One image for one platform."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    media_type: str = MANIFEST
    annotations: Pairs = ()


@dataclass(frozen=True, kw_only=True)
class Index:
    """Several images under one name, or the table of contents of a layout."""

    manifests: tuple[Descriptor, ...]
    media_type: str = INDEX
    annotations: Pairs = ()
