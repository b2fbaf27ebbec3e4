"""Asks a container registry: how large an image is, and its bytes.

The distribution protocol, read only: manifests and blobs, anonymous or with the user's Docker credentials.
Registries on this machine's loopback are spoken to in plain HTTP, all others in HTTPS.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..errors import ImageInvalid, IndexUnreachable, JettisonError
from ..records import Progress, Steps
from ..workspace import space_for
from . import documents, layout
from .credentials import DOCKER_HUB, Credential, credential
from .read import DOCUMENT_LIMIT_BYTES
from .values import INDEX_TYPES, MANIFEST_TYPES, Descriptor, Index, Manifest, Platform

if TYPE_CHECKING:
    import httpx

_ASK_SECONDS = 10.0
_SOCKET_SECONDS = 30.0
_CHUNK_BYTES = 1 << 20
_HUB_HOST = "registry-1.docker.io"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An image's name, spelled out."""

    host: str
    repository: str
    version: str
    """A tag, or a digest."""

    @property
    def url(self) -> str:
        """Where the registry's API has this repository."""
        host = _HUB_HOST if self.host == DOCKER_HUB else self.host
        return f"{'http' if _is_loopback(host) else 'https'}://{host}/v2/{self.repository}"


def spelled_out(name: str) -> Reference:
    """``python:3.11`` is ``docker.io/library/python:3.11``. A digest outranks a tag."""
    rest, _, digest = name.partition("@")
    first, slash, path = rest.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, path = DOCKER_HUB, rest
    repository, colon, tag = path.rpartition(":")
    if not colon:
        repository, tag = path, "latest"
    if first == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(host=first, repository=repository, version=digest or tag)


def pulled_bytes(name: str, *, platform: Platform | None = None, seconds: float = _ASK_SECONDS) -> int | None:
    """How many bytes a pull of the image fetches: config and layers, as the registry stores them.

    :param platform: linux/amd64 when not said
    :returns: None when no registry answers within `seconds`, or has no such image
    """
    answers: list[int] = []

    def ask() -> None:
        with contextlib.suppress(JettisonError), _registry(name, seconds) as registry:
            manifest, _ = registry.manifest(platform or Platform())
            answers.append(manifest.config.size_bytes + sum(layer.size_bytes for layer in manifest.layers))

    # A thread, because looking up a host's name has no time limit of its own.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return next(iter(answers), None)


def pull(name: str, into: Path, *, platform: Platform | None = None) -> Steps[Path]:
    """Fetch one image into an OCI layout, every byte as the registry has it, digests checked on the way.

    :raises IndexUnreachable: the registry does not answer, or refuses
    :raises ImageInvalid: it answers with bytes of another digest
    """
    layout.create(into)
    with _registry(name, _SOCKET_SECONDS) as registry:
        manifest, data = registry.manifest(platform or Platform())
        stored = layout.put(into, data, manifest.media_type)
        blobs = {blob.digest: blob for blob in (manifest.config, *manifest.layers)}
        total = sum(blob.size_bytes for blob in blobs.values())
        done = 0
        for blob in blobs.values():
            yield Progress(step="pull", done=done, total=total, note=name)
            with layout.fresh_blob(into) as target:
                registry.fetch(blob, target.file)
                target.keep(blob.digest)
            done += blob.size_bytes
    entry = Descriptor(
        media_type=stored.media_type,
        digest=stored.digest,
        size_bytes=stored.size_bytes,
        platform=platform or Platform(),
        annotations=(("org.opencontainers.image.ref.name", layout.tag_of(name)),),
    )
    with space_for(into):
        (into / layout.INDEX_FILE).write_bytes(documents.index_bytes(Index(manifests=(entry,))))
    return into


@contextlib.contextmanager
def _registry(name: str, seconds: float) -> Iterator[_Registry]:
    import httpx

    try:
        with httpx.Client(timeout=seconds, follow_redirects=True) as client:
            yield _Registry(client, spelled_out(name))
    except (httpx.HTTPError, httpx.InvalidURL) as cause:
        raise IndexUnreachable(
            f"the registry of {name} does not answer: {cause or type(cause).__name__}",
            where=spelled_out(name).host,
            next_step="check the name and the network; HTTPS_PROXY is honoured",
        ) from cause


