"""Two package indexes on this machine: the default one, whose torch brings CUDA, and PyTorch's of CPU builds.

The second is reached as `https://download.pytorch.org/whl/cpu`, through a proxy that answers for that host with a
certificate of its own: what lint wrote is used as it stands, by every tool.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tests.packages import made_packages

HOST = "download.pytorch.org"
CUDA = ("nvidia-cublas-cu12==12.8.4.1", "nvidia-cudnn-cu12==9.10.2.21", "nvidia-nccl-cu12==2.27.5", "triton==3.5.1")
_RELEASES = {"2.3.1": ("0.18.1", "2.3.1"), "2.9.1": ("0.24.1", "2.9.1")}


@dataclass(frozen=True, kw_only=True)
class Indexes:
    """Where they are, and the variables with which pip, uv and Poetry find them."""

    port: int
    authority: Path
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple"

    def variables(self, folder: Path) -> dict[str, str]:
        """For a tool that shall see these two alone, with its caches below `folder`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "POETRY_"))}
        proxy, authority = f"http://127.0.0.1:{self.port}", str(self.authority)
        return kept | {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "SSL_CERT_FILE": authority,
            "REQUESTS_CA_BUNDLE": authority,
            "PIP_CERT": authority,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.url,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_DEFAULT_INDEX": self.url,
            "UV_NO_CONFIG": "0",
            "UV_CACHE_DIR": str(folder / "uv-cache"),
            "UV_PYTHON_DOWNLOADS": "never",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "POETRY_CACHE_DIR": str(folder / "poetry-cache"),
            "POETRY_VIRTUALENVS_CREATE": "false",
        }


def make_wheels(folder: Path) -> None:
    """The default index in `folder/simple`, PyTorch's in `folder/whl`."""
    default, cpu = folder / "simple", folder / "whl"
    for torch, (vision, audio) in _RELEASES.items():
        made_packages.wheel(default, "torch", torch, requires=("filelock", *CUDA))
        made_packages.wheel(cpu, "torch", f"{torch}+cpu", requires=("filelock",))
        for name, version in (("torchvision", vision), ("torchaudio", audio)):
            made_packages.wheel(default, name, version, requires=(f"torch=={torch}",))
            made_packages.wheel(cpu, name, f"{version}+cpu", requires=(f"torch=={torch}",))
    for line in CUDA:
        name, _, version = line.partition("==")
        made_packages.wheel(default, name, version)
    made_packages.wheel(default, "sentence-transformers", "5.1.0", requires=("torch>=1.11.0", "requests"))
    made_packages.wheel(default, "easyocr", "1.7.2", requires=("torch", "torchvision>=0.5"))
    made_packages.wheel(default, "requests", "2.32.5", requires=("charset-normalizer>=2,<4",))
    made_packages.wheel(default, "flask", "3.1.0")
    for version in ("3.3.2", "3.4.4"):
        made_packages.wheel(default, "charset-normalizer", version)
    made_packages.wheel(cpu, "charset-normalizer", "2.1.1")  # PyTorch's index carries old copies of what torch's needs
    for place, version in ((default, "3.20.0"), (cpu, "3.13.1")):
        made_packages.wheel(place, "filelock", version)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Indexes]:
    """Serve what `make_wheels` made there."""
    certificate, key, authority = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None: ...

        def do_CONNECT(self) -> None:
            if not self.path.startswith(f"{HOST}:"):
                self.send_error(502)
                return
            self.send_response(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb", -1)
            self.wfile = self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_GET(self) -> None:
            body = _page(folder, unquote(self.path.partition("?")[0]))
            asked.append(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/octet-stream" if self.path.endswith(".whl") else "text/html")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if self.command != "HEAD":
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body or b"")

        def do_HEAD(self) -> None:
            self.do_GET()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that leaves in the middle is none."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Indexes(port=server.server_address[1], authority=authority, asked=asked)
        finally:
            server.shutdown()
            thread.join()


def _page(folder: Path, path: str) -> bytes | None:
    """A project's listing (PEP 503), or a wheel."""
    place = folder / ("whl" if path.startswith("/whl/cpu/") else "simple")
    if path.endswith(".whl"):
        file = place / path.rpartition("/")[2]
        return file.read_bytes() if file.is_file() else None
    project = path.strip("/").rpartition("/")[2]
    links = [
        f'<a href="../files/{quote(file.name)}#sha256={hashlib.sha256(file.read_bytes()).hexdigest()}">{file.name}</a>'
        for file in sorted(place.iterdir())
        if re.sub(r"[-_.]+", "-", file.name.partition("-")[0]).lower() == project
    ]
    return ("<!DOCTYPE html><html><body>" + "<br/>".join(links) + "</body></html>").encode() if links else None


def _certificate(folder: Path) -> tuple[Path, Path, Path]:
    """Certificate and key of the host, and the authority that a client must trust for them."""
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    certificate, key, asking, named = (folder / name for name in ("host.pem", "host.key", "host.csr", "host.ext"))
    named.write_text(f"subjectAltName=DNS:{HOST}\nbasicConstraints=CA:FALSE\n")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for arguments in (
        ("req", "-x509", *new, "-keyout", authority_key, "-out", authority, "-days", "2", "-subj", "/CN=test"),
        ("req", *new, "-keyout", key, "-out", asking, "-subj", f"/CN={HOST}"),
        ("x509", "-req", "-in", asking, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial", "-days", "2",
         "-extfile", named, "-out", certificate),
    ):  # fmt: skip
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    return certificate, key, authority
