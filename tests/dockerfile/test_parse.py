from __future__ import annotations

import random
from pathlib import Path

import pytest

import dockerfile as buildkit
from jettison.dockerfile import Dockerfile, Instruction, dockerfile_at, parsed
from jettison.errors import DockerfileUnreadable
from jettison.records import Edit
from tests.dockerfile.corpus import DOCKERFILES

every_dockerfile = pytest.mark.parametrize(
    "text", [text for _, text in DOCKERFILES], ids=[name for name, _ in DOCKERFILES]
)

Facts = tuple[str, str, bool, int, int, tuple[str, ...], tuple[str, ...]]


def as_we_read(text: str) -> list[Facts]:
    return [
        (
            each.word,
            each.inner.word if each.inner else "",
            each.is_json,
            each.first_line,
            each.last_line,
            tuple(flag.text for flag in each.flags),
            each.arguments,
        )
        for each in parsed(text.encode()).instructions
    ]


def as_buildkit_reads(text: str) -> list[Facts]:
    return [
        (
            each.cmd.upper(),
            (each.sub_cmd or "").upper(),
            each.json,
            each.start_line,
            each.end_line,
            each.flags,
            each.value,
        )
        for each in buildkit.parse_string(text)
    ]


def test_there_are_at_least_eighty_dockerfiles_and_no_two_are_the_same() -> None:
    assert len({text for _, text in DOCKERFILES}) == len(DOCKERFILES) >= 80


@every_dockerfile
def test_instructions_lines_flags_and_arguments_are_those_of_buildkits_own_parser(text: str) -> None:
    assert as_we_read(text) == as_buildkit_reads(text)


@every_dockerfile
def test_heredocs_are_those_of_buildkits_own_parser(text: str) -> None:
    ours = [[(h.name, h.content) for h in i.heredocs] for i in parsed(text.encode()).instructions if not i.inner]
    theirs = [[(h.name, h.content) for h in c.heredocs] for c in buildkit.parse_string(text) if not c.sub_cmd]
    assert ours == theirs


@every_dockerfile
def test_every_place_leads_back_to_its_character_and_no_two_instructions_overlap(text: str) -> None:
    check_places(parsed(text.encode()))


def check_places(found: Dockerfile) -> None:
    behind = 0
    for each in found.instructions:
        assert behind <= each.start < each.end <= len(found.text)
        between = found.text[behind : each.start].removeprefix("\ufeff")
        check_only_comments(between)
        behind = each.end
        check_instruction(found, each)
    check_only_comments(found.text[behind:])


def check_only_comments(text: str) -> None:
    assert all(not line.strip() or line.lstrip().startswith("#") for line in text.split("\n"))


def check_instruction(found: Dockerfile, each: Instruction) -> None:
    for at, character in enumerate(each.text):
        assert found.text[each.source_at(at)] == character
    assert found.line_at(each.start) == each.first_line
    assert found.line_at(max(each.end - 1, each.start)) == each.last_line
    assert each.text[each.body_at :].strip().startswith(each.body[:1])
    for heredoc in each.heredocs:
        assert found.text[heredoc.start : heredoc.start + len(heredoc.content)] == heredoc.content
    for at, character in enumerate(each.inner.text if each.inner else ""):
        assert each.inner
        assert found.text[each.inner.source_at(at)] == character


FRAGMENTS = [*"\\`'\"$#=[] \t\n-<{}:,aE/\r\0", "\\\n", "<<EOF", "EOF\n", "--", "${a:-b}", "RUN ", "ENV ", "COPY "]
FRAGMENTS += ["\n#", "FROM ", "# escape=`\n", "\r\n", "\n\n", '["a"]', "é", "\xa0", "<<-E", "HEALTHCHECK ", "ONBUILD "]


