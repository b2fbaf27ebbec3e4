"""Fixes that would break a build, or change what an image does, are not made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jettison.lint import linted, project, rules_named

from .folders import written

HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"
INSTALL = "RUN pip install --no-cache-dir -r requirements.txt\n"
REQUIREMENTS = {"requirements.txt": "flask==3.0\n", "app.py": "import flask\n"}


def changed(at: Path, code: str, files: Mapping[str, str | bytes]) -> dict[str, str]:
    """What a rule's fixes make of a folder."""
    found = linted(project(written(at, files)), ("safe", "verify"), rules_named([code]))
    return {file.path: file.after for file in found.changed}


def test_lists_stay_for_a_script_that_installs_from_them(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCOPY setup.sh /\nRUN /setup.sh\n",
        "setup.sh": "#!/bin/sh\napt-get install -y git\n",
    }
    assert not changed(tmp_path / "a", "L07", files)
    files["setup.sh"] = "#!/bin/sh\napt-get update && apt-get install -y git\n"
    assert changed(tmp_path / "b", "L07", files)


@pytest.mark.parametrize("code", ["L09", "W13"])
def test_a_run_that_fetches_lists_for_others_stays(code: str, tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.12-slim AS base\nRUN apt-get update && apt-get install -y curl libgl1\nFROM base\n"
        "RUN apt-get install -y ffmpeg\nCOPY . .\nRUN pip install opencv-python-headless\nCMD python app.py\n",
        "app.py": "import cv2\ncv2.imread('x')\n",
    }
    after = changed(tmp_path, code, files)
    assert not after or "apt-get update" in after["Dockerfile"]


def test_a_run_that_also_names_a_source_of_packages_stays(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.12-slim\nRUN echo 'deb x' > /etc/apt/sources.list.d/x.list && apt-get update && "
        "apt-get install -y libgl1\nCOPY . .\nRUN pip install opencv-python-headless\nCMD python app.py\n",
        "app.py": "import cv2\ncv2.imread('x')\n",
    }
    assert not changed(tmp_path, "W13", files)


def test_an_install_of_one_unused_library_goes_with_its_options(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.12-slim\nRUN pip install --no-cache-dir --target /deps pandas\nCOPY . .\n"
        "RUN pip install --no-cache-dir flask\nCMD python app.py\n",
        "app.py": "import flask\n",
    }
    after = changed(tmp_path, "W15", files)["Dockerfile"]
    assert "/deps" not in after
    assert "flask" in after


@pytest.mark.parametrize(
    "chown", ["if [ $X = 1 ]; then chown -R 7:7 /app; fi", "chown -R $X:$X /app", "chown -R ${X} /app"]
)
def test_an_owner_that_the_build_decides_is_left_to_it(chown: str, tmp_path: Path) -> None:
    assert not changed(tmp_path, "L04", {"Dockerfile": f"{HEAD}ARG X=1\nCOPY . .\nRUN {chown}\n", **REQUIREMENTS})


@pytest.mark.parametrize(
    "command",
    [
        "trap 'kill 0' TERM; uvicorn app:app",
        "! python app.py",
        "time python app.py",
    ],
)
def test_a_start_that_exec_would_change_stays(command: str, tmp_path: Path) -> None:
    assert not changed(tmp_path, "R03", {"Dockerfile": f"{HEAD}CMD {command}\n"})


@pytest.mark.parametrize(
    "between",
    [
        "RUN rm -rf tests .env\n",
        "RUN apt-get update && apt-get install -y ./vendor/x.deb\n",
        "RUN pip install --no-cache-dir *.whl\n",
        "RUN pip install --no-cache-dir foo-1.0-py3-none-any.whl\n",
        "RUN --mount=type=bind,target=/src pip install --no-cache-dir flask\n",
    ],
)
def test_the_source_stays_in_front_of_what_needs_it(between: str, tmp_path: Path) -> None:
    files = {"Dockerfile": f"{HEAD}COPY . .\n{between}{INSTALL}", "vendor/x.deb": "", **REQUIREMENTS}
    assert not changed(tmp_path, "L12", files)


def test_the_source_stays_in_front_of_a_removal_in_the_same_run(tmp_path: Path) -> None:
    run = INSTALL.replace("\n", " && rm requirements.txt\n")
    assert not changed(tmp_path / "a", "L12", {"Dockerfile": f"{HEAD}COPY . .\n{run}", **REQUIREMENTS})
    run = INSTALL.replace("\n", " && rm -rf /root/.cache /tmp/*\n")
    assert changed(tmp_path / "b", "L12", {"Dockerfile": f"{HEAD}COPY . .\n{run}", **REQUIREMENTS})


