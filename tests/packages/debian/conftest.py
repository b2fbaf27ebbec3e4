"""A small Debian archive on this machine's loopback, signed with a key of its own."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jettison.packages.debian import Catalogue, catalogue
from jettison.records import finished
from jettison.workspace import Workspace

REPOSITORY = Path(__file__).parent / "repository"


@dataclass
class Archive:
    """A copy of the archive that a test may spoil, and what was asked of it."""

    root: Path
    address: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    root = tmp_path / "archive"
    shutil.copytree(REPOSITORY, root)
    made = Archive(root=root, address="")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            made.asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
    threading.Thread(target=partial(server.serve_forever, 0.05), daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("JETTISON_DEBIAN_MIRROR", made.address)
    monkeypatch.setenv("JETTISON_DEBIAN_KEYRING", str(REPOSITORY / "keyring.gpg"))
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path / "cache")


@pytest.fixture
def steady(archive: Archive, workspace: Workspace) -> Catalogue:
    return finished(catalogue("steady", "amd64", workspace))
