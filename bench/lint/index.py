"""The machine's package indexes as one of their own kind on this machine, for builds.

What pip gets through it has the headers of a public index, so that pip keeps its downloads as it does elsewhere. Under
``/whl/cpu`` it stands in for torch's index of CPU builds: torch as a folder of this machine has it, the rest as usual.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from packaging.utils import canonicalize_name

from jettison.errors import IndexUnreachable
from jettison.packages.index import IndexSettings, index_settings
from jettison.packages.remote import Remote

TORCH_ADDRESS = "https://download.pytorch.org/whl/cpu"
_TORCH = ("torch", "torchvision", "torchaudio")
_JSON = "application/vnd.pypi.simple.v1+json"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class _File:
    name: str
    place: str
    """URL or path."""
    sha256: str = ""
    requires_python: str = ""


@dataclass
class _Index:
    settings: IndexSettings
    remote: Remote
    files: dict[str, _File] = field(default_factory=dict)

    def page(self, name: str, *, cpu: bool) -> str:
        """The links of one project."""
        found: dict[str, _File] = {}
        for place in self.settings.find_links:
            for path in sorted(Path(place).glob("*.whl")) if Path(place).is_dir() else ():
                if _project(path.name) == name and ("+cpu" in path.name) == cpu:
                    found[path.name] = _File(name=path.name, place=str(path))
        if not (cpu and name in _TORCH):
            for index in (self.settings.index_url or _default_index(), *self.settings.extra_index_urls):
                for file in self._of_index(f"{index.rstrip('/')}/{name}/"):
                    found.setdefault(file.name, file)
        self.files.update(found)
        return "".join(
            f'<a href="/files/{quote(each.name)}{f"#sha256={each.sha256}" if each.sha256 else ""}"'
            f' data-requires-python="{escape(each.requires_python)}">{each.name}</a><br>\n'
            for each in found.values()
        )

    def _of_index(self, address: str) -> Iterator[_File]:
        if address.startswith("file:"):
            page = Path(unquote(urlsplit(address).path)) / "index.html"
            for href in re.findall(r'href="([^"]+)"', page.read_text("utf-8")) if page.is_file() else ():
                target = urlsplit(urljoin(f"{address}index.html", href))
                path = Path(unquote(target.path))
                yield _File(name=path.name, place=str(path), sha256=target.fragment.removeprefix("sha256="))
            return
        try:
            with self.remote.answer(address, {"Accept": _JSON}) as response:
                listed = json.loads(response.read())
        except IndexUnreachable:
            return
        for each in listed["files"]:
            if not each.get("yanked"):
                yield _File(
                    name=each["filename"],
                    place=urljoin(address, each["url"]),
                    sha256=each["hashes"].get("sha256", ""),
                    requires_python=each.get("requires-python") or "",
                )


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The index; its address without a path, ``http://127.0.0.1:40000``."""
    settings = index_settings()
    with Remote(settings) as remote:
        index = _Index(settings=settings, remote=remote)

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _answer(self, index)

            def do_HEAD(self) -> None:
                _answer(self, index)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


def _answer(handler: BaseHTTPRequestHandler, index: _Index) -> None:
    path = unquote(urlsplit(handler.path).path).strip("/")
    last = path.rpartition("/")[2]
    if path.startswith(("simple/", "whl/cpu/")):
        page = index.page(canonicalize_name(last), cpu=path.startswith("whl/cpu/"))
        data = f"<!DOCTYPE html><html><body>\n{page}</body></html>".encode()
        _head(handler, 200 if page else 404, len(data), "text/html", "max-age=600")
        if handler.command == "GET":
            handler.wfile.write(data)
    elif file := index.files.get(last):
        _send(handler, file, index.remote)
    else:
        handler.send_error(404)


def _send(handler: BaseHTTPRequestHandler, file: _File, remote: Remote) -> None:
    kind, keep = "application/octet-stream", "max-age=365000000, immutable, public"
    if "://" not in file.place:
        with Path(file.place).open("rb") as opened:
            _head(handler, 200, Path(file.place).stat().st_size, kind, keep)
            while handler.command == "GET" and (chunk := opened.read(_CHUNK_BYTES)):
                handler.wfile.write(chunk)
        return
    with remote.answer(file.place, {"Accept-Encoding": "identity"}) as response:
        _head(handler, 200, int(response.headers["Content-Length"]), kind, keep)
        for chunk in response.iter_raw(_CHUNK_BYTES) if handler.command == "GET" else ():
            handler.wfile.write(chunk)


def _head(handler: BaseHTTPRequestHandler, status: int, length: int, kind: str, keep: str) -> None:
    handler.send_response(status)
    for name, value in (("Content-Type", kind), ("Content-Length", str(length)), ("Cache-Control", keep)):
        handler.send_header(name, value)
    handler.end_headers()


def _project(file: str) -> str:
    return canonicalize_name(file.partition("-")[0])


def _default_index() -> str:
    """The one that pip asks when nobody names another."""
    from pip._internal.models.index import PyPI

    return str(PyPI.simple_url)
