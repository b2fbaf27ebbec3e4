"""What a build's folder could do without: never what the Dockerfile, the code or the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jettison.lint import linted, project, rules_named
from jettison.lint.leftovers import leftovers

ALL = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"


def patterns(at: Path, dockerfile: str, files: Mapping[str, str | int]) -> set[str]:
    at.mkdir(exist_ok=True)
    (at / "Dockerfile").write_text(dockerfile)
    for name, content in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, int):
            with (at / name).open("wb") as file:
                file.truncate(content)
        else:
            (at / name).write_text(content)
    service = project(at)
    return {each.pattern for each in leftovers(service, service.builds[0])}


@pytest.mark.parametrize(
    ("files", "dockerfile"),
    [
        ({"app.py": 'import os\nopen(os.path.join("data", "labels.csv"))\n'}, ALL),
        ({"app.py": 'from pathlib import Path\nHERE = Path(__file__).parent / "data"\n'}, ALL),
        ({"app.py": "", "settings.yaml": "labels: data/labels.csv\n"}, ALL),
        ({"app.py": "", "start.sh": "python app.py --with data\n"}, ALL),
        ({"app.py": 'import glob\nglob.glob("**/*.csv")\n'}, ALL),
        ({"app.py": 'import os\nopen(os.environ.get("LABELS", "data/labels.csv"))\n'}, ALL),
        ({"app.py": ""}, f"{ALL}ENV LABELS=/app/data/labels.csv\n"),
        ({"app.py": ""}, f"{ALL}RUN python app.py data\n"),
        ({"app.py": ""}, "FROM python:3.12-slim\nCOPY app.py .\nCOPY data /data\n"),
        ({"app.py": ""}, "FROM python:3.12-slim\nCOPY app.py .\nCOPY [\"data/labels.csv\", \"/\"]\n"),
        ({"app.py": ""}, f"{ALL}RUN --mount=type=bind,source=data,target=/data python app.py\n"),
        ({"app.py": ""}, f"{ALL}COPY */labels.csv /\n"),
        ({"app.py": "from lib import read\n", "lib/__init__.py": "from .read import x\n",
          "lib/read.py": 'open("data/labels.csv")\n'}, f"{ALL}CMD python app.py\n"),
        ({"app.py": "", "data/model.onnx": 5_000_000}, ALL),
    ],
)  # fmt: skip
def test_a_data_set_that_anything_names_stays(files: Mapping[str, str | int], dockerfile: str, tmp_path: Path) -> None:
    assert "data" not in patterns(tmp_path, dockerfile, {**files, "data/labels.csv": 9_000_000})


def test_a_data_set_that_only_the_training_opens_goes(tmp_path: Path) -> None:
    files: dict[str, str | int] = {
        "app.py": 'import json\n"""Reads no data at all."""\ndef f(r):\n    return r["data"], r.get("data")\n',
        "train.py": 'open("data/labels.csv")\n',
        "data/labels.csv": 9_000_000,
    }
    assert patterns(tmp_path, f'{ALL}CMD ["python", "app.py"]\n', files) == {"data"}
    # What loads modules by names that are worked out may load any of them.
    plugins = {**files, "app.py": 'import importlib\nimportlib.import_module("tr" + "ain")\n'}
    assert patterns(tmp_path / "plugins", f'{ALL}CMD ["python", "app.py"]\n', plugins) == set()
    # Where it is not known what is started, every file counts.
    assert patterns(tmp_path, ALL, files) == set()


@pytest.mark.parametrize(
    ("files", "dockerfile"),
    [
        ({"pyproject.toml": '[build-system]\nrequires = ["setuptools-scm"]\n'}, ALL),
        ({"app.py": "import git\ngit.Repo()\n"}, ALL),
        ({"setup.py": "from setuptools import setup\nsetup(use_scm_version=True)\n"}, ALL),
        ({"app.py": "import subprocess\nsubprocess.run(['git', 'describe'])\n"}, ALL),
        ({"Makefile": "version:\n\tgit describe > VERSION\n"}, f"{ALL}RUN make version\n"),
        ({"scripts/build.sh": "git submodule update\n"}, f"{ALL}RUN ./scripts/build.sh\n"),
        ({"model.dvc": ""}, f"{ALL}RUN pip install dvc && dvc pull\n"),
        ({"app.py": ""}, f"{ALL}RUN git rev-parse HEAD > /version\n"),
        ({"app.py": ""}, "FROM python:3.12-slim\nCOPY .git /app/.git\nCOPY . /app\n"),
    ],
)
def test_the_history_stays_where_something_asks_it(
    files: Mapping[str, str | int], dockerfile: str, tmp_path: Path
) -> None:
    assert ".git" not in patterns(tmp_path, dockerfile, {**files, ".git/HEAD": "ref"})


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ({"app.py": "from dotenv import load_dotenv\nload_dotenv()\n", ".env": "A=1"}, ".env"),
        ({"requirements.txt": "flask\npython-dotenv\n", "app.py": "", ".env": "A=1"}, ".env"),
        ({"app.py": 'open("cert.pem")\n', "cert.pem": "x"}, "cert.pem"),
        ({"app.py": "", "out/checkpoint-9/model.safetensors": 9_000_000}, "out/checkpoint-9"),
        (
            {
                "app.py": 'import glob\nglob.glob("out/checkpoint-*")\n',
                "m.onnx": 9_000_000,
                "out/checkpoint-9/model.safetensors": 9_000_000,
            },
            "out/checkpoint-9",
        ),
        ({"web/index.html": '<script src="/node_modules/x.js">', "node_modules/x.js": "1"}, "node_modules"),
        ({"app.py": "", ".cache/hub/model.safetensors": 9_000_000}, ".cache"),
    ],
)
def test_what_the_service_may_read_stays(files: Mapping[str, str | int], kept: str, tmp_path: Path) -> None:
    dockerfile = f"{ALL}RUN pip install -r requirements.txt\n" if "requirements.txt" in files else ALL
    assert kept not in patterns(tmp_path, dockerfile, files)


def test_many_files_of_a_kind_have_one_pattern_and_strange_names_their_own(tmp_path: Path) -> None:
    files: dict[str, str | int] = {
        "a.ipynb": "{}",
        "b/c.ipynb": "{}",
        "model/model.safetensors": 5_000_000,
        "model/optimizer.pt": 5_000_000,
        "other/optimizer.pt": 5_000_000,
        "[x] data/.venv/pyvenv.cfg": "",
        "!odd/.git/HEAD": "",
    }
    assert patterns(tmp_path, ALL, files) == {"**/*.ipynb", "**/optimizer.pt", "\\[x\\] data/.venv", "./!odd/.git"}
    # What the patterns hide is what they stand for, and a second look finds nothing.
    after = linted(project(tmp_path), ("safe",), rules_named(["L13"]))
    (change,) = after.changed
    (tmp_path / change.path).write_text(change.after)
    service = project(tmp_path)
    assert {each.path for each in service.builds[0].sent.entries if not each.is_folder} == {
        "Dockerfile", ".dockerignore", "model/model.safetensors",
    }  # fmt: skip
    assert leftovers(service, service.builds[0]) == ()


def test_builds_that_share_an_ignore_file_keep_what_one_of_them_needs(tmp_path: Path) -> None:
    files: dict[str, str | int] = {
        ".git/x": 30_000_000,
        "data/x.csv": 30_000_000,
        "app.py": "",
        "Dockerfile.train": f"{ALL}RUN ls data\n",
    }
    patterns(tmp_path, f"{ALL}CMD python app.py\n", files)
    (change,) = linted(project(tmp_path), ("safe",), rules_named(["L13"])).changed
    assert ".git\n" in change.after
    assert "data\n" not in change.after


def test_what_no_copy_brings_is_said_to_be_of_the_context(tmp_path: Path) -> None:
    patterns(tmp_path, "FROM python:3.12-slim\nCOPY app.py .\n", {"app.py": "", ".git/x": 30_000_000})
    (found,) = linted(project(tmp_path), rules=rules_named(["L13"])).findings
    assert "are sent to builders" in found.message
    assert found.saving is not None
    assert "not of the image" in found.saving.source


@pytest.mark.parametrize(
    ("pattern", "files", "dockerfile"),
    [
        ("logs", {"logs/__init__.py": "", "app.py": "import lib\n", "logs/setup.py": "x = 1\n", "logs/a.log": 90}, ALL),
        ("src/logs", {"src/logs/setup.py": "x = 1\n", "src/app.py": "from .logs import setup\n"}, ALL),
        ("tensorboard", {"tensorboard/__init__.py": "", "tensorboard/a": 90}, ALL),
        ("**/.dvc", {".dvc/config": "x"}, f"{ALL}RUN dvc pull\n"),
        (".venv", {".venv/pyvenv.cfg": "x"}, f"{ALL}ENV PATH=/app/.venv/bin:$PATH\n"),
        ("node_modules", {"node_modules/a/index.js": "x"}, "FROM node:20-slim\nCOPY . .\nCMD node server.js\n"),
        ("demo.ipynb", {"demo.ipynb": "{}"}, f"{ALL}CMD voila .\n"),
        ("data", {".dockerignore": "*\n!data\n", "data/a.csv": 9_000_000}, ALL),
        ("data", {".dockerignore": "data/*\n!data/a.csv\n", "data/a.csv": 9_000_000}, ALL),
        (".env", {".env": "A=1\n", "Pipfile": ""}, f"{ALL}RUN pipenv install --system\n"),
    ],
)
def test_what_the_image_runs_on_stays(
    pattern: str, files: Mapping[str, str | int], dockerfile: str, tmp_path: Path
) -> None:
    assert pattern not in patterns(tmp_path, dockerfile, files)


@pytest.mark.parametrize(
    ("pattern", "files", "dockerfile"),
    [
        ("logs", {"logs/a.log": 90}, ALL),
        (".venv", {".venv/pyvenv.cfg": "x"}, f"{ALL}RUN uv sync\nENV PATH=/app/.venv/bin:$PATH\n"),
        ("node_modules", {"node_modules/a/index.js": "x"}, "FROM node:20-slim\nCOPY . .\nRUN npm ci\nCMD node a.js\n"),
        ("node_modules", {"node_modules/a/index.js": "x"}, f"{ALL}CMD python app.py\n"),
        (".git", {".git/HEAD": "x", "deploy.sh": "git push\n"}, f"{ALL}CMD python app.py\n"),
        (".env", {".env": "A=1\n"}, f"{ALL}CMD python app.py\n"),
    ],
)
def test_what_is_made_anew_goes(pattern: str, files: Mapping[str, str | int], dockerfile: str, tmp_path: Path) -> None:
    assert pattern in patterns(tmp_path, dockerfile, files)
