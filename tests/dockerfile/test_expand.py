from __future__ import annotations

import pytest

from jettison.dockerfile.expand import ExpansionError, expanded, expanded_words, raw_words

KNOWN = {"A": "one", "EMPTY": "", "FILE": "a/b/c.tar.gz", "LIST": "x y"}


@pytest.mark.parametrize(
    ("word", "becomes"),
    [
        ("plain", "plain"),
        ("$A", "one"),
        ("${A}", "one"),
        ("$A$A", "oneone"),
        ("$Ab", ""),
        ("${A}b", "oneb"),
        ("$A-$A.x", "one-one.x"),
        ("$NOPE", ""),
        ("${NOPE}", ""),
        ("${NOPE:-two}", "two"),
        ("${NOPE-two}", "two"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY-two}", ""),
        ("${A:-two}", "one"),
        ("${A:+two}", "two"),
        ("${EMPTY:+two}", ""),
        ("${EMPTY+two}", "two"),
        ("${NOPE:+two}", ""),
        ("${A:?must}", "one"),
        ("${NOPE:-${A}s}", "ones"),
        ("${NOPE:-$EMPTY}", ""),
        ("${FILE#*/}", "b/c.tar.gz"),
        ("${FILE##*/}", "c.tar.gz"),
        ("${FILE%.*}", "a/b/c.tar"),
        ("${FILE%%.*}", "a/b/c"),
        ("${FILE/b/X}", "a/X/c.tar.gz"),
        ("${FILE//[a]/X}", "a/b/c.tar.gz"),
        ("${FILE//a/X}", "X/b/c.tXr.gz"),
        ("${FILE/?.tar/Y}", "a/b/Y.gz"),
        (r"\$A", "$A"),
        (r"\\$A", r"\one"),
        ("'$A'", "$A"),
        ('"$A x"', "one x"),
        (r'"\$A \n"', r"$A \n"),
        ('"it\'s $A"', "it's one"),
        ("'a'\"b\"c", "abc"),
        ("$", "$"),
        ("a$ b", "a$ b"),
        ("100%", "100%"),
        ("$1", ""),
        ("\\", ""),
        ("", ""),
    ],
)
def test_a_word_becomes_what_buildkit_makes_of_it(word: str, becomes: str) -> None:
    assert expanded(word, KNOWN) == becomes


def test_the_escape_character_is_the_files() -> None:
    assert expanded("`$A \\$A", KNOWN, escape="`") == "$A \\one"


def test_in_a_heredoc_quotes_are_ordinary() -> None:
    assert expanded('it\'s "$A" \\$A', KNOWN, quotes=False) == 'it\'s "one" $A'


@pytest.mark.parametrize(
    "word", ["${", "${A", "${}", "${:x}", "'a", '"a', "${A@Q}", "${NOPE:?gone}", "${EMPTY:?gone}", "${A/b}"]
)
def test_a_malformed_word_is_an_error(word: str) -> None:
    with pytest.raises(ExpansionError):
        expanded(word, KNOWN)


def test_braces_nested_without_end_are_an_error() -> None:
    with pytest.raises(ExpansionError, match="too deeply"):
        expanded("${A:-" * 5000 + "}" * 5000, {})


def test_words_split_behind_replacing_and_not_inside_quotes() -> None:
    assert expanded_words('$LIST "$LIST" a\\ b', KNOWN) == ("x", "y", "x y", "a b")
    assert raw_words("cat <<'A B' \"x y\" $z") == ("cat", "<<'A B'", '"x y"', "$z")
