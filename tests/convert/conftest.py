"""What the tests of conversions share."""

from __future__ import annotations

import importlib.util

import pytest

from jettison.environments import Prepared


@pytest.fixture(scope="session")
def torch(original_stack: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The environment that the tests have with torch, seeing also the onnx that we have: none is made for this."""
    place = tmp_path_factory.mktemp("torch")
    (place / "bin").mkdir()
    (place / "lib").mkdir()
    for name in ("onnx", "google", "ml_dtypes"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations
        (place / "lib" / name).symlink_to(next(iter(spec.submodule_search_locations)))
    program = place / "bin" / "python"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{place}/lib" exec {original_stack.python} "$@"\n')
    program.chmod(0o755)
    return Prepared(folder=place, record=original_stack.record)