class _Registry:
    def __init__(self, client: httpx.Client, reference: Reference) -> None:
        self._client = client
        self._reference = reference
        self._authorization = ""

    def manifest(self, platform: Platform) -> tuple[Manifest, bytes]:
        """The image's manifest for the platform, found through indexes, and its bytes."""
        version = self._reference.version
        for _ in range(4):
            data = self._document(f"manifests/{version}")
            if version.startswith("sha256:") and documents.digest_of(data) != version:
                raise self._wrong(f"the manifest {version} has another digest")
            media_type = documents.media_type_of(data, self._reference.host)
            if media_type in MANIFEST_TYPES:
                return documents.manifest(data, self._reference.host), data
            if media_type not in INDEX_TYPES:
                break
            version = self._chosen(documents.index(data, self._reference.host), platform)
        raise self._wrong("it is no image that jettison can read")

    def fetch(self, blob: Descriptor, into: BinaryIO) -> None:
        """Write one blob's bytes. :raises ImageInvalid: they are not what the descriptor says"""
        total = hashlib.sha256()
        size = 0
        with self._answer(f"blobs/{blob.digest}") as answer:
            for chunk in answer.iter_raw(_CHUNK_BYTES):
                total.update(chunk)
                size += len(chunk)
                into.write(chunk)
        if (size, f"sha256:{total.hexdigest()}") != (blob.size_bytes, blob.digest):
            raise self._wrong(f"the blob {blob.digest} came with other bytes")

    def _chosen(self, index: Index, platform: Platform) -> str:
        for entry in index.manifests:
            asked = entry.platform
            if asked and (asked.os, asked.architecture) == (platform.os, platform.architecture):
                return entry.digest
        raise self._wrong(f"it has no image for {platform.os}/{platform.architecture}")

    def _document(self, path: str) -> bytes:
        with self._answer(path) as answer:
            data = b""
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > DOCUMENT_LIMIT_BYTES:
                    raise self._wrong("its manifest is longer than any manifest")
        return data

    @contextlib.contextmanager
    def _answer(self, path: str) -> Iterator[httpx.Response]:
        """The answer to a GET; asked again with credentials where the registry wants some."""
        for attempt in range(2):
            headers = {"Accept": ", ".join((*INDEX_TYPES, *MANIFEST_TYPES, "*/*"))}
            if self._authorization:
                headers["Authorization"] = self._authorization
            with self._client.stream("GET", f"{self._reference.url}/{path}", headers=headers) as answer:
                if answer.status_code == 401 and attempt == 0:
                    self._authorization = self._granted(answer.headers.get("WWW-Authenticate", ""))
                    continue
                if answer.is_error:
                    raise self._refused(answer.status_code)
                yield answer
                return

    def _granted(self, challenge: str) -> str:
        """The Authorization header that answers a challenge."""
        scheme, parameters = _challenge(challenge)
        known = credential(self._reference.host)
        if scheme == "basic" and known:
            return known.basic
        if scheme != "bearer" or "realm" not in parameters:
            raise self._refused(401)
        answer = self._token(parameters, known)
        if answer.is_error:
            raise self._refused(answer.status_code)
        try:
            document = answer.json()
            return f"Bearer {document.get('token') or document['access_token']}"
        except (ValueError, KeyError, AttributeError) as cause:
            raise self._refused(401) from cause

    def _token(self, parameters: dict[str, str], known: Credential | None) -> httpx.Response:
        scope = parameters.get("scope") or f"repository:{self._reference.repository}:pull"
        asked = {"service": parameters.get("service", ""), "scope": scope}
        if known and known.identity_token:
            form = asked | {
                "grant_type": "refresh_token",
                "refresh_token": known.identity_token,
                "client_id": "jettison",
            }
            return self._client.post(parameters["realm"], data=form)
        headers = {"Authorization": known.basic} if known else {}
        return self._client.get(parameters["realm"], params=asked, headers=headers)

    def _refused(self, status: int) -> IndexUnreachable:
        return IndexUnreachable(
            f"the registry answers {status} for {self._reference.repository}:{self._reference.version}",
            where=self._reference.host,
            next_step="check the name; for a private image run `docker login` first, its credentials are used",
        )

    def _wrong(self, what: str) -> ImageInvalid:
        return ImageInvalid(
            f"{self._reference.repository}:{self._reference.version}: {what}",
            where=self._reference.host,
            next_step="name another image or tag",
        )


def _challenge(header: str) -> tuple[str, dict[str, str]]:
    """``Bearer realm="…",service="…"`` as its scheme and parameters."""
    import urllib.request

    scheme, _, rest = header.partition(" ")
    return scheme.lower(), urllib.request.parse_keqv_list(urllib.request.parse_http_list(rest))


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name == "localhost" or name.startswith("127.") or name == "[::1]"
