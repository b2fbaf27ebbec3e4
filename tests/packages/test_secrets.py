from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from jettison.errors import JettisonError
from jettison.packages.index import IndexSettings
from jettison.packages.install import installed
from jettison.packages.lock import lock_text
from jettison.packages.resolve import resolved
from jettison.packages.wheels import contents
from jettison.records import finished
from jettison.workspace import Workspace
from tests.packages import made_packages
from tests.packages.index_server import IndexServer, serving

SECRET = "pass-word-of-the-index"
LINUX = "x86_64-manylinux_2_36"


def test_a_password_in_the_index_address_works_and_is_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments: list[str] = []
    real = subprocess.run

    def watched(command: list[str], *rest: Any, **named: Any) -> subprocess.CompletedProcess[str]:
        arguments.extend(command)
        return real(command, *rest, **named)

    monkeypatch.setattr(subprocess, "run", watched)
    workspace = Workspace(root=tmp_path / "cache")
    made_packages.wheel(tmp_path / "files", "app", requires=["leaf"], scripts=["app"])
    made_packages.wheel(tmp_path / "files", "leaf")
    made_packages.source(tmp_path / "files", "rough")
    with serving(IndexServer(folder=tmp_path / "files", login=f"user:{SECRET}")) as index:
        settings = IndexSettings(index_url=index.url_with_login, timeout_seconds=5)
        found = finished(resolved(["app"], python="3.11", platform=LINUX, settings=settings, workspace=workspace))
        weighed = finished(contents(found.wheels, settings=settings, workspace=workspace))
        lock = lock_text(found)
        finished(
            installed(lock, tmp_path / "made", python="3.11", platform=LINUX, settings=settings, workspace=workspace)
        )
        rough = finished(resolved(["rough"], python="3.11", platform=LINUX, settings=settings, workspace=workspace))
        told = [repr(found), repr(weighed), repr(settings), repr(rough), lock, *arguments]
        for lines in (["nowhere"], ["app==99"], ["app", "fla sk"]):
            with pytest.raises(JettisonError) as problem:
                finished(resolved(lines, python="3.11", platform=LINUX, settings=settings, workspace=workspace))
            told.append(str(problem.value))
    assert len(arguments) > 20
    assert not [text for text in told if SECRET in text]
    files = [path for folder in ("cache", "made") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
