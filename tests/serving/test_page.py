"""The page at ``/`` in headless Chromium: with the keyboard alone, in light and dark, nothing from elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jettison.environments import Wanted, prepared
from jettison.records import finished
from jettison.workspace import Workspace
from tests.serving.program import Program, running
from tests.serving.task_folders import made

TRY_PAGE = Path(__file__).parent / "browser" / "try_page.py"

pytestmark = pytest.mark.slow


def tried(server: Program, pictures: Path, cache: Workspace, *files: Path) -> Any:
    python = finished(prepared(Wanted(name="browser", requirements=("playwright",), python="3.11"), cache)).python
    pictures.mkdir()
    command = [str(python), str(TRY_PAGE), str(server.port), str(pictures), *map(str, files)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "HOME": str(pictures)}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_person_tries_a_classifier_of_texts(tmp_path: Path, workspace: Workspace, user_workspace: Workspace) -> None:
    with running(made("text-classification", tmp_path, workspace), "--batch-rows", "1") as server:
        found = tried(server, tmp_path / "shots", user_workspace)
        assert found["said"] == []  # no error, and no breach of the policy
        own = (f"http://127.0.0.1:{server.port}/", "data:,", "blob:")
        assert found["asked"]
        assert all(url.startswith(own) for url in found["asked"]), found["asked"]
        for scheme in ("light", "dark"):
            seen = found[scheme]
            assert seen["heading"] == server.model
            assert seen["presses"] <= 6
            assert (seen["first"]["bars"], seen["first"]["error"]) == (1, 0)
            assert " ms" in seen["first"]["latency"]
            assert seen["hostile"]["bars"] == 1
            assert seen["markup"] == 0
            assert (tmp_path / "shots" / f"{scheme}.png").stat().st_size > 10_000
        assert found["light"]["paper"] != found["dark"]["paper"]
        assert not found["wider_than_a_telephone"]
        # The command that the page shows gives the answer that the page shows.
        shown = found["light"]["hostile"]
        answer = subprocess.run(["sh", "-c", shown["curl"]], capture_output=True, text=True, check=True)
        (best,) = json.loads(answer.stdout)["answers"][0]
        assert best["label"] in shown["answer"]
        _, _, headers = server.ask("/")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_a_person_tries_a_classifier_of_pictures(
    tmp_path: Path, workspace: Workspace, user_workspace: Workspace
) -> None:
    Image.new("RGB", (40, 30), "orange").save(tmp_path / "it's one.png")
    with running(made("image-classification", tmp_path, workspace), "--batch-rows", "1") as server:
        found = tried(server, tmp_path / "shots", user_workspace, tmp_path / "it's one.png")
    assert found["said"] == []
    assert found["light"]["first"]["bars"] == 5
    assert found["light"]["first"]["curl"].endswith("--data-binary '@it'\\''s one.png'")
