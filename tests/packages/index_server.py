"""A package index on this machine, by the simple repository interface, with the manners and faults of real ones."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class IndexServer:
    """What it serves and how, and what it saw."""

    folder: Path
    ranges: bool = True
    sizes: bool = True
    login: str = ""
    """``user:password`` that every request must carry."""
    busy: int = 0
    """How many requests for files are answered with 503 first."""
    sent_bytes: int = 0
    """Of file contents."""
    asked: list[str] = field(default_factory=list)
    """``path Range`` of every request for a file."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple"

    @property
    def url_with_login(self) -> str:
        return f"http://{self.login}@127.0.0.1:{self.port}/simple"


@contextlib.contextmanager
def serving(index: IndexServer) -> Iterator[IndexServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            _answer(self, index)

        def do_HEAD(self) -> None:
            _answer(self, index)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


def _answer(request: BaseHTTPRequestHandler, index: IndexServer) -> None:
    expected = "Basic " + base64.b64encode(index.login.encode()).decode()
    if index.login and request.headers.get("Authorization") != expected:
        return _send(request, 401, b"", {"WWW-Authenticate": 'Basic realm="index"'})
    if request.path.startswith("/simple/"):
        listed = _listing(request.path.split("/")[2], index)
        return _send(request, 200 if listed else 404, listed, {"Content-Type": "application/vnd.pypi.simple.v1+json"})
    path = index.folder / request.path.rpartition("/")[2]
    if not path.is_file():
        return _send(request, 404, b"", {})
    index.asked.append(f"{path.name} {request.headers.get('Range', '')}".strip())
    if index.busy:
        index.busy -= 1
        return _send(request, 503, b"", {"Retry-After": "0"})
    data = path.read_bytes()
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if index.ranges and request.command == "HEAD":
        return _send(request, 200, data, {"Accept-Ranges": "bytes"})
    if index.ranges and wanted:
        first, last = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
        if first > last:
            return _send(request, 416, b"", {"Content-Range": f"bytes */{len(data)}"})
        part = data[first : last + 1]
        index.sent_bytes += len(part)
        return _send(request, 206, part, {"Content-Range": f"bytes {first}-{last}/{len(data)}"})
    index.sent_bytes += len(data)
    return _send(request, 200, data, {})


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command != "HEAD":
        with contextlib.suppress(ConnectionError):
            request.wfile.write(body)


def _listing(project: str, index: IndexServer) -> bytes:
    files = []
    for path in sorted(index.folder.iterdir()):
        if re.sub(r"[-_.]+", "-", path.name.partition("-")[0]).lower() == project:
            data = path.read_bytes()
            entry: dict[str, Any] = {
                "filename": path.name,
                "url": f"../../files/{path.name}",
                "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
            }
            files.append(entry | ({"size": len(data)} if index.sizes else {}))
    if not files:
        return b""
    # Version 1.1 obliges an index to give sizes; 1.0 does not know them.
    version = "1.1" if index.sizes else "1.0"
    return json.dumps({"meta": {"api-version": version}, "name": project, "versions": [], "files": files}).encode()
