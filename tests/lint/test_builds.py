"""Three services built before and after their fixes: each answers as before, and saves what was claimed."""

from __future__ import annotations

import pytest

from bench.lint import builds
from bench.lint.images import Store, can_build
from jettison.workspace import cache_root

pytestmark = [
    pytest.mark.slow,
    pytest.mark.online,
    pytest.mark.skipif(not can_build(), reason="needs root, buildah and mmdebstrap"),
]
SMALL = ("chown_after_copy", "everything_copied", "onnx_flask")


@pytest.fixture(scope="module")
def store() -> Store:
    """The user's own: stand-ins for base images take a minute to make."""
    return Store(cache_root() / "lint-builds")


@pytest.mark.parametrize("case", builds.cases(SMALL), ids=lambda case: case.name)
def test_a_fixed_service_answers_as_before_and_saves_what_was_claimed(case: builds.Case, store: Store) -> None:
    row = builds.built(case, store, ("python:3.11-slim",))
    assert row["as_good"], (row["before"]["said"], row["after"]["said"])
    assert row["applied"]
    assert row["saved_bytes"] > 10_000_000
    assert row["within"], (row["saved_bytes"], row["claimed_bytes"], row["applied"])
