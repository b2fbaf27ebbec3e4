from __future__ import annotations

import pytest

from jettison.errors import EnvironmentUnusable, IndexUnreachable, JettisonError, OutOfSpace, Unresolvable, Untrusted
from jettison.packages.uv import SourceOnly, failure

NO_VERSION = """error: No solution found when resolving dependencies
  cause: Because there is no version of flask==99 and you require flask==99, we can conclude that your \
requirements are unsatisfiable.
"""
OLDER = """  \u00d7 No solution found when resolving dependencies:
  \u2570\u2500\u25b6 Because flask was not found in the package registry and you require flask, we can conclude that
      your requirements are unsatisfiable.
"""
SOURCE_ONLY = """error: No solution found when resolving dependencies
  cause: Because all versions of docopt have no usable wheels and you require docopt, we can conclude that your \
requirements are unsatisfiable.

hint: Wheels are required for `docopt` because building from source is disabled for all packages (`--no-build`)
"""
OFFLINE = """error: Request failed after 3 retries in 6.7s
  cause: Failed to fetch: https://example.org/simple/numpy/
  cause: error sending request for url (https://example.org/simple/numpy/)
  cause: client error (Connect)
  cause: dns error
"""
REFUSED = """error: Failed to fetch: `https://example.org/simple/numpy/`
  cause: HTTP status client error (401 Unauthorized) for url (https://example.org/simple/numpy/)
"""


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (NO_VERSION, Unresolvable),
        (OLDER, Unresolvable),
        (SOURCE_ONLY, SourceOnly),
        (OFFLINE, IndexUnreachable),
        (REFUSED, IndexUnreachable),
        ("error: Hash mismatch for `idna==3.20`\n", Untrusted),
        ("error: failed to write\n  cause: No space left on device (os error 28)\n", OutOfSpace),
        ("error: Couldn't parse requirement in `-` at position 0\n", Unresolvable),
        ("error: something that nobody has seen\n", EnvironmentUnusable),
    ],
)
def test_a_message_becomes_the_error_that_it_tells_of(message: str, kind: type[JettisonError]) -> None:
    assert type(failure(message)) is kind
    assert failure(message).next_step


def test_an_explanation_says_what_a_person_needs_and_no_more() -> None:
    assert str(failure(NO_VERSION)).splitlines()[0] == (
        "the requirements cannot be satisfied together: there is no version of flask==99 and you require flask==99"
    )
    assert "credentials" in failure(REFUSED).next_step
    assert len(failure(NO_VERSION.replace("flask", "flask " * 1000)).what) < 800


def test_an_index_that_does_not_answer_is_named_with_what_happened() -> None:
    assert str(failure(OFFLINE.replace("numpy/", "numpy/?token=s3cret"))).splitlines()[:2] == [
        "the package index does not answer: dns error",
        "  where: https://example.org/simple/numpy/",
    ]
    assert failure(REFUSED).what == "the package index refuses: HTTP status client error (401 Unauthorized)"


def test_the_name_of_what_exists_only_as_source_is_known() -> None:
    problem = failure(SOURCE_ONLY)
    assert isinstance(problem, SourceOnly)
    assert problem.name == "docopt"
