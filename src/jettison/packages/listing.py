"""Which files of a project the user's own indexes and folders offer, by the simple repository interface.

The default index is not asked: what is looked for here (local versions) cannot stand there. Source: "Simple repository
API" of the Python packaging user guide, HTML and JSON forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from ..errors import IndexUnreachable
from .index import IndexSettings
from .remote import Remote

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_LARGEST_BYTES = 50_000_000


def filenames(project: str, settings: IndexSettings) -> tuple[str, ...]:
    """File names of that project in every folder, page and configured index, in no particular order.

    :raises IndexUnreachable: an index does not answer
    """
    name = canonicalize_name(project)
    indexes = () if settings.no_index else (settings.index_url, *settings.extra_index_urls)
    pages = [*(f"{index.rstrip('/')}/{name}/" for index in indexes if index), *settings.find_links]
    found: set[str] = set()
    with Remote(settings) as remote:
        for page in pages:
            found.update(_on_page(page, remote))
    return tuple(file for file in sorted(found) if _project(file) == name)


def _on_page(page: str, remote: Remote) -> Iterator[str]:
    folder = _folder(page)
    if folder is None:
        yield from _links(_text(page, remote))
    elif (folder / "index.html").is_file():
        yield from _links((folder / "index.html").read_text("utf-8", "replace"))
    elif folder.is_dir():
        yield from (path.name for path in folder.iterdir())


def _folder(page: str) -> Path | None:
    if "://" not in page and not page.startswith("file:"):
        return Path(page)
    parts = urlsplit(page)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _text(page: str, remote: Remote) -> str:
    """The page, or nothing where the index does not know the project."""
    try:
        with remote.answer(page, {"Accept": _ACCEPT}) as response:
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > _LARGEST_BYTES:
                    return ""
            return data.decode("utf-8", "replace")
    except IndexUnreachable as problem:
        if "answers 404" in problem.what:
            return ""
        raise


def _links(text: str) -> Iterator[str]:
    if text.lstrip().startswith("{"):
        try:
            listed = json.loads(text).get("files", [])
        except ValueError:
            return
        yield from (str(file.get("filename", "")) for file in listed if isinstance(file, dict))
        return
    anchors = _Anchors()
    anchors.feed(text)
    yield from anchors.files


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") if tag == "a" else None
        if target:
            self.files.append(unquote(urlsplit(target).path.rpartition("/")[2]))


def _project(file: str) -> str:
    return canonicalize_name(file.partition("-")[0])
