"""The rules of layers on awkward files: what they make of them still parses, and does the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import dockerfile as buildkit
from jettison.dockerfile import parsed
from jettison.dockerfile.shell import run_commands
from jettison.lint import findings, linted, project
from jettison.lint.rule import Rule
from jettison.lint.rules import RULES
from jettison.records import Linted
from tests.dockerfile.corpus import DOCKERFILES

REWRITES = ("L09", "L10", "L13")
"""Rules that move what they find to other stages or files; they have tests of their own."""
LAYERS = [rule for rule in RULES if rule.CODE.startswith("L") and rule.CODE not in REWRITES]
HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"


def fixed(at: Path, text: str, rules: Sequence[Rule] = LAYERS) -> Linted:
    (at / "Dockerfile").write_bytes(text.encode("utf-8", "surrogateescape"))
    return linted(project(at), ("safe", "verify"), rules)


def text_after(found: Linted, text: str) -> str:
    return next((file.after for file in found.changed if file.path == "Dockerfile"), text)


def words(text: str) -> list[str]:
    """The instructions that no rule of layers adds, moves or takes away, as BuildKit reads them."""
    return [each.cmd.upper() for each in buildkit.parse_string(text) if each.cmd.upper() not in ("RUN", "COPY")]


def rule(code: str) -> Rule:
    return next(each for each in RULES if code == each.CODE)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in DOCKERFILES])
def test_whatever_is_fixed_still_parses_and_is_not_fixed_again(text: str, tmp_path: Path) -> None:
    found = fixed(tmp_path, text)
    after = text_after(found, text)
    assert not [each for each in found.findings if each.changes]
    assert not [note for note in found.notes if "does not hold" in note]
    if after != text:
        assert words(after) == words(text)
        assert fixed(tmp_path, after).changed == ()


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("L01", "RUN p\\\nip inst\\\nall x\n"),
        ("L01", "RUN pip install x # why\n"),
        ("L01", "RUN if true; then pip install x; fi\n"),
        ("L01", "RUN sh -c 'pip install x && pip install y'\n"),
        ("L01", "RUN sudo -H python3 -m pip --quiet install x\n"),
        ("L02", "RUN uv \\\n# a\n pip \\\n install x\n"),
        ("L03", "RUN pip install x # why\nRUN rm -rf ~/.cache/pip\n"),
        ("L04", "RUN useradd a && chown -R a: /app\n"),
        ("L05", "RUN wget https://example.org/a.zip &\nRUN rm a.zip\n"),
        ("L07", "RUN apt-get update && if true; then apt-get install -y git; fi\n"),
        ("L07", "RUN set -e; apt-get update; for p in a b; do apt-get install -y $p; done\n"),
        ("L07", "RUN <<A cat && apt-get update\nx\nA\n"),
        ("L08", 'RUN ["sh", "-c", "apt-get install -y git"]\n'),
        ("L17", "RUN P=useradd && $P -u 1234567 x; useradd -u 1234567 y\n"),
    ],
)
def test_an_awkward_line_is_fixed_well_or_left_alone(code: str, lines: str, tmp_path: Path) -> None:
    text = f"{HEAD}COPY . .\n{lines}"
    found = fixed(tmp_path, text, [rule(code)])
    after = text_after(found, text)
    buildkit.parse_string(after)
    assert not [each for each in found.findings if each.changes]
    for each in parsed(after.encode()).instructions:
        if each.word == "RUN":
            assert run_commands(each) == () or run_commands(each)[0].understood


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("L01", "RUN PIP_NO_CACHE_DIR=1 pip install x\n"),
        ("L01", "RUN pip install x && rm -rf /root/.[a-z]* ~/.cache/*\n"),
        ("L01", "RUN python setup.py install\n"),
        ("L02", "RUN uv pip install -n x\n"),
        ("L03", "RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN rm -rf ~/.cache\n"),
        ("L04", "RUN chown app /app && chmod +x /app/run.sh\n"),
        ("L04", "RUN mkdir -p /data && chown -R 7:7 /data\n"),
        ("L05", "RUN git clone https://example.org/m && rm -rf m/.git\n"),
        ("L05", "RUN rm -rf /tmp/*\n"),
        ("L06", "RUN a && b\n"),
        ("L07", "RUN apt-get install -y ./local.deb\n"),
        ("L07", "RUN apt-get update && apt-get install -y a && apt-get distclean\n"),
        ("L08", "RUN apt-get install --no-install-recommends -y a\n"),
        ("L08", "RUN apt-get install --install-recommends -y a\n"),
        ("L12", "RUN pip install .\n"),
        ("L12", "RUN make && pip install -r requirements.txt\n"),
        ("L12", "RUN --mount=type=bind,target=/x pip install -r requirements.txt\n"),
    ],
)
def test_what_is_right_is_not_accused(code: str, lines: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "Dockerfile").write_text(f"{HEAD}COPY . .\n{lines}")
    assert [each.message for each in findings(project(tmp_path), [rule(code)])] == []


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        pytest.param("RUN make\nRUN chown -R 7:7 /app\n", "make", id="something else may have written there"),
        pytest.param("RUN chown -R 7:7 /app /srv\n", "-R", id="two folders"),
        pytest.param("RUN chown -R $OWNER /app\n", "-R", id="an owner that is not known"),
        pytest.param("RUN chmod -R u+x /app\n", "-R", id="a symbolic mode"),
        pytest.param("RUN chown -R app:app /app\n", "-R", id="a user that is made nowhere"),
        pytest.param("WORKDIR /app/logs\nRUN chown -R 7:7 /app\n", "-R", id="a folder that WORKDIR made"),
    ],
)
def test_an_owner_is_changed_only_where_copy_can_do_the_same(lines: str, kept: str, tmp_path: Path) -> None:
    text = f"{HEAD}COPY . .\n{lines}"
    found = fixed(tmp_path, text, [rule("L04")])
    assert [each.code for each in found.findings] == ["L04"]
    assert found.changed == ()
    assert kept in text


def test_joining_for_its_own_sake_claims_no_bytes(tmp_path: Path) -> None:
    found = fixed(tmp_path, f"{HEAD}RUN a\nRUN b\n", [rule("L06")])
    (finding,) = found.findings
    assert finding.fix == "suggest"
    assert finding.saving is not None
    assert finding.saving.size_bytes == 0
    assert "0 bytes" in finding.message


STUB = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\ntest "${0##*/} $*" != "$FAILS"\n'
PROGRAMS = (
    *("apt-get", "apt", "pip", "conda", "micromamba", "pipenv", "poetry", "uv", "rm", "wget", "tar", "git", "mv"),
    *("sudo", "touch", "mkdir"),
)
RUNNING = [
    pytest.param(each, example.bad["Dockerfile"], id=f"{each.CODE}-{number}")
    for each in LAYERS
    if each.CODE in ("L02", "L03", "L05", "L07")
    for number, example in enumerate(each.EXAMPLES, 1)
    if "RUN uv" not in example.bad["Dockerfile"] and "uv pip" not in example.bad["Dockerfile"]  # an option is added
]


@pytest.mark.parametrize(("each", "text"), RUNNING)
def test_the_fixed_lines_call_the_same_programs_and_fail_with_the_same_ones(
    each: Rule, text: str, tmp_path: Path
) -> None:
    """The RUN lines of the examples, with programs that only write down how they were called."""
    service = tmp_path / "service"
    service.mkdir()
    after = text_after(fixed(service, text, [each]), text)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    (programs / "bash").symlink_to(str(shutil.which("bash")))
    calls, well = ran(tmp_path, text)
    assert well
    for fails in ("", *dict.fromkeys(calls)):
        before, after_ = ran(tmp_path, text, fails), ran(tmp_path, after, fails)
        assert after_[1] == before[1]
        rest = iter(after_[0])
        assert all(call in rest for call in before[0])  # in the same order; a removal at the end may come on top
        assert all("clean" in call or "rm -rf" in call for call in rest)


def ran(at: Path, text: str, fails: str = "") -> tuple[list[str], bool]:
    """What the RUN lines call, and whether all of them end well; the first that does not ends it."""
    calls = at / "calls"
    calls.write_text("")
    environment = {"PATH": str(at / "bin"), "CALLS": str(calls), "FAILS": fails}  # nothing real is found
    for each in parsed(text.encode()).instructions:
        if each.word != "RUN" or each.is_json:
            continue
        script = each.heredocs[0].content if each.heredocs else each.body
        if subprocess.run(
            ["/bin/sh", "-c", script], env=environment, cwd=at, capture_output=True, check=False
        ).returncode:
            return calls.read_text().splitlines(), False
    return calls.read_text().splitlines(), True
