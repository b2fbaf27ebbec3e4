"""Fetches files from a mirror, with their digests checked before anybody sees them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...errors import IndexUnreachable, Untrusted
from ...records import Progress, Steps
from ...workspace import space_for

_ATTEMPTS = 3
_CHUNK_BYTES = 1 << 18
_SECONDS = 30.0
_RELEASE_LIMIT_BYTES = 16 << 20
_AS_IT_IS = {"Accept-Encoding": "identity"}


class NotThere(IndexUnreachable):
    """The mirror answers, but has no such file."""


def text(url: str) -> bytes:
    """A small file whose digest nobody knows yet.

    :raises NotThere: the mirror has no such file
    :raises IndexUnreachable: the mirror does not answer
    """
    data = b""
    for chunk in _chunks(url):
        data += chunk
        if len(data) > _RELEASE_LIMIT_BYTES:
            raise _unreachable(url, "it sends more than any release file holds")
    return data


def checked(url: str, into: Path, *, sha256: str, size_bytes: int, note: str) -> Steps[None]:
    """Fetch a file of known digest; nothing is left behind when it is another.

    :raises Untrusted: the mirror sends other bytes
    :raises IndexUnreachable: the mirror does not answer, or has no such file
    """
    total = hashlib.sha256()
    done = 0
    with space_for(into), into.open("wb") as file:
        for chunk in _chunks(url):
            total.update(chunk)
            file.write(chunk)
            done += len(chunk)
            if done > size_bytes:
                break
            yield Progress(step="download", done=done, total=size_bytes, note=note)
    if total.hexdigest() != sha256:
        into.unlink()
        raise Untrusted(
            f"the mirror sent other bytes than its signed list promises for {note}",
            where=url,
            next_step="try again later (the mirror may be in the middle of an update), or set JETTISON_DEBIAN_MIRROR",
        )


def _chunks(url: str) -> Iterator[bytes]:
    if url.startswith("file:"):
        yield from _local_chunks(Path(unquote(urlsplit(url).path)), url)
    else:
        yield from _remote_chunks(url)


def _local_chunks(path: Path, url: str) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except FileNotFoundError as cause:
        raise NotThere("the mirror has no such file", where=url, next_step="check the address") from cause


def _remote_chunks(url: str) -> Iterator[bytes]:
    """What an HTTP server sends. A connection that breaks before the first byte is tried again."""
    import httpx

    for attempt in range(1, _ATTEMPTS + 1):
        started = False
        try:
            with httpx.stream("GET", url, headers=_AS_IT_IS, timeout=_SECONDS, follow_redirects=True) as answer:
                if answer.status_code in (404, 410):
                    raise NotThere("the mirror has no such file", where=url, next_step="check the mirror's address")
                answer.raise_for_status()
                for chunk in answer.iter_raw(_CHUNK_BYTES):
                    started = True
                    yield chunk
            return
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            if started or attempt == _ATTEMPTS:
                raise _unreachable(url, str(cause) or type(cause).__name__) from cause
            time.sleep(attempt)


def _unreachable(url: str, why: str) -> IndexUnreachable:
    return IndexUnreachable(
        f"the Debian mirror does not answer: {why}",
        where=url,
        next_step="check the network (HTTP_PROXY is honoured), or set JETTISON_DEBIAN_MIRROR to another mirror",
    )
