"""A stand-in for torch's index of CPU builds: what this machine has of torch, as that index would serve it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

from jettison.packages.index import index_settings

ADDRESS = "https://download.pytorch.org/whl/cpu"


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Its address on this machine."""
    wheels = {
        path.name: path
        for place in index_settings().find_links
        if Path(place).is_dir()
        for path in Path(place).glob("*+cpu-*.whl")
    }

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            last = unquote(self.path.rstrip("/").rpartition("/")[2])
            if last in wheels:
                data = wheels[last].read_bytes()
                self._answer(data, "application/octet-stream")
            elif links := [name for name in wheels if name.partition("-")[0].lower() == last.replace("-", "_")]:
                page = "".join(f'<a href="/files/{quote(name)}">{name}</a><br>' for name in links)
                self._answer(f"<!DOCTYPE html><html><body>{page}</body></html>".encode(), "text/html")
            else:
                self.send_error(404)

        def _answer(self, data: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/whl/cpu"
    finally:
        server.shutdown()
        server.server_close()
