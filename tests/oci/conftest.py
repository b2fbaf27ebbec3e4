"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oci.local_registry import StartRegistry, registries


@pytest.fixture
def start_registry(tmp_path: Path) -> Iterator[StartRegistry]:
    """Starts a docker-registry with the given lines added to its settings; gives ``127.0.0.1:port``."""
    with registries(tmp_path) as start:
        yield start