def mutated(rng: random.Random) -> str:
    text = rng.choice(DOCKERFILES[:-2])[1]
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        kind = rng.random()
        if kind < 0.6:
            text = text[:at] + rng.choice(FRAGMENTS) + text[at:]
        elif kind < 0.9:
            text = text[:at] + text[at + rng.randint(1, 6) :]
        else:
            other = rng.randrange(len(text) + 1)
            text = text[:at] + text[other : other + 20] + text[at:]
    return text


def test_four_thousand_mutations_come_back_byte_for_byte_or_are_refused_with_their_line() -> None:
    rng = random.Random(20)
    parsed_count = 0
    for _ in range(4000):
        data = mutated(rng).encode()
        if rng.random() < 0.1:
            at = rng.randrange(len(data) + 1)
            data = data[:at] + bytes([rng.randrange(128, 256)]) + data[at:]
        try:
            found = parsed(data)
        except DockerfileUnreadable as refused:
            assert refused.where.startswith("Dockerfile")
            assert refused.next_step
            continue
        parsed_count += 1
        assert found.data == data
        check_places(found)
    assert parsed_count > 1000


def test_mutations_that_both_parsers_read_are_read_alike() -> None:
    rng = random.Random(21)
    compared = 0
    for _ in range(4000):
        text = mutated(rng)
        # The stand-in for BuildKit is of 2023. Since then flags obey the escape directive and text behind a JSON
        # form makes it a shell form; and it reads flags byte by byte, which breaks letters beyond ASCII.
        if not text.isascii() or "escape" in text or "\0" in text:
            continue
        try:
            theirs = as_buildkit_reads(text)
            ours = as_we_read(text)
        except (buildkit.GoParseError, DockerfileUnreadable, AttributeError):
            continue
        if any(b[2] and not a[2] for a, b in zip(ours, theirs, strict=False)):
            continue
        compared += 1
        assert ours == theirs, text
    assert compared > 1000


def test_what_buildkit_cannot_parse_is_refused() -> None:
    rng = random.Random(22)
    refused = 0
    for _ in range(3000):
        text = mutated(rng)
        if not text.isascii() or "escape" in text or "\0" in text or "[" in text:
            continue
        try:
            as_buildkit_reads(text)
        except buildkit.GoParseError:
            refused += 1
            with pytest.raises(DockerfileUnreadable):
                parsed(text.encode())
        except AttributeError:
            continue
    assert refused > 50


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "no instruction"),
        ("# only a comment\n\n", 0, "no instruction"),
        ("FROM a\nRUNN x\n", 2, "did you mean RUN"),
        ("FROM a\nRUN x && \ny\n", 3, "y is no instruction"),
        ("RUN x\n", 1, "before the first FROM"),
        ("ARG A=1\n", 1, "there is no FROM"),
        ("FROM\n", 1, "FROM takes at least 1 argument"),
        ("FROM a b\n", 1, "image AS name"),
        ("FROM a\nCOPY only\n", 2, "COPY takes at least 2"),
        ("FROM a\nENV A\n", 2, "a name and a value"),
        ("FROM a\nENV A=1 B\n", 2, "B has no ="),
        ('FROM a\nCMD ["a", 1]\n', 2, "list of texts"),
        ("FROM a\nRUN <<EOF\nx\n", 2, "EOF is never closed"),
        ("FROM a\nRUN x \\\n  <<EOF\nx\n", 2, "EOF is never closed"),
        ("FROM a\nONBUILD ONBUILD RUN x\n", 2, "cannot hold back ONBUILD"),
        ("FROM a\n" + "ONBUILD " * 8000 + "\n", 2, "cannot hold back ONBUILD"),
        ("FROM a\nONBUILD\n", 2, "ONBUILD takes an instruction"),
        ("# escape=x\nFROM a\n", 1, "a backslash or a backtick, not x"),
        ("# escape=`\n# escape=`\nFROM a\n", 2, "twice"),
        ("FROM a\nRUN " + "x" * 70_000, 2, "longer than 65535 bytes"),
        ("FROM a\n<html>\n", 2, "<html> is no instruction"),
        ("FROM a\nWORKDIR\n", 2, "WORKDIR takes at least 1 argument"),
    ],
)
def test_a_dockerfile_that_no_build_takes_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(DockerfileUnreadable) as refused:
        parsed(text.encode(), name="api/Dockerfile")
    assert says in refused.value.what
    assert refused.value.where == (f"api/Dockerfile:{line}" if line else "api/Dockerfile")
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("FROM a\n".encode("utf-16"), "UTF-16"),
        (b"\x7fELF\0\0", "NUL"),
        (b"FROM a\n" + b"#" * 4_000_001, "larger than 4 MB"),
    ],
)
def test_other_files_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(DockerfileUnreadable, match=says):
        parsed(data)


