from __future__ import annotations

import random

import pytest

from jettison.dockerfile import parsed
from jettison.dockerfile.commands import Command, commands
from jettison.dockerfile.shell import run_commands, script_of


def listed(text: str) -> list[tuple[str, str, str]]:
    """Operator in front, words, constructs around."""
    return [(each.after, words(each), " ".join(each.inside)) for each in commands(text)]


def words(command: Command) -> str:
    shown = [word.value if word.value is not None else f"?{word.text}" for word in command.words]
    return " ".join(shown) if command.understood else "not understood"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", [("", "a", "")]),
        ("", []),
        ("  \n ", []),
        ("a && b || c ; d", [("", "a", ""), ("&&", "b", ""), ("||", "c", ""), (";", "d", "")]),
        ("a | b & c |& d", [("", "a", ""), ("|", "b", ""), ("&", "c", ""), ("|&", "d", "")]),
        ("a;\n b &&\n c", [("", "a", ""), ("\n", "b", ""), ("&&", "c", "")]),
        ("(cd x && make) && y", [("", "cd x", "("), ("&&", "make", "("), ("&&", "y", "")]),
        ("{ a; b; } > log; c", [("", "a", "{"), (";", "b", "{"), (";", "c", "")]),
        ("if a; then b; elif c; then d; else e; fi; f", [*(("", name, "if") for name in "abcde"), (";", "f", "")]),
        ("for p in a b; do pip install $p; done && x", [("", "pip install ?$p", "for"), ("&&", "x", "")]),
        ("for p\ndo a; done", [("", "a", "for")]),
        ("while read l; do a; done < f | b", [("", "read l", "while"), ("", "a", "while"), ("|", "b", "")]),
        ("until a; do b; done", [("", "a", "until"), ("", "b", "until")]),
        ("f() { a; }; f", [("", "a", "function {"), (";", "f", "")]),
        ("function f { a; }\nf", [("", "a", "function {"), ("\n", "f", "")]),
        ("case $x in a) b;; *) c;; esac; d", [("", "not understood", ""), (";", "d", "")]),
        ("[[ -f a && -f b ]] && c", [("", "not understood", ""), ("&&", "c", "")]),
        ("((i++)) && c", [("", "not understood", ""), ("&&", "c", "")]),
        ("! a && time b", [("", "a", ""), ("&&", "b", "")]),
        ("if ( a ); then { b; }; fi", [("", "a", "if ("), ("", "b", "if {")]),
        ("echo 'if then fi' done", [("", "echo if then fi done", "")]),
        ("a # b && c\nd", [("", "a", ""), ("\n", "d", "")]),
        ("a#b", [("", "a#b", "")]),
        ("a \\\n  b \\\r\n c", [("", "a b c", "")]),
        ("set -ex; a", [("", "set -ex", ""), (";", "a", "")]),
        ("echo $(a | b) `c; d` ${X:-\"}\"} $((1+2))", [("", "echo ?$(a | b) ?`c; d` ?${X:-\"}\"} ?$((1+2))", "")]),
        ('echo "$(echo ")")" b', [("", 'echo ?"$(echo ")")" b', "")]),
        ("diff <(a b) >(c)", [("", "diff ?<(a b) ?>(c)", "")]),
        ("cat <<EOF > f\nit's && x\nEOF\nb", [("", "cat", ""), ("\n", "b", "")]),
        ("cat <<-'E' | a\n\tx\n\tE\nb", [("", "cat", ""), ("|", "a", ""), ("\n", "b", "")]),
        ('a "unclosed', [("", "not understood", "")]),
        ("a && (b", [("", "not understood", "")]),
        ("a; fi", [("", "not understood", "")]),
        ("a >", [("", "not understood", "")]),
        ("if a; then b", [("", "not understood", "")]),
        (";;", [("", "not understood", "")]),
    ],
)  # fmt: skip
def test_a_text_is_cut_into_its_commands(text: str, found: list[tuple[str, str, str]]) -> None:
    assert listed(text) == found


def test_assignments_and_redirects_stand_apart_from_words() -> None:
    (found,) = commands("A=1 B=\"x y\" pip install 'a b' C=3 2>&1 > /dev/null < in &>> all")
    assert [word.text for word in found.assignments] == ["A=1", 'B="x y"']
    assert [word.value for word in found.words] == ["pip", "install", "a b", "C=3"]
    assert [(each.operator, each.target.text) for each in found.redirects] == [
        ("2>&", "1"),
        (">", "/dev/null"),
        ("<", "in"),
        ("&>>", "all"),
    ]


def test_a_version_without_quotes_is_a_redirect() -> None:
    (found,) = commands("pip install torch>=2.0")
    assert [word.value for word in found.words] == ["pip", "install", "torch"]
    assert found.redirects[0].target.value == "=2.0"


def test_names_lose_their_folder() -> None:
    assert commands("/opt/venv/bin/pip install x")[0].name == "pip"
    assert commands("$PIP install x")[0].name == ""


@pytest.mark.parametrize(
    ("text", "always"),
    [
        ("a; b", [True, True]),
        ("a && (b)", [True, True]),
        ("a || b", [True, False]),
        ("if a; then b; fi", [False, False]),
        ("for x in y; do a; done", [False]),
        ("f() { a; }", [False]),
        ("case x in y) z;; esac", [False]),
    ],
)
def test_a_command_that_may_not_run_says_so(text: str, always: list[bool]) -> None:
    assert [each.always for each in commands(text)] == always


