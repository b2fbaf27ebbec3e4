"""Source distributions: their bytes, and what they require by the metadata inside them. Nothing of them is executed."""

from __future__ import annotations

import email
import hashlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from email.message import Message

from ..errors import IndexUnreachable, Unresolvable, Untrusted
from ..records import from_json, to_json
from ..workspace import Workspace, write_file
from .index import IndexSettings
from .remote import Remote
from .resolution import Wheel

_LARGEST_BYTES = 50_000_000
_LARGEST_METADATA_BYTES = 2_000_000
_SECTION = re.compile(r"^\[(?P<extra>[^:\]]*):?(?P<marker>[^\]]*)\]$")


def required(source: Wheel, settings: IndexSettings, workspace: Workspace) -> tuple[str, ...]:
    """The requirement lines of a source distribution, kept under its sha256 for good; empty where it names none.

    :raises IndexUnreachable: it cannot be fetched
    :raises Unresolvable: it is damaged, or too large to look into
    """
    kept = workspace.entry("sources", source.sha256).with_suffix(".json")
    if source.sha256 and kept.is_file():
        with suppress(ValueError):  # what another version of jettison wrote is read anew
            return from_json(kept.read_bytes(), tuple[str, ...])
    try:
        found = _required(_content(source, settings))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError) as cause:
        raise Unresolvable(
            f"{source.filename} cannot be read: {cause}",
            next_step=f"pin {source.name} to a version that has a wheel",
        ) from cause
    if source.sha256:
        write_file(kept, to_json(found))
    return found


def known_metadata(sources: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """What uv is to take as known of these distributions, as its configuration file; so it builds none of them."""
    return "\n".join(
        f"[[dependency-metadata]]\nname = {json.dumps(name)}\nrequires-dist = {json.dumps(list(needs))}\n"
        for name, needs in sources
    )


def fetched(source: Wheel, settings: IndexSettings) -> bytes:
    """The file itself, held against the digest that it was resolved with.

    :raises IndexUnreachable: it cannot be fetched
    :raises Unresolvable: it is too large
    :raises Untrusted: it is another file
    """
    data = _content(source, settings)
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise Untrusted(
            f"{source.filename} is not the file that was promised",
            next_step="resolve again; if it stays so, the index serves changed files: ask who runs it",
        )
    return data


def _content(source: Wheel, settings: IndexSettings) -> bytes:
    path = source.local_path
    if path is not None:
        return path.read_bytes()
    too_large = Unresolvable(
        f"{source.filename} exists only as source and is too large to look into",
        next_step=f"pin {source.name} to a version that has a wheel",
    )
    if (source.size_bytes or 0) > _LARGEST_BYTES:
        raise too_large
    import httpx

    with Remote(settings) as remote, remote.answer(source.location, {"Accept-Encoding": "identity"}) as response:
        data = bytearray()
        try:
            for chunk in response.iter_raw():
                data += chunk
                if len(data) > _LARGEST_BYTES:
                    raise too_large
        except httpx.TransportError as cause:
            raise IndexUnreachable(
                f"a package index breaks off: {type(cause).__name__}", next_step="check the network, and try again"
            ) from cause
    return bytes(data)


def _required(data: bytes) -> tuple[str, ...]:
    information: Message | None = None
    legacy: list[str] = []
    for name, text in _metadata_files(data):
        if name.count("/") == 1 and name.endswith("/PKG-INFO"):
            information = email.message_from_string(text)
        elif name.endswith(".egg-info/requires.txt"):
            legacy = list(_legacy(text))
    stated = information.get_all("Requires-Dist", []) if information else []
    return tuple(str(line) for line in stated) or tuple(legacy)


def _metadata_files(data: bytes) -> Iterator[tuple[str, str]]:
    wanted = ("/PKG-INFO", ".egg-info/requires.txt")
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(wanted) and entry.file_size <= _LARGEST_METADATA_BYTES:
                    yield entry.filename, archive.read(entry).decode("utf-8", "replace")
        return
    with closing(tarfile.open(fileobj=io.BytesIO(data))) as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(wanted) and member.size <= _LARGEST_METADATA_BYTES:
                file = tar.extractfile(member)
                if file is not None:
                    yield member.name, file.read().decode("utf-8", "replace")


def _legacy(text: str) -> Iterator[str]:
    """setuptools' older list: sections of extras and markers, of which only those without an extra always hold."""
    extra, marker = "", ""
    for line in map(str.strip, text.splitlines()):
        if section := _SECTION.match(line):
            extra, marker = section["extra"].strip(), section["marker"].strip()
        elif line and not extra:
            yield f"{line} ; {marker}" if marker else line
