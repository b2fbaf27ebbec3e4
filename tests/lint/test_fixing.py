"""What carries the fixes: they meet, they fail, they undo each other, and the folder is never worse for it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.errors import DockerfileUnreadable, OutputRefused
from jettison.lint import linted, project
from jettison.lint.found import Found, changed, inserted, replaced
from jettison.lint.project import Project
from jettison.pipeline import linting
from jettison.records import Change, Edit, FixClass, Linted

from .folders import Findings, Trial
from .folders import written as folder

EVERY: tuple[FixClass, ...] = ("safe", "verify")


def words(word: str, to: str, file: str = "Dockerfile") -> Findings:
    """Finds a word, and puts another in its place."""

    def found(service: Project) -> Iterator[Found]:
        for match in re.finditer(word, service.text(file) or ""):
            yield Found(
                file=file,
                start=match.start(),
                end=match.end(),
                message=f"{word} is there",
                fix="safe",
                changes=(replaced(file, match.start(), match.end(), to),),
            )

    return found


def fixed(at: Path, *rules: Trial) -> Linted:
    return linted(project(at), EVERY, list(rules))


def after(found: Linted, file: str = "Dockerfile") -> str | None:
    return next((each.after for each in found.changed if each.path == file), None)


def test_changes_of_the_same_stretch_are_made_one_after_the_other(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one two\n"})
    found = fixed(tmp_path, Trial(words("one two", "two three"), "Z01"), Trial(words("two", "four"), "Z02"))
    assert after(found) == "FROM a\nRUN four three\n"
    assert [each.code for each in found.applied] == ["Z01", "Z02"]
    assert found.findings == ()
    assert found.notes == ()


def test_a_fix_that_does_not_help_is_taken_back_and_said_and_the_others_are_made(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\nRUN two\n"})
    found = fixed(tmp_path, Trial(words("one", "one and one"), "Z01"), Trial(words("two", "three"), "Z02"))
    assert after(found) == "FROM a\nRUN one\nRUN three\n"
    assert [each.code for each in found.findings] == ["Z01"]
    assert found.notes == ("Dockerfile:2: the fix of Z01 does not hold here, and was not made",)


def test_rules_that_undo_each_other_come_to_an_end(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\n"})
    found = fixed(tmp_path, Trial(words("one", "two"), "Z01"), Trial(words("two", "one"), "Z02"))
    assert after(found) == "FROM a\nRUN two\n"
    assert [each.code for each in found.findings] == ["Z02"]
    assert len(found.notes) == 1


def test_of_two_equal_lines_both_are_fixed(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\nRUN one\n"})
    found = fixed(tmp_path, Trial(words("one", "two")))
    assert after(found) == "FROM a\nRUN two\nRUN two\n"
    assert len(found.applied) == 2


def test_of_two_changes_that_break_the_file_only_together_one_is_made(tmp_path: Path) -> None:
    """Either ENV may lose its value's quote; a file without both would not parse."""
    folder(tmp_path, {"Dockerfile": "ARG x=1\nFROM a\nFROM b\n"})

    def drops(line: str) -> Findings:
        def found(service: Project) -> Iterator[Found]:
            text = service.text("Dockerfile") or ""
            at = text.find(line)
            if at >= 0:
                edit = replaced("Dockerfile", at, at + len(line), "")
                yield Found(file="Dockerfile", start=at, end=at + 4, message="x", fix="safe", changes=(edit,))

        return found

    found = fixed(tmp_path, Trial(drops("FROM a\n"), "Z01"), Trial(drops("FROM b\n"), "Z02"))
    assert after(found) == "ARG x=1\nFROM b\n"
    assert [each.code for each in found.applied] == ["Z01"]
    assert [each.code for each in found.findings] == ["Z02"]


