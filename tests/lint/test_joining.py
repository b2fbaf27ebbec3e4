"""RUN lines made into one: the text, what is refused, and that a shell does the same with both."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

import dockerfile as buildkit
from jettison.dockerfile import parsed
from jettison.dockerfile.folder import Folder
from jettison.dockerfile.ignore import Ignored
from jettison.lint.builds import Build
from jettison.lint.joining import Joining, joined, neighbours

SHELLS = [each for each in ("sh", "bash") if shutil.which(each)]


def build_of(text: str) -> Build:
    return Build(
        path="Dockerfile",
        context="",
        dockerfile=parsed(text.encode()),
        ignored=Ignored(),
        listed=Folder(root=Path("/nowhere"), entries=()),
    )


def joining(text: str) -> Joining:
    """Of the first RUN lines that follow each other."""
    build = build_of(text)
    return joined(build.dockerfile, neighbours(build)[0])


def as_one(text: str) -> str:
    made = joining(text)
    assert not made.refused
    after = build_of(text).dockerfile.edited_text(made.edits)
    assert [each.cmd for each in buildkit.parse_string(after)].count("RUN") == 1
    return after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("RUN a\nRUN b\n", "RUN a && \\\n    b\n", id="plain"),
        pytest.param("RUN a\nRUN b\nRUN c", "RUN a && \\\n    b && \\\n    c", id="three, no line end"),
        pytest.param(
            "RUN a\n\n# why b\n\nRUN b\n", "RUN a && \\\n# why b\n    b\n", id="comments stay, empty lines go"
        ),
        pytest.param("RUN a \\\n  && x\nRUN b\n", "RUN a \\\n  && x \\\n  && b\n", id="&& at the beginning of lines"),
        pytest.param("RUN a && \\\n\tx\nRUN b\n", "RUN a && \\\n\tx && \\\n\tb\n", id="the indent of the file"),
        pytest.param("RUN a\r\n# c\r\nRUN b\r\n", "RUN a && \\\r\n# c\r\n    b\r\n", id="CRLF"),
        pytest.param("RUN a\nrun   b  \n", "RUN a && \\\n    b  \n", id="small letters and spaces"),
        pytest.param("RUN a;\nRUN b;\n", "RUN a && \\\n    b;\n", id="a semicolon behind the last command"),
        pytest.param("RUN cd x && a\nRUN b\n", "RUN (cd x && a) && \\\n    b\n", id="another folder"),
        pytest.param("RUN export A=1; a;\nRUN b\n", "RUN (export A=1; a) && \\\n    b\n", id="another variable"),
        pytest.param("RUN A=1 a\nRUN b\n", "RUN A=1 a && \\\n    b\n", id="a variable of one command alone"),
        pytest.param("RUN (cd x; a)\nRUN b\n", "RUN (cd x; a) && \\\n    b\n", id="brackets that stand there"),
        pytest.param("RUN a\nRUN b; c\n", "RUN a && \\\n    { b; c; }\n", id="goes on after a failure"),
        pytest.param("RUN a || b\nRUN c;\n", "RUN { a || b; } && \\\n    c;\n", id="or"),
        pytest.param("RUN a\nRUN b || true;\nRUN c", "RUN a && \\\n    { b || true; } && \\\n    c", id="or, amid"),
        pytest.param("RUN set -ex; a; b\nRUN c\n", "RUN set -ex; a; b && \\\n    c\n", id="set -e"),
        pytest.param("RUN set -ex && a\nRUN b\n", "RUN set -ex && a && \\\n    b\n", id="set -e in a chain"),
        pytest.param(
            "RUN set -e && a\nRUN b; c\n", "RUN (set -e && a) && \\\n    { b; c; }\n", id="set -e must not reach"
        ),
        pytest.param("RUN a\nRUN set -e; b; c\n", "RUN a && \\\n    { set -e; b; c; }\n", id="set -e of the last"),
        pytest.param(
            "RUN if a; then b; fi;\nRUN c\n", "RUN if a; then b; fi && \\\n    c\n", id="a condition without set -e"
        ),
        pytest.param(
            "RUN --mount=type=cache,target=/c a\nRUN --mount=type=cache,target=/c \\\n      b\n",
            "RUN --mount=type=cache,target=/c a && \\\n    b\n",
            id="the same mount",
        ),
        pytest.param(
            'RUN a "#1" x#y\nRUN echo "a && b; c"\n', 'RUN a "#1" x#y && \\\n    echo "a && b; c"\n', id="quotes"
        ),
    ],
)
def test_they_become_one_and_the_rest_of_the_file_stays(before: str, after: str) -> None:
    assert as_one(f"FROM x\n{before}") == f"FROM x\n{after}"


def test_the_escape_character_of_the_file_is_used() -> None:
    assert as_one("# escape=`\nFROM x\nRUN a `\n  -b\nRUN c\n") == "# escape=`\nFROM x\nRUN a `\n  -b && `\n  c\n"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ('RUN ["a"]\nRUN b\n', "not in the shell's form"),
        ("RUN a\nRUN <<EOF\nb\nEOF\n", "a heredoc"),
        ("RUN --network=none a\nRUN b\n", "other mounts or flags"),
        ("RUN a # why\nRUN b\n", "not plain"),
        ("RUN a &\nRUN b\n", "not plain"),
        ("RUN a && 'b\nRUN c\n", "not plain"),
        ("RUN case $x in a) b;; esac\nRUN c\n", "not plain"),
        ("RUN set -e; if a; then b; c; fi\nRUN d\n", "set -e"),
        ("RUN set -e; cd a; b\nRUN c\n", "set -e"),
        ("RUN set -e; a\nRUN b; c\n", "set -e"),
        ("RUN set -e; x=$(a; b)\nRUN c\n", "set -e"),
        ("RUN a\nRUN set -e; b; c\nRUN d\n", "set -e"),
        ('SHELL ["/bin/bash", "-ec"]\nRUN a; { b; c; }\nRUN d\n', "set -e"),
        ('SHELL ["powershell"]\nRUN a\nRUN b\n', "another shell"),
        ("RUN a\n# hadolint ignore=DL3059\nRUN b\n", "a comment"),
        ("RUN --network=none a\nRUN --network=none \\\n# why\n  b\n", "a comment"),
    ],
)
def test_what_would_not_be_the_same_is_refused(lines: str, reason: str) -> None:
    made = joining(f"FROM x\n{lines}")
    assert not made.edits
    assert reason in made.refused


def test_only_run_lines_that_follow_each_other_are_neighbours() -> None:
    build = build_of(
        "FROM x AS a\nRUN a\nFROM a\nRUN b\nRUN c\nENV d=1\nRUN e\nONBUILD RUN f\nRUN g\n# h\nRUN i\nUSER j\n"
    )
    assert [[line.instruction.body for line in group] for group in neighbours(build)] == [["b", "c"], ["g", "i"]]


PIECES = (
    "touch {n}",
    "false",
    "touch {n}; false; touch {n}b",
    "false; touch {n}",
    "false || touch {n};",
    "touch {n} && false || touch {n}c",
    "set -e; touch {n}; false; touch {n}d",
    "set -ex && touch {n} && false && touch {n}e",
    "set -e; false && touch {n}",
    "set -e; touch {n}; { false; touch {n}f; }",
    "mkdir {n}dir && cd {n}dir; touch {n}",
    "X={n}; touch x$X",
    "touch y$X",
    "if false; then touch {n}; else touch {n}g; false; fi;",
    "for i in 1 2; do false; touch {n}$i; done",
    "set -eu; true; touch {n}$Y",
    "false | touch {n}h",
    "set -o pipefail || true; false | touch {n}i",
    "exit 0; touch {n}",
    "exit 3",
    "umask 077; touch {n}",
    "! touch {n}",
    "test -e 0 && touch {n}k; true",
)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_leaves_the_same_files_and_ends_alike(shell: str, tmp_path: Path) -> None:
    """Every pair of the pieces, and triples: as RUN lines of their own, and as the one that they become."""
    cases = [*itertools.product(PIECES, repeat=2), *itertools.product(PIECES[::4], PIECES[1::4], PIECES[::6])]
    cases = cases[:: 1 if shell == "sh" else 4]
    programs: dict[str, str] = {}
    script: list[str] = []
    for number, pieces in enumerate(cases):
        bodies = [piece.replace("{n}", str(at)) for at, piece in enumerate(pieces)]
        text = "FROM x\n" + "".join(f"RUN {body}\n" for body in bodies)
        made = joining(text)
        if made.refused:
            continue
        programs[str(number)] = text
        one = parsed(build_of(text).dockerfile.edited_text(made.edits).encode()).instructions[1].body
        apart = " && ".join(f"{shell} -c {quoted(body)}" for body in bodies)
        for name, whole in ((f"{number}a", apart), (f"{number}b", f"{shell} -c {quoted(one)}")):
            script.append(f"mkdir {name}; cd {name}; ({whole}) >/dev/null 2>&1 && : >ended-well; cd ..")
    assert len(programs) > 60
    subprocess.run([shell], input="\n".join(script), text=True, cwd=tmp_path, check=True)
    other = [text for each, text in programs.items() if left(tmp_path / f"{each}a") != left(tmp_path / f"{each}b")]
    assert other == []


def left(folder: Path) -> set[tuple[str, int]]:
    """What lies in a folder, with its rights."""
    return {(str(path.relative_to(folder)), path.stat().st_mode) for path in folder.rglob("*")}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
