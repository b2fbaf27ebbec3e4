from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..outputs import complete


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "out"
    folder.mkdir()
    complete(folder)
    (folder / ".jettison").write_text("")
    return folder


@pytest.fixture
def out(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "out"))