def test_a_file_that_one_fix_makes_is_seen_and_changed_by_another(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nCOPY . .\n", "notes.txt": "x"})

    def missing(service: Project) -> Iterator[Found]:
        if not service.builds[0].ignored.file:
            new = Change(file=".dockerignore", content="*.md\nold\n")
            yield Found(file=".dockerignore", start=0, end=0, message="none", fix="safe", changes=(new,))

    found = fixed(tmp_path, Trial(missing, "Z01"), Trial(words("old", "new", ".dockerignore"), "Z02"))
    assert after(found, ".dockerignore") == "*.md\nnew\n"
    assert [each.code for each in found.applied] == ["Z01", "Z02"]
    assert found.changed[0].before is None
    assert found.diff.startswith("--- /dev/null\n+++ b/.dockerignore\n")


@pytest.mark.parametrize(
    "change",
    [
        Change(file="data.bin", content="x"),
        Change(file="sub", content="x"),
        Change(file="/etc/passwd", content="x"),
        Change(file="../outside", content="x"),
        Change(file="data.bin", edits=(Edit(start=0, end=1, replacement="x"),)),
        Change(file="Dockerfile", edits=(Edit(start=0, end=6, replacement=""), Edit(start=3, end=8, replacement=""))),
        Change(file="Dockerfile", edits=(Edit(start=5, end=4000, replacement=""),)),
    ],
    ids=["over a file", "over a folder", "absolute", "outside", "not a text", "overlapping", "beyond the end"],
)
def test_what_cannot_be_done_is_not_done(change: Change, tmp_path: Path) -> None:
    at = folder(tmp_path / "s", {"Dockerfile": "FROM a\nRUN one\n", "data.bin": b"\0\1\2", "sub/a": "x"})

    def found(service: Project) -> Iterator[Found]:
        yield Found(file="Dockerfile", start=0, end=6, message="x", fix="safe", changes=(change,))

    made = fixed(at, Trial(found))
    assert made.changed == ()
    assert made.notes == ("Dockerfile:1: the fix of Z01 does not hold here, and was not made",)


def test_a_class_that_was_not_asked_for_is_left(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\n"})
    assert linted(project(tmp_path), (), [Trial(words("one", "two"))]).changed == ()
    assert len(linted(project(tmp_path), ("verify",), [Trial(words("one", "two"))]).findings) == 1


def test_new_lines_end_as_those_of_the_file_do(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "\ufeffFROM a\r\nRUN one\r\n"})
    found = fixed(tmp_path, Trial(words("one", "two\nRUN three")))
    assert after(found) == "\ufeffFROM a\r\nRUN two\r\nRUN three\r\n"
    folder(tmp_path, {"Dockerfile": "FROM a\r\nRUN one\n"})
    assert after(fixed(tmp_path, Trial(words("one", "two\nRUN three")))) == "FROM a\r\nRUN two\nRUN three\n"


def test_a_byte_order_mark_is_in_no_column(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "\ufeffFROM a\nRUN one\n"})
    found = linted(project(tmp_path), (), [Trial(words("FROM a|one", "x"))])
    places = [(each.line, each.column, each.last_column, each.source) for each in found.findings]
    assert places == [(1, 1, 7, ((1, "FROM a"),)), (2, 5, 8, ((2, "RUN one"),))]
    assert found.byte_order_marks == ("Dockerfile",)


def test_bytes_that_are_no_text_stay_as_they_are(tmp_path: Path) -> None:
    at = folder(tmp_path, {"Dockerfile": b"FROM a\n# caf\xe9 \x0c \x85\nRUN one\n"})
    found = fixed(at, Trial(words("one", "two")))
    linting.written(at, found)
    assert (at / "Dockerfile").read_bytes() == b"FROM a\n# caf\xe9 \x0c \x85\nRUN two\n"
    assert [each.line for each in found.applied] == [3]


def test_the_patch_makes_of_the_folder_what_the_fix_makes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": b"FROM a\r\n# \x0c \xe9 \x85\r\nRUN one\r\nRUN end",
        "requirements.txt": "one\ntwo\n",
    }
    at = folder(tmp_path / "s", files)
    rules = [
        Trial(words("one", "two"), "Z01"),
        Trial(words("one", "three", "requirements.txt"), "Z02"),
        Trial(words("end", "done\nRUN more"), "Z03"),
    ]
    found = fixed(at, *rules)
    (tmp_path / "patch").write_bytes(found.diff.encode("utf-8", "surrogateescape"))
    other = folder(tmp_path / "other", files)
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(tmp_path / "patch")], cwd=other, check=True)
    linting.written(at, found)
    for name, before in files.items():
        assert (other / name).read_bytes() == (at / name).read_bytes() != before