def test_a_folder_in_place_of_a_dockerfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DockerfileUnreadable, match="cannot be opened"):
        dockerfile_at(tmp_path)


def test_deeply_nested_json_is_taken_for_text() -> None:
    body = "[" * 50_000
    assert parsed(f"FROM a\nCMD {body}\n".encode()).instructions[1].arguments == (body,)


def test_bytes_that_are_no_utf8_are_kept() -> None:
    data = b"FROM a\n# caf\xe9\nRUN echo \xff\xfe\nLABEL a=\xe9\n"
    found = parsed(data)
    assert found.data == data
    assert [each.first_line for each in found.instructions] == [1, 3, 4]


def test_flags_have_names_values_and_places() -> None:
    found = parsed(b"FROM a\nCOPY \\\n  --from=build \\\n  # why\n  --link --chown='a:b' x y\n").instructions[1]
    assert [(flag.name, flag.value) for flag in found.flags] == [("from", "build"), ("link", ""), ("chown", "a:b")]
    assert [found.text[flag.start : flag.end] for flag in found.flags] == ["--from=build", "--link", "--chown='a:b'"]
    assert found.flag("chown") == "a:b"
    assert found.flag("link") == ""
    assert found.flag("chmod") is None


def test_pairs_of_env_and_label() -> None:
    found = parsed(b'FROM a\nENV A=1 B="2 3"\nENV C d e\n').instructions
    assert found[1].pairs == (("A", "1"), ("B", '"2 3"'))
    assert found[2].pairs == (("C", "d e"),)


def test_comments_carry_their_lines() -> None:
    found = parsed(b"# syntax=x\n# one\nFROM a\nRUN b \\\n  # two\n  c\n#three")
    assert [(each.line, each.text) for each in found.comments] == [
        (1, "syntax=x"),
        (2, "one"),
        (5, "two"),
        (7, "three"),
    ]
    assert found.directives == (("syntax", "x"),)


def test_an_edit_changes_its_place_and_nothing_else() -> None:
    found = parsed(b"\xef\xbb\xbfFROM a\r\nRUN pip \\\r\n  # why\r\n  install x\r\n# end")
    run = found.instructions[1]
    at = run.source_at(run.text.index("install") + len("install"))
    edited = found.edited_text([Edit(start=at, end=at, replacement=" --no-cache-dir")])
    assert edited == "\ufeffFROM a\r\nRUN pip \\\r\n  # why\r\n  install --no-cache-dir x\r\n# end"
    assert found.newline == "\r\n"


def test_edits_may_come_in_any_order_and_must_not_overlap() -> None:
    found = parsed(b"FROM a\nRUN b\n")
    edits = [Edit(start=11, end=12, replacement="z"), Edit(start=5, end=6, replacement="yy")]
    assert found.edited_text(edits) == "FROM yy\nRUN z\n"
    with pytest.raises(ValueError, match="overlaps"):
        found.edited_text([*edits, Edit(start=4, end=6, replacement="")])
    with pytest.raises(ValueError, match="leaves the file"):
        found.edited_text([Edit(start=0, end=99, replacement="")])
