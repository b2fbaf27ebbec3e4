"""What people's folders really hold must never crash the reading of them."""

from __future__ import annotations

import os
import random
import socket
import time
from pathlib import Path

import pytest

from jettison.errors import JettisonError, NotAService
from jettison.intake import deployment
from jettison.records import to_json
from tests.intake.fastapi_folders import FASTAPI
from tests.intake.flask_folders import FLASK
from tests.intake.folders import hf_folder, write
from tests.intake.other_folders import OTHERS

APP = "from flask import Flask\nfrom transformers import AutoModel\napp = Flask(__name__)\n"
DOCKERFILE = "FROM python:3.11\nWORKDIR /a\nCOPY . .\nRUN pip install -r requirements.txt\nCMD gunicorn app:app\n"


def service(tmp_path: Path) -> Path:
    return write(tmp_path / "s", {"app.py": APP, "Dockerfile": DOCKERFILE, "requirements.txt": "flask\n"})


def test_loops_of_links_sockets_and_odd_names(tmp_path: Path) -> None:
    root = service(tmp_path)
    (root / "loop").symlink_to(".")
    (root / "self").symlink_to("self")
    (root / "model").symlink_to("model")
    (root / "up").symlink_to("../..")
    (root / "helper.py").symlink_to("/etc/hostname")
    (root / "app.py").write_text(APP + "import helper, self\nm = AutoModel.from_pretrained('model')\n")
    (root / "a\nb 'c' $(d) é.py").write_text("x")
    (root / os.fsdecode(b"caf\xe9.py")).write_text("x")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "sock"))
        found = deployment(root)
    assert to_json(found)
    assert found.entry.module == "app"
    assert any("its name is not UTF-8" in note for note in found.notes)


def test_a_file_of_a_gigabyte_costs_no_time(tmp_path: Path) -> None:
    root = service(tmp_path)
    for name in ("big.py", "model.safetensors.tmp", "weights.bin", "requests.jsonl.bak", "data.csv"):
        with (root / name).open("wb") as file:
            file.truncate(1_000_000_000)
    (root / "app.py").write_text(APP + "import big\n")
    begun = time.monotonic()
    found = deployment(root)
    assert time.monotonic() - begun < 2
    assert sum(each.size_bytes for each in found.files) > 5_000_000_000
    assert any("big.py is longer" in note for note in found.notes)


def test_ten_thousand_files_are_listed_in_seconds(tmp_path: Path) -> None:
    root = service(tmp_path)
    for folder in range(100):
        (root / "node_modules" / str(folder)).mkdir(parents=True)
        for name in range(100):
            (root / "node_modules" / str(folder) / f"{name}.js").touch()
    write(root, {".dockerignore": "**/9*\n!**/99*\n"})
    begun = time.monotonic()
    found = deployment(root)
    assert time.monotonic() - begun < 10
    assert len(found.files) > 8000


def test_what_cannot_be_opened_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = service(tmp_path)
    write(root, {"requirements.txt": "", "lib.py": ""})
    (root / "app.py").write_text(APP + "import lib\n")
    # A superuser opens everything, so what the kernel would say is said here.
    opened = Path.open
    read = Path.read_bytes

    def refuse(path: Path) -> None:
        if path.name in ("requirements.txt", "lib.py"):
            raise PermissionError(13, "Permission denied", str(path))

    def guarded_open(self: Path, *arguments: str, **more: str) -> object:
        refuse(self)
        return opened(self, *arguments, **more)  # type: ignore[call-overload]

    def guarded_read(self: Path) -> bytes:
        refuse(self)
        return read(self)

    monkeypatch.setattr(Path, "open", guarded_open)
    monkeypatch.setattr(Path, "read_bytes", guarded_read)
    notes = deployment(root).notes
    assert [note for note in notes if "cannot be opened: Permission denied" in note][:1] != []
    assert sum("Permission denied" in note for note in notes) == 2