def test_words_become_fields_with_known_variables() -> None:
    (found,) = commands('x $LIST "$LIST" a$ONE-b ${NOPE:-d e} $NOPE "$@" $(cmd) \'$ONE\' $EMPTY "$EMPTY" --port=${ONE}')
    known = {"LIST": "p q", "ONE": "1", "EMPTY": ""}
    assert [word.fields(known) for word in found.words] == [
        ("x",),
        ("p", "q"),
        ("p q",),
        ("a1-b",),
        ("d", "e"),
        None,
        None,
        None,
        ("$ONE",),
        (),
        ("",),
        ("--port=1",),
    ]


def run_of(text: str) -> tuple[Command, ...]:
    found = parsed(text.encode()).instructions[-1]
    return run_commands(found)


def test_every_word_of_a_run_has_its_place_in_the_file() -> None:
    lines = (
        "FROM a",
        "RUN --mount=type=cache,target=/c \\",
        "  # why",
        "  apt-get update && \\",
        " pip ins\\",
        "tall 'x y' > l",
        "",
    )
    text = "\r\n".join(lines)
    found = run_of(text)
    assert [[word.value for word in each.words] for each in found] == [["apt-get", "update"], ["pip", "install", "x y"]]
    assert text[found[0].start : found[0].end] == "apt-get update"
    assert text[found[1].words[1].start : found[1].words[1].end] == "ins\\\r\ntall"
    assert text[found[1].words[2].start : found[1].words[2].end] == "'x y'"
    assert text[found[1].start : found[1].end].endswith("> l")


def test_a_run_by_heredoc_holds_the_heredocs_commands() -> None:
    text = "FROM a\nRUN <<EOF\nset -e\napt-get update\npip install \\\n  x\nEOF\n"
    found = run_of(text)
    assert [words(each) for each in found] == ["set -e", "apt-get update", "pip install x"]
    assert {each.inside for each in found} == {("<<",)}
    assert all(each.always for each in found)
    assert text[found[1].start : found[1].end] == "apt-get update"


def test_a_shell_that_reads_a_heredoc_runs_it_and_other_programs_do_not() -> None:
    assert [words(each) for each in run_of("FROM a\nRUN bash -ex <<EOF\na b\nEOF\n")] == ["bash -ex", "a b"]
    assert [words(each) for each in run_of("FROM a\nRUN python3 <<EOF\na b\nEOF\n")] == ["python3"]
    assert [words(each) for each in run_of("FROM a\nRUN cat <<EOF > /x && c\na b\nEOF\n")] == ["cat", "c"]
    assert [words(each) for each in run_of("FROM a\nRUN <<EOF\n#!/usr/bin/env python\nprint(1)\nEOF\n")] == [
        "not understood"
    ]


def test_the_json_form_runs_one_program_or_the_script_of_a_shell() -> None:
    assert [words(each) for each in run_of('FROM a\nRUN ["pip", "install", "a b"]\n')] == ["pip install a b"]
    assert [words(each) for each in run_of('FROM a\nRUN ["bash", "-c", "a && b"]\n')] == ["a", "b"]


def test_under_a_shell_that_is_none_of_posix_nothing_is_understood() -> None:
    run = parsed(b"FROM a\nRUN Get-Item x | Out-Null\n").instructions[1]
    assert [each.understood for each in run_commands(run, ("powershell", "-Command"))] == [False]


@pytest.mark.parametrize(
    ("argv", "script"),
    [
        (("sh", "-c", "a"), "a"),
        (("/bin/bash", "-lc", "a b"), "a b"),
        (("bash", "-e", "-o", "pipefail", "-c", "a"), "a"),
        (("bash", "--login", "-c", "a", "x"), "a"),
        (("sh", "-c"), None),
        (("bash", "start.sh"), None),
        (("python", "-c", "a"), None),
        ((), None),
    ],
)
def test_the_script_of_a_shell_is_found_behind_its_options(argv: tuple[str, ...], script: str | None) -> None:
    assert script_of(argv) == script


def test_brackets_nested_without_end_are_not_understood() -> None:
    assert listed("echo " + '"$(' * 3000 + ')"' * 3000) == [("", "not understood", "")]


def test_ten_thousand_random_texts_never_fail_and_keep_to_their_places() -> None:
    rng = random.Random(5)
    pieces = [
        "a",
        "b c",
        " ",
        ";",
        "&&",
        "||",
        "|",
        "\n",
        "(",
        ")",
        "{ ",
        "}",
        "if ",
        "then ",
        "fi",
        "do ",
        "done",
        "for x in ",
    ]
    pieces += [
        "'",
        '"',
        "$(",
        "${",
        "`",
        "\\",
        "#",
        "<<E",
        "\nE\n",
        ">",
        "2>&1",
        "case ",
        "esac",
        ";;",
        "$x",
        "[[ ",
        " ]]",
        "=",
    ]
    for _ in range(10_000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 14)))
        for each in commands(text):
            assert 0 <= each.start <= each.end <= len(text)
            for word in each.words:
                assert text[word.start : word.end] == word.text
