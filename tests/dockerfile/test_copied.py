from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from jettison.dockerfile import parsed
from jettison.dockerfile.copied import Landings, landings
from jettison.dockerfile.folder import folder
from jettison.dockerfile.ignore import ignored_by
from jettison.dockerfile.stages import stages

FILES = [
    "app.py",
    "requirements.txt",
    "requirements-dev.txt",
    "src/main.py",
    "src/pkg/a.py",
    "src/pkg/deep/b.py",
    "models/t5/config.json",
    "models/t5/model.safetensors",
    "models.tar.gz",
    "a file.txt",
    "[x].txt",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "current").symlink_to("models/t5")
    return tmp_path


def copied(root: Path, text: str, ignore: str = "") -> Landings:
    found = stages(parsed(text.encode()))
    return landings(found, found[-1], folder(root, ignored_by(ignore)))


def pairs(found: Landings) -> list[tuple[str, str]]:
    return [(landing.target, landing.source) for landing in found.final]


T5 = ["config.json", "model.safetensors"]
PKG = ["a.py", "deep/b.py"]


def below(target: str, source: str, names: list[str]) -> list[tuple[str, str]]:
    return [(f"{target}/{name}", f"{source}/{name}") for name in names]


@pytest.mark.parametrize(
    ("lines", "lands"),
    [
        ("COPY app.py /x/y.py", [("/x/y.py", "app.py")]),
        ("COPY app.py /x/", [("/x/app.py", "app.py")]),
        ("COPY app.py /x", [("/x", "app.py")]),
        ("WORKDIR /x\nCOPY app.py /x", [("/x/app.py", "app.py")]),
        ("WORKDIR /x\nCOPY app.py .", [("/x/app.py", "app.py")]),
        ("WORKDIR /x\nCOPY app.py ./y", [("/x/y", "app.py")]),
        ("WORKDIR /x\nCOPY app.py ../y/", [("/y/app.py", "app.py")]),
        ("COPY app.py .", [("/app.py", "app.py")]),
        ("COPY app.py /tmp", [("/tmp/app.py", "app.py")]),
        ("COPY /app.py ./src/../app.py /x/", [("/x/app.py", "app.py")]),
        ("COPY ../../app.py /x/", [("/x/app.py", "app.py")]),
        ("COPY src /x", below("/x", "src", ["main.py", *(f"pkg/{name}" for name in PKG)])),
        ("COPY src/pkg/ /x/", below("/x", "src/pkg", PKG)),
        ("COPY requirements*.txt /x/", [(f"/x/{name}", name) for name in ("requirements-dev.txt", "requirements.txt")]),
        ("COPY *.py /x/", [("/x/app.py", "app.py")]),
        ("COPY src/*/a.py /x/", [("/x/a.py", "src/pkg/a.py")]),
        ("COPY src/* /x/", [*below("/x", "src/pkg", PKG), ("/x/main.py", "src/main.py")]),
        ("COPY app.p? nothing* /x/", [("/x/app.py", "app.py")]),
        ("COPY [[]x].txt /x/", [("/x/[x].txt", "[x].txt")]),
        ('COPY ["a file.txt", "app.py", "/b c/"]', [(f"/b c/{name}", name) for name in ("a file.txt", "app.py")]),
        ("ENV D=/data\nARG F=app\nCOPY ${F}.py $D/", [("/data/app.py", "app.py")]),
        ("COPY current /m", below("/m", "models/t5", T5)),
        ("COPY app.py /x/y\nCOPY requirements.txt /x/y", [("/x/y", "requirements.txt")]),
        ("COPY app.py /x/\nADD requirements.txt /x", [(f"/x/{each}", each) for each in ("app.py", "requirements.txt")]),
        ("COPY empty /x\nCOPY app.py /x", [("/x/app.py", "app.py")]),
        ("COPY --chown=a:b --chmod=644 --link app.py /x/", [("/x/app.py", "app.py")]),
        ("COPY --parents src/pkg/a.py app.py /x/", [("/x/app.py", "app.py"), ("/x/src/pkg/a.py", "src/pkg/a.py")]),
        ("COPY --parents ./src/./pkg/a.py /x/", [("/x/pkg/a.py", "src/pkg/a.py")]),
        ("COPY --parents models /x/", below("/x/models/t5", "models/t5", T5)),
        ("COPY --exclude=*.json --exclude=**/deep models /x/", below("/x/t5", "models/t5", T5)),
        ("COPY --exclude=**/*.json models /x/", [("/x/t5/model.safetensors", "models/t5/model.safetensors")]),
        ("ADD app.py /x/", [("/x/app.py", "app.py")]),
    ],
)  # fmt: skip
def test_files_land_where_a_build_puts_them(root: Path, lines: str, lands: list[tuple[str, str]]) -> None:
    assert pairs(copied(root, f"FROM a\n{lines}\n")) == lands