@pytest.mark.parametrize("kind", ["missing", "file", "loop"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "file":
        path.write_text("x")
    elif kind == "loop":
        path.symlink_to(path)
    with pytest.raises(NotAService, match=r"no (such )?folder"):
        deployment(path)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "x = " + "(" * 3000,
        "\x00",
        "def f(:\n",
        "# -*- coding: nonsense -*-\n",
        "x = '\\ud800'\nprint 'two'\n",
        "import " + ".".join("a" * 500) + "\n",
        "from . import *\nfrom .. import x\nfrom ... import *\n",
        "app = app\n",
        "class A(A): pass\napp = A()\n",
        "def app(): return app()\n",
        "app = [app for app in app]\n",
        "from app import app\n",
    ],
)
def test_an_app_of_odd_code_is_refused_and_never_crashes(tmp_path: Path, text: str) -> None:
    root = write(tmp_path / "s", {"app.py": text, "Dockerfile": DOCKERFILE, "requirements.txt": ""})
    with pytest.raises(JettisonError):
        deployment(root)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[[["),
        ("pyproject.toml", "project = 3\ntool = 'x'\n"),
        ("pyproject.toml", "[project]\ndependencies = 'x'\ndynamic = 3\n[tool]\npoetry = []\nuv = {index = 3}\n"),
        ("Pipfile", "packages = 3\nsource = {a = 1}\n"),
        ("environment.yml", "dependencies: {a: b}\n"),
        ("environment.yml", "a: &a [*a]\n"),
        ("environment.yml", "[" * 3000),
        ("docker-compose.yml", "services:\n  a: 3\n  b: {build: [1], ports: {x: y}, volumes: 7, command: {a: b}}\n"),
        ("docker-compose.yml", "services: [1, 2]\n"),
        ("docker-compose.yml", "\t"),
        ("setup.cfg", "[options\n"),
        ("setup.py", "setup(install_requires=[1, None], extras_require=3)\nsetup(**x)\n"),
        ("gunicorn.conf.py", "bind = workers = threads = print\nwsgi_app = 3\n"),
        ("requirements.txt", "-r\n-c\n-e\n--index-url\n-r requirements.txt\n\\\n[x]\n@\n;\n-\n--\n"),
        ("uv.lock", "package = [{name = 1}, {source = 2}, 3]\n"),
        ("model/config.json", "[1]"),
        ("model/modules.json", '[{"type": 3}, 7]'),
        ("Procfile", "web:\n:::\n"),
    ],
)  # fmt: skip
def test_odd_files_are_survived(tmp_path: Path, name: str, content: str) -> None:
    for dockerfile in (
        DOCKERFILE,
        DOCKERFILE.replace("pip install -r requirements.txt", "uv sync && pipenv install"),
        None,
    ):
        root = service(tmp_path / str(hash(dockerfile)))
        write(root, {name: content})
        if dockerfile is None:
            (root / "Dockerfile").unlink()
        else:
            (root / "Dockerfile").write_text(dockerfile)
        assert to_json(deployment(root))


def test_a_thousand_mutated_folders_end_in_a_deployment_or_one_clear_error(tmp_path: Path) -> None:
    rng = random.Random(11)
    cases = [each for each in (*FLASK, *FASTAPI, *OTHERS) if each.files]
    pieces = [
        "\n",
        "'",
        '"',
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "$",
        "\\",
        "#",
        "=",
        ":",
        "-",
        "<<EOF\n",
        "\x00",
        "é",
        "\ud7ff",
        "1e999",
    ]
    for number in range(1000):
        case = rng.choice(cases)
        files = {name: content for name, content in case.files.items() if rng.random() > 0.05}
        for name in rng.sample(sorted(files), min(2, len(files))):
            content = files[name]
            text = content.decode("latin-1") if isinstance(content, bytes) else content
            at = rng.randrange(len(text) + 1)
            if rng.random() < 0.5:
                text = text[:at] + rng.choice(pieces) + text[at:]
            else:
                text = text[:at] + text[at + rng.randint(1, 30) :]
            files[name] = text.encode("latin-1", "replace") if isinstance(content, bytes) else text
        root = write(tmp_path / str(number), {"x": "", **files})
        try:
            found = deployment(root)
        except JettisonError as refused:
            assert refused.next_step
            assert "\n" not in refused.what
        else:
            assert to_json(found)


def test_nothing_of_the_folder_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    evil = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n"
    root = write(
        tmp_path / "s",
        {
            "app.py": evil + APP + "m = AutoModel.from_pretrained('model')\n",
            "setup.py": evil + "from setuptools import setup\nsetup(install_requires=['flask'])\n",
            "gunicorn.conf.py": evil,
            "conftest.py": evil,
            "sitecustomize.py": evil,
            "model/__reduce__.py": evil,
            "model/pytorch_model.bin": b"\x80\x02cposix\nsystem\nX\x05\x00\x00\x00touch\x85R.",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nRUN pip install .\nCMD gunicorn app:app\n",
            **{name: content for name, content in hf_folder("model").items() if "safetensors" not in name},
        },
    )
    found = deployment(root)
    assert found.requirements == ("flask",)
    assert [each.format for each in found.checkpoints] == ["pytorch"]
    assert not mark.exists()


def test_bytes_and_characters_that_no_text_can_hold_do_not_reach_the_record(tmp_path: Path) -> None:
    root = write(
        tmp_path / "s",
        {
            "app.py": APP + "m = AutoModel.from_pretrained('\\ud800x')\n",
            "Dockerfile": b'FROM python:3.11\nENV A=\xff\xfe B="\xe9"\nWORKDIR /a\nCOPY . .\n'
            b'CMD ["gunicorn", "app:app", "\\ud83d", "\xff"]\n',
            "requests.jsonl": '{"path": "/", "json": "\\ud800"}\n',
            "pyproject.toml": '[tool.poetry.dependencies]\nx = "\\u00e9"\n',
        },
    )
    found = deployment(root)
    assert to_json(found)
    assert dict(found.environment)["A"] == "\ufffd\ufffd"
    assert found.start.argv == ("gunicorn", "app:app", "\ufffd", "\ufffd")
    assert found.requests[0].body == '"\\ud800"'
