"""What nobody wrote: reading and writing is the identity, nothing escapes, and what is fixed stays fixed."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jettison.dockerfile import parsed
from jettison.errors import DockerfileUnreadable
from jettison.lint import linted, project

from .generated import dockerfiles, requirements

EXAMPLES = 120
"""`python -m bench.evidence lint-generated` tries 10,000."""
seeded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def holds(data: bytes, packages: str) -> bool:
    """Lint and fix a folder of these two files; whether its Dockerfile parses.

    :raises AssertionError: what was fixed is found again, or writing is not the identity
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "Dockerfile").write_bytes(data)
        (folder / "requirements.txt").write_bytes(packages.encode("utf-8", "surrogatepass"))
        try:
            assert parsed(data).data == data
            found = linted(project(folder), ("safe", "verify"))
        except DockerfileUnreadable:
            return False
        for each in found.changed:
            (folder / each.path).write_bytes(each.after.encode("utf-8", "surrogateescape"))
        again = linted(project(folder), ("safe", "verify"))
        assert again.changed == (), again.diff
        assert not [note for note in found.notes if "stopped" in note], found.notes
    return True


@seeded
@example(b"FROM python:3.12-slim\nCOPY . .\nCOPY . .\nRUN pip install\nCOPY . .\nRUN pip install\n", "")
@given(dockerfiles(), requirements)
def test_whatever_stands_there_is_linted_and_fixed_once(data: bytes, packages: str) -> None:
    holds(data, packages)


@seeded
@given(st.binary(max_size=200))
def test_bytes_that_parse_are_given_back(data: bytes) -> None:
    with contextlib.suppress(DockerfileUnreadable):
        assert parsed(data).data == data
