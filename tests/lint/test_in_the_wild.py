"""Services out in the world whose fix would have broken them: what makes a rule hold back."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_harmless import HEAD, INSTALL, changed

APT = "RUN apt-get update && apt-get install -y --no-install-recommends {} && rm -rf /var/lib/apt/lists/*\n"
UV = "COPY --from=ghcr.io/astral-sh/uv:0.5.11 /uv /bin/uv\n"
NVIDIA = "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\n"


def test_uv_stays_where_a_stage_beside_the_image_calls_it(tmp_path: Path) -> None:
    head = f"FROM python:3.12-slim AS base\n{UV}FROM base AS deps\n"
    last = "FROM base\nRUN uv pip install --system flask\n"
    called = changed(tmp_path / "a", "L02", {"Dockerfile": f"{head}RUN uv sync\n{last}"})
    assert "--mount=from" not in called.get("Dockerfile", "")
    assert "--mount=from" in changed(tmp_path / "b", "L02", {"Dockerfile": f"{head}RUN true\n{last}"})["Dockerfile"]


def test_no_environment_is_made_beside_an_interpreter_that_is_named(tmp_path: Path) -> None:
    text = f"{HEAD}{APT.format('gcc git')}COPY . .\n{INSTALL}{{}}\n"
    files = {"requirements.txt": "x @ git+https://example.org/x.git\n", "app.py": ""}
    named = text.format('ENTRYPOINT ["/usr/local/bin/python", "app.py"]')
    assert not changed(tmp_path / "a", "L10", {**files, "Dockerfile": named})
    assert changed(tmp_path / "b", "L10", {**files, "Dockerfile": text.format('ENTRYPOINT ["python", "app.py"]')})


def test_a_project_that_is_compiled_is_not_made_into_stages(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"{HEAD}{APT.format('gcc cmake')}COPY . .\nRUN pip install .\nCMD python app.py\n",
        "pyproject.toml": '[build-system]\nrequires = ["scikit-build-core"]\n[project]\nname = "a"\nversion = "1"\n',
        "app.py": "",
    }
    assert not changed(tmp_path, "L10", files)


def test_what_a_script_calls_that_nobody_read_stays(tmp_path: Path) -> None:
    text = f"{HEAD}{APT.format('curl git')}{{}}COPY app.py .\nCMD python app.py\n"
    cloned = "RUN git clone https://example.org/x /x\nRUN /x/start.sh\n"
    assert not changed(tmp_path / "a", "L09", {"Dockerfile": text.format(cloned), "app.py": ""})
    read = {"Dockerfile": text.format("COPY start.sh .\nRUN bash start.sh\n"), "app.py": "", "start.sh": "echo a\n"}
    assert "curl" not in changed(tmp_path / "b", "L09", read)["Dockerfile"]


@pytest.mark.parametrize(
    ("script", "held_back"),
    [
        ("#!/bin/sh\nmkdir -p /data/models\nexec python app.py\n", True),
        ('#!/bin/bash\nfor to in "$@"; do rm -rf "$to"; mkdir -vp "$to"; done\nexec python app.py\n', True),
        ("#!/bin/sh\nln -s /models/x /root/.cache/x\n", True),
        ("#!/bin/sh\nmkdir -p /tmp/models\nexec python app.py\n", False),
        ("#!/bin/sh\nset -e\nexec python app.py --port $PORT\n", False),
    ],
)
def test_a_user_is_not_made_where_the_start_script_makes_files(tmp_path: Path, script: str, *, held_back: bool) -> None:
    text = f'{HEAD}COPY . .\n{INSTALL}ENTRYPOINT ["./entry.sh"]\n'
    files = {"Dockerfile": text, "requirements.txt": "flask\n", "entry.sh": script, "app.py": ""}
    assert (changed(tmp_path, "R01", files) == {}) == held_back


def test_a_user_is_not_made_for_code_that_was_cloned(tmp_path: Path) -> None:
    text = f"{HEAD}RUN git clone https://example.org/x /app\n{INSTALL}CMD python app.py\n"
    assert not changed(tmp_path, "R01", {"Dockerfile": text})


def test_libgl_stays_where_a_requirement_brings_opencv_with_windows(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"{HEAD}{APT.format('libgl1 libglib2.0-0')}COPY . .\n{INSTALL}CMD python app.py\n",
        "requirements.txt": "opencv-python-headless\nrapidocr-onnxruntime==1.4.4\n",
        "app.py": "import cv2\nimport rapidocr_onnxruntime\n",
    }
    assert "libgl1" in changed(tmp_path / "a", "W13", files).get("Dockerfile", files["Dockerfile"])
    files |= {"requirements.txt": "opencv-python-headless\n", "app.py": "import cv2\n"}
    assert "libgl1" not in changed(tmp_path / "b", "W13", files)["Dockerfile"]


def test_code_that_knows_no_cpu_keeps_cuda(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"{NVIDIA}COPY . .\nRUN pip3 install torch\nCMD python3 app.py\n",
        "app.py": 'import torch\nmodel = torch.nn.Linear(2, 2).to("cuda")\n',
    }
    for code in ("B02", "W01"):
        assert not changed(tmp_path / code, code, files)
    files["app.py"] = 'import torch\ndevice = "cuda" if torch.cuda.is_available() else "cpu"\n'
    for code in ("B02", "W01"):
        assert changed(tmp_path / f"{code}-either", code, files)


@pytest.mark.parametrize(
    "more", ["ENV PATH=/usr/local/cuda/bin:$PATH\n", "RUN nvcc -V\n", "RUN cmake -DGGML_CUDA=ON .\n"]
)
def test_a_base_whose_cuda_is_used_stays(tmp_path: Path, more: str) -> None:
    assert not changed(tmp_path, "B02", {"Dockerfile": f"{NVIDIA}{more}RUN pip3 install flask\nCMD python3 app.py\n"})


def test_an_index_for_another_device_is_none_of_cuda(tmp_path: Path) -> None:
    text = f"{HEAD}RUN pip install torch==2.8.0 --index-url https://download.pytorch.org/whl/xpu\nCMD python app.py\n"
    assert not changed(tmp_path, "W01", {"Dockerfile": text})


@pytest.mark.parametrize(
    ("packages", "more", "after"),
    [
        ("gcc", "", "gcc libc6-dev"),
        ("gcc g++", "", "gcc g++"),
        ("curl", "", "curl"),
        ("cmake git", "RUN cmake --build /x\n", None),
        ("python3-pip git", "RUN python3 setup.py install\n", None),
        ("software-properties-common", "", None),
    ],
)
def test_what_a_compiler_only_recommends_is_not_lost(
    tmp_path: Path, packages: str, more: str, after: str | None
) -> None:
    text = f"FROM python:3.12-slim\nRUN apt-get update && apt-get install -y {packages}\n{more}CMD python app.py\n"
    made = changed(tmp_path, "L08", {"Dockerfile": text}).get("Dockerfile")
    assert made == (after and text.replace(f"-y {packages}", f"--no-install-recommends -y {after}"))


def test_a_compiler_stays_where_it_alone_brings_openmp(tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"FROM python:3.11-slim\nWORKDIR /app\n{APT.format('build-essential')}COPY . .\n{INSTALL}"
        "CMD python app.py\n",
        "requirements.txt": "lightgbm==4.6.0\nflask==3.0.0\n",
        "app.py": "import lightgbm\nimport flask\n",
    }
    assert not changed(tmp_path / "a", "W17", files)
    files["Dockerfile"] = files["Dockerfile"].replace("build-essential", "build-essential libgomp1")
    assert changed(tmp_path / "b", "W17", files)