def test_a_large_file_is_fixed_in_one_round(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\n" + "RUN one\n" * 3000})
    looked = 0

    def counting(service: Project) -> Iterator[Found]:
        nonlocal looked
        looked += 1
        yield from words("one", "two")(service)

    found = fixed(tmp_path, Trial(counting))
    assert after(found) == "FROM a\n" + "RUN two\n" * 3000
    assert looked == 2


def test_rights_stay_and_a_link_stays_a_link(tmp_path: Path) -> None:
    at = folder(tmp_path, {"docker/real": "FROM a\nRUN one\n"})
    (at / "docker" / "real").chmod(0o640)
    (at / "Dockerfile").symlink_to("docker/real")
    found = linted(project(at), EVERY, [Trial(words("one", "two"))])
    assert [each.source for each in found.applied] == [((2, "RUN one"),)]
    linting.written(at, found)
    assert (at / "Dockerfile").is_symlink()
    assert (at / "docker" / "real").read_text() == "FROM a\nRUN two\n"
    assert (at / "docker" / "real").stat().st_mode & 0o777 == 0o640


def test_a_file_outside_the_folder_is_not_written(tmp_path: Path) -> None:
    folder(tmp_path, {"shared": "FROM a\nRUN one\n", "s/app.py": ""})
    (tmp_path / "s" / "Dockerfile").symlink_to("../shared")
    found = fixed(tmp_path / "s", Trial(words("one", "two")))
    with pytest.raises(OutputRefused, match="outside the folder"):
        linting.written(tmp_path / "s", found)
    assert (tmp_path / "shared").read_text() == "FROM a\nRUN one\n"


def test_nothing_is_written_when_a_file_changed_meanwhile(tmp_path: Path) -> None:
    at = folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\n", "requirements.txt": "one\n"})
    found = fixed(at, Trial(words("one", "two"), "Z01"), Trial(words("one", "two", "requirements.txt"), "Z02"))
    (at / "requirements.txt").write_text("one\nthree\n")
    with pytest.raises(OutputRefused, match="changed while"):
        linting.written(at, found)
    assert (at / "Dockerfile").read_text() == "FROM a\nRUN one\n"


def test_several_edits_of_one_change_go_together(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\nRUN two\n"})

    def found(service: Project) -> Iterator[Found]:
        text = service.text("Dockerfile") or ""
        if "one" in text:
            edits = [Edit(start=text.index("two"), end=text.index("two") + 3, replacement="2")]
            edits.append(Edit(start=text.index("one"), end=text.index("one") + 3, replacement="1"))
            yield Found(
                file="Dockerfile", start=7, end=14, message="x", fix="safe", changes=(changed("Dockerfile", edits),)
            )

    assert after(fixed(tmp_path, Trial(found))) == "FROM a\nRUN 1\nRUN 2\n"


def test_a_broken_dockerfile_among_others_is_said_and_alone_it_is_an_error(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one\n", "Dockerfile.gpu": "FROM a\nRUNN one\n"})
    found = linted(project(tmp_path), (), [Trial(words("one", "two"))])
    assert len(found.findings) == 1
    assert found.notes == (
        "Dockerfile.gpu:2: the Dockerfile does not parse: RUNN is no instruction; did you mean RUN?; it was left out",
    )
    (tmp_path / "Dockerfile").unlink()
    with pytest.raises(DockerfileUnreadable, match="did you mean RUN"):
        project(tmp_path)


def test_an_insertion_at_the_end_of_a_file_without_a_last_line_ending(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM a\nRUN one"})

    def found(service: Project) -> Iterator[Found]:
        text = service.text("Dockerfile") or ""
        if "USER" not in text:
            new = inserted("Dockerfile", len(text), "\nUSER 1000\n")
            yield Found(file="Dockerfile", start=0, end=0, message="x", fix="safe", changes=(new,))

    made = fixed(tmp_path, Trial(found))
    assert after(made) == "FROM a\nRUN one\nUSER 1000\n"
    assert "\\ No newline at end of file" in made.diff