def test_the_whole_folder_lands_without_what_is_ignored(root: Path) -> None:
    found = copied(
        root, "FROM a\nWORKDIR /app\nCOPY . .\n", "models*\n!models/t5/config.json\ncurrent\n[[]x*\n**/deep\n"
    )
    assert [landing.source for landing in found.final] == [
        "a file.txt",
        "app.py",
        "models/t5/config.json",
        "requirements-dev.txt",
        "requirements.txt",
        "src/main.py",
        "src/pkg/a.py",
    ]


def test_a_link_inside_a_folder_stays_a_link(root: Path) -> None:
    found = {landing.target: landing for landing in copied(root, "FROM a\nCOPY . /x/\n").final}
    assert found["/x/current"].source == "current"
    assert found["/x/current"].size_bytes == len("models/t5")
    assert "/x/current/config.json" not in found


def test_sizes_and_lines_are_those_of_file_and_instruction(root: Path) -> None:
    (found,) = copied(root, "FROM a\n\n# one\nCOPY \\\n app.py /x/\n").final
    assert (found.size_bytes, found.line) == (len("app.py"), 4)


def test_files_are_followed_through_stages(root: Path) -> None:
    text = (
        "FROM a AS one\nWORKDIR /build\nCOPY src ./s\nCOPY models/t5 /m\n"
        "FROM one AS two\nCOPY app.py /build/\n"
        "FROM b\nCOPY --from=two /build /app\nCOPY --from=0 /m/*.json /conf/\nCOPY --from=nginx:1 /etc/nginx /e\n"
    )
    found = copied(root, text)
    assert pairs(found) == [
        ("/app/app.py", "app.py"),
        ("/app/s/main.py", "src/main.py"),
        ("/app/s/pkg/a.py", "src/pkg/a.py"),
        ("/app/s/pkg/deep/b.py", "src/pkg/deep/b.py"),
        ("/conf/config.json", "models/t5/config.json"),
    ]
    assert {landing.line for landing in found.final} == {8, 9}


def test_a_stage_that_copies_from_itself_ends(root: Path) -> None:
    assert pairs(copied(root, "FROM a AS one\nCOPY app.py /x/\nCOPY --from=one /x /y\n")) == [("/x/app.py", "app.py")]


def test_what_a_base_stage_holds_back_copies_too(root: Path) -> None:
    text = "FROM a AS base\nWORKDIR /w\nONBUILD COPY app.py .\nFROM base\n"
    assert pairs(copied(root, text)) == [("/w/app.py", "app.py")]


def test_heredocs_become_files_with_their_text(root: Path) -> None:
    text = (
        "FROM a\nENV V=1\nCOPY <<EOF /x/one.txt\nv=$V 'q' \\$V\nEOF\n"
        "COPY app.py <<two.txt <<-'three.txt' /y/\n2\ntwo.txt\n\t$V\n\tthree.txt\n"
    )
    found = {landing.target: landing.text for landing in copied(root, text).final}
    assert found == {"/x/one.txt": "v=1 'q' $V\n", "/y/app.py": None, "/y/two.txt": "2\n", "/y/three.txt": "$V\n"}


def test_an_archive_that_add_unpacks_says_so(root: Path) -> None:
    (found,) = copied(root, "FROM a\nADD models.tar.gz /models\n").final
    assert (found.target, found.unpacks) == ("/models/models.tar.gz", True)
    (plain,) = copied(root, "FROM a\nCOPY models.tar.gz /models/\n").final
    assert not plain.unpacks


def test_what_is_not_there_and_what_is_downloaded_is_noted(root: Path) -> None:
    text = "FROM a\nCOPY nope.txt app.py /x/\nADD https://user:secret@example.com/w.bin /w/\nCOPY --from=0 /q /r\n"
    notes = copied(root, text).notes
    assert [note.split(":")[0] for note in notes] == ["line 2", "line 3"]  # nobody knows what another stage makes
    assert "nope.txt" in notes[0]
    assert "secret" not in notes[1]


def test_what_lies_in_the_image_at_a_line_is_known(root: Path) -> None:
    found = copied(root, "FROM a\nCOPY app.py /x/\nRUN y\nCOPY requirements.txt /x/app.py\n")
    assert found.before(3)["/x/app.py"].source == "app.py"
    assert found.before(9)["/x/app.py"].source == "requirements.txt"
    assert found.before(2) == {}


def test_a_folder_with_odd_names_loops_and_sockets_is_listed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "new\nline").write_text("x")
    (tmp_path / os.fsdecode(b"caf\xe9")).write_text("x")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "sock"))
        found = folder(tmp_path)
    assert [(entry.path, entry.link) for entry in found.entries] == [
        ("gone", "nowhere"),
        ("loop", "."),
        ("new\nline", None),
        ("out", "/etc"),
    ]
    assert found.notes == ("'caf\\udce9' is left out: its name is not UTF-8",)
    assert folder(tmp_path / "missing").notes == (". cannot be listed: No such file or directory",)