@pytest.mark.parametrize("line", ["foo-1.0-py3-none-any.whl", "libs/foo", "foo @ file:///app/foo"])
def test_requirements_that_name_files_keep_the_source_in_front(line: str, tmp_path: Path) -> None:
    files = {**REQUIREMENTS, "requirements.txt": f"flask\n{line}\n", "Dockerfile": f"{HEAD}COPY . .\n{INSTALL}"}
    assert not changed(tmp_path, "L12", files)


@pytest.mark.parametrize(("tool", "beside"), [("uv", "uv.toml"), ("uv", ".python-version"), ("poetry", "poetry.toml")])
def test_settings_of_the_installer_come_along_with_the_manifest(tool: str, beside: str, tmp_path: Path) -> None:
    install = "uv sync --locked --no-install-project" if tool == "uv" else "poetry install --no-root"
    files = {
        "Dockerfile": f"{HEAD}COPY . .\nRUN {install}\n",
        "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n',
        f"{tool}.lock": "",
        beside: "",
    }
    assert f"COPY pyproject.toml {tool}.lock {beside} ./" in changed(tmp_path / "a", "L12", files)["Dockerfile"]
    assert not changed(tmp_path / "b", "L12", {**files, ".venv/pyvenv.cfg": ""})


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nsubprocess.run(['git', 'clone', 'x'])\n",
        "import os\nos.system('curl x')\n",
    ],
)
def test_the_full_image_stays_under_a_service_that_calls_its_programs(code: str, tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM python:3.12\nCOPY . .\nCMD python app.py\n", "app.py": code}
    assert not changed(tmp_path, "B01", files)


def test_the_full_image_stays_under_a_start_script_that_calls_its_programs(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.12\nCOPY . .\nENTRYPOINT ./start.sh\n",
        "start.sh": "curl x\nexec python a.py\n",
    }
    assert not changed(tmp_path / "a", "B01", files)
    assert changed(tmp_path / "b", "B01", {**files, "start.sh": "exec python a.py\n", "deploy.sh": "git push\n"})


@pytest.mark.parametrize(
    ("code", "run"),
    [
        ("import os\nos.makedirs('uploads', exist_ok=True)\n", ""),
        ("from pathlib import Path\nPath('out').mkdir()\n", ""),
        ("import sqlite3\nsqlite3.connect('app.db')\n", ""),
        ("import logging\nLOG = 'app.log'\nlogging.FileHandler(LOG)\n", ""),
        ("open('/data/x.json', 'w')\n", ""),
        ("", "RUN mkdir -p /app/uploads\n"),
    ],
)
def test_root_stays_where_the_service_writes(code: str, run: str, tmp_path: Path) -> None:
    start = 'CMD ["python", "app.py"]\n'
    files = {"Dockerfile": f"{HEAD}COPY . .\n{run}{start}", "app.py": code}
    assert not changed(tmp_path, "R01", files)


def test_root_goes_where_the_service_writes_to_places_for_all(tmp_path: Path) -> None:
    code = "open('/tmp/x', 'w')\nopen('labels.txt')\nopen('m.bin', 'rb')\n"
    files = {"Dockerfile": f'{HEAD}RUN mkdir -p /app\nCOPY . .\nCMD ["python", "app.py"]\n', "app.py": code}
    assert changed(tmp_path, "R01", files)


def test_a_later_download_still_reaches_the_hub(tmp_path: Path) -> None:
    dockerfile = (
        "FROM python:3.12-slim\nENV HF_HOME=/hf\nRUN hf download org/m\n"
        "RUN python -c \"from huggingface_hub import snapshot_download; snapshot_download('o/x', local_dir='/m')\"\n"
        "COPY . .\nCMD python app.py\n"
    )
    after = changed(tmp_path, "M09", {"Dockerfile": dockerfile, "app.py": "import transformers\n"})["Dockerfile"]
    assert after.index("snapshot_download") < after.index("HF_HUB_OFFLINE")


def test_a_manifest_whose_name_copy_would_take_apart_stays_where_it_is(tmp_path: Path) -> None:
    files = {"Dockerfile": f'{HEAD}COPY . .\nRUN pip install -r "my reqs.txt"\n', "my reqs.txt": "flask\n"}
    assert not changed(tmp_path, "L12", files)


@pytest.mark.parametrize("settings", ["uv.toml", "pyproject.toml"])
def test_uv_keeps_the_settings_that_lie_beside_the_requirements(settings: str, tmp_path: Path) -> None:
    files = {"Dockerfile": f"{HEAD}COPY . .\nRUN uv pip install --system -r requirements.txt\n", **REQUIREMENTS}
    assert changed(tmp_path / "a", "L12", files)
    assert not changed(tmp_path / "b", "L12", {**files, settings: "[tool.uv]\nindex-url = 'https://x.example/s'\n"})


def test_the_owner_of_an_archive_is_left_to_chown(tmp_path: Path) -> None:
    dockerfile = f"{HEAD}ADD model.tar.gz ./model/\nRUN chown -R 7:7 /app\n"
    assert not changed(tmp_path, "L04", {"Dockerfile": dockerfile, "model.tar.gz": ""})


def test_the_development_group_stays_for_a_stage_of_tests(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"{HEAD.replace('slim', 'slim AS base', 1)}COPY . .\nRUN poetry install --no-root\n"
        "FROM base AS test\nRUN poetry run pytest\nFROM base\nCMD python app.py\n",
        "pyproject.toml": "[tool.poetry]\nname = 'a'\n[tool.poetry.dependencies]\npython = '*'\nflask = '*'\n"
        "[tool.poetry.group.dev.dependencies]\npytest = '*'\n",
        "poetry.lock": "",
        "app.py": "import flask\n",
    }
    assert not changed(tmp_path / "a", "W16", files)
    files["Dockerfile"] = files["Dockerfile"].replace("poetry run pytest", "true")
    assert changed(tmp_path / "b", "W16", files)


def test_requirements_that_an_image_for_gpus_shares_are_left_to_a_person(tmp_path: Path) -> None:
    install = "COPY req ./req\nRUN pip install -r req/{}.txt\nCMD python app.py\n"
    files = {
        "Dockerfile": f"FROM python:3.12-slim\n{install.format('base')}",
        "gpu.Dockerfile": f"FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\n{install.format('gpu')}",
        "req/base.txt": "torch>=2\n",
        "req/gpu.txt": "-r base.txt\nflash-attn\n",
        "app.py": "import torch\n",
    }
    assert not changed(tmp_path / "a", "W01", files)
    del files["gpu.Dockerfile"]
    assert changed(tmp_path / "b", "W01", files)


@pytest.mark.parametrize(
    "manifest",
    [
        "services:\n  api:\n    build: .\n    deploy:\n      resources:\n        reservations:\n          devices:\n"
        "            - driver: nvidia\n              capabilities: [gpu]\n",
        "services:\n  api:\n    build: .\n    gpus: all\n",
        "build:\n  gpu: true\npredict: predict.py:Predictor\n",
        "kind: Deployment\nspec:\n  resources:\n    limits:\n      nvidia.com/gpu: 1\n",
    ],
)
def test_cuda_stays_where_a_manifest_reserves_a_gpu(tmp_path: Path, manifest: str) -> None:
    files = {
        "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install torch\nCMD python app.py\n",
        "app.py": "import torch\n",
    }
    assert not changed(tmp_path / "a", "W01", {**files, "deploy.yaml": manifest})
    assert "reserves a GPU" in "".join(project(tmp_path / "a").notes)
    assert project(tmp_path / "a", targets=("cpu",)).on_cpu
    commented = "".join(f"# {line}\n" for line in manifest.splitlines())
    assert changed(tmp_path / "b", "W01", {**files, "deploy.yaml": commented})
    assert changed(tmp_path / "c", "W01", {**files, "deploy.gpu.yaml": manifest})


@pytest.mark.parametrize(
    "name", ["gpu.Dockerfile", "Dockerfile.cuda", "docker/Dockerfile.onnx.gpu", "jetson.Dockerfile"]
)
def test_an_image_that_is_for_gpus_by_its_name_keeps_cuda(tmp_path: Path, name: str) -> None:
    text = "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN pip3 install torch\nCMD python3 app.py\n"
    assert not changed(tmp_path / "a", "B02", {name: text})
    assert not changed(tmp_path / "a", "W01", {name: text})
    assert changed(tmp_path / "b", "B02", {"Dockerfile": text})


def test_what_an_image_for_gpus_installs_too_is_not_renamed(tmp_path: Path) -> None:
    install = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCMD python app.py\n"
    files = {
        "Dockerfile": f"FROM python:3.11-slim\n{install}",
        "gpu.Dockerfile": f"FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n{install}",
        "requirements.txt": "tensorflow==2.15.0\nonnxruntime-gpu==1.17.0\n",
        "app.py": "import tensorflow\nimport onnxruntime\n",
    }
    for code in ("W08", "W10"):
        assert not changed(tmp_path / code, code, files)
    del files["gpu.Dockerfile"]
    for code in ("W08", "W10"):
        assert changed(tmp_path / f"{code}-alone", code, files)


def test_a_program_that_a_compose_file_s_check_calls_stays(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"{HEAD}RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
        f"COPY . .\n{INSTALL}CMD python app.py\n",
        "requirements.txt": "flask\n",
        "app.py": "import flask\n",
    }
    check = (
        'services:\n  api:\n    build: .\n    healthcheck:\n      test: ["CMD", "curl", "--fail", "http://localhost"]\n'
    )
    assert not changed(tmp_path / "a", "L09", {**files, "compose.yaml": check})
    assert changed(tmp_path / "b", "L09", files)


@pytest.mark.parametrize("last", ["fg", "wait", "wait -n"])
def test_what_only_the_shell_can_do_gets_no_exec(tmp_path: Path, last: str) -> None:
    files = {"Dockerfile": f"{HEAD}CMD python worker.py & python app.py & {last}\n"}
    assert not changed(tmp_path / "a", "R03", files)
    files = {"Dockerfile": f"{HEAD}CMD python worker.py & gunicorn app:app && {last}\n"}
    assert not changed(tmp_path / "b", "R03", files)


@pytest.mark.parametrize(
    ("run", "held_back"),
    [
        ("RUN rembg d u2net", True),
        ("RUN python -m nltk.downloader punkt", True),
        ("RUN playwright install chromium", True),
        ("RUN sed -i s/a/b/ app.py", False),
        ("ENV HOME=/app\nRUN rembg d u2net", False),
    ],
)
def test_what_a_program_may_have_left_in_root_s_home_stays_readable(
    tmp_path: Path, run: str, *, held_back: bool
) -> None:
    text = f"{HEAD}COPY . .\n{INSTALL}{run}\nCMD python app.py\n"
    made = changed(tmp_path, "R01", {"Dockerfile": text, "requirements.txt": "rembg\n", "app.py": ""})
    assert (made == {}) == held_back


@pytest.mark.parametrize(
    "more",
    ["ENV FORCE_CUDA=1\n", "COPY build.sh .\nRUN bash build.sh\n", "RUN ./install.sh\n"],
)
def test_a_base_with_cuda_stays_where_something_may_need_it(tmp_path: Path, more: str) -> None:
    text = f"FROM nvidia/cuda:12.1.0-devel-ubuntu22.04\n{more}RUN pip3 install flask\nCMD python3 app.py\n"
    assert not changed(tmp_path / "a", "B02", {"Dockerfile": text, "build.sh": "true\n"})
    assert changed(tmp_path / "b", "B02", {"Dockerfile": text.replace(more, "")})
    named = text.replace(more, "").replace("22.04\n", "22.04 AS cuda-121\n", 1)
    assert not changed(tmp_path / "c", "B02", {"Dockerfile": named})


@pytest.mark.parametrize(
    ("package", "more"),
    [
        ("git", "RUN pip install poetry poetry-dynamic-versioning\n"),
        ("software-properties-common", "RUN add-apt-repository ppa:a/b -y\n"),
        ("gnupg", "RUN apt-key add key\n"),
        ("g++-11", "RUN update-alternatives --install /usr/bin/g++ g++ /usr/bin/g++-11 10\n"),
    ],
)
def test_tools_that_something_calls_by_another_name_stay(tmp_path: Path, package: str, more: str) -> None:
    apt = f"RUN apt-get update && apt-get install -y {package} && rm -rf /var/lib/apt/lists/*\n"
    files = {"Dockerfile": f"{HEAD}{apt}{more}COPY . .\nCMD python app.py\n", "app.py": ""}
    assert not changed(tmp_path, "L09", files)


def test_onnxruntime_of_gpus_stays_where_an_extra_brings_it_all_the_same(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"{HEAD}COPY . .\n{INSTALL}CMD python app.py\n",
        "requirements.txt": "rembg[gpu]==2.0.60\nonnxruntime-gpu==1.18.0\n",
        "app.py": "import rembg\n",
    }
    assert not changed(tmp_path / "a", "W10", files)
    files["requirements.txt"] = files["requirements.txt"].replace("[gpu]", "")
    assert changed(tmp_path / "b", "W10", files)
