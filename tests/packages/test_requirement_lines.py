from __future__ import annotations

import pytest

from jettison.errors import Unresolvable
from jettison.packages.requirement_lines import asked


@pytest.mark.parametrize(
    "line",
    [
        "flask",
        "Flask==3.0.0",
        "uvicorn[standard]>=0.30,<1 ; python_version < '3.13'",
        "pkg @ https://example.org/pkg-1.0-py3-none-any.whl",
        "pkg @ https://example.org/pkg-1.0-py3-none-any.whl#sha256=ab ; sys_platform == 'linux'",
        "https://example.org/pkg-1.0-py3-none-any.whl",
    ],
)
def test_what_an_index_can_answer_is_passed_on(line: str) -> None:
    assert asked([line]).lines == (line,)
    assert asked([line]).notes == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("git+https://github.com/a/b@main", "version control"),
        ("b @ git+ssh://git@github.com/a/b", "version control"),
        ("-e git+https://github.com/a/b#egg=b", "version control"),
        ("-e .", "of the service itself"),
        ("--editable=./lib[extra]", "of the service itself"),
        (".", "of the service itself"),
        ("./wheels/a-1.0-py3-none-any.whl", "of the service itself"),
        ("a-1.0-py3-none-any.whl", "of the service itself"),
        ("wheels/a.tar.gz", "of the service itself"),
        ("a @ file:///src/a", "of the service itself"),
        ("/src/a", "of the service itself"),
        ("https://example.org/pkg-1.0.tar.gz", "no wheel"),
        ("pkg @ https://example.org/archive/main.zip", "no wheel"),
        ("-r more.txt", "not read"),
        ("--requirement=more.txt", "not read"),
        ("-c constraints.txt", "not read"),
    ],
)
def test_what_an_index_cannot_answer_is_left_out_with_the_reason(line: str, reason: str) -> None:
    found = asked([line, "flask"])
    assert found.lines == ("flask",)
    assert len(found.notes) == 1
    assert reason in found.notes[0]


def test_comments_digests_and_blank_lines_are_no_part_of_a_requirement() -> None:
    found = asked(
        ["# all", "", "  flask==3.0.0 --hash=sha256:aa --hash=sha256:b  # app", "a==1 \\\n    --hash=sha256:cc"]
    )
    assert found.lines == ("flask==3.0.0", "a==1")
    assert found.names == {"flask", "a"}


def test_index_options_among_the_lines_are_set_apart() -> None:
    found = asked(["--extra-index-url https://x/simple", "-f ./wheels", "--pre", "flask"])
    assert found.options == ("--extra-index-url https://x/simple", "-f ./wheels")
    assert found.prereleases


def test_a_line_that_is_no_requirement_is_named() -> None:
    with pytest.raises(Unresolvable, match="fla sk"):
        asked(["flask", "fla sk"])


def test_a_note_does_not_repeat_credentials() -> None:
    assert "hunter2" not in asked(["git+https://me:hunter2@github.com/a/b"]).notes[0]
