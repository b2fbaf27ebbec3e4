"""A service without a GPU gets no CUDA: what the real tools resolve before and after the fixes, on two indexes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from jettison.environments import Wanted, prepared
from jettison.lint.cpu_torch.names import is_cuda
from jettison.packages import uv
from jettison.pipeline.linting import checked, written
from jettison.records import Linted, finished
from jettison.workspace import Workspace
from tests.lint.torch_indexes import Indexes, make_wheels, serving

BASE = "FROM python:3.11-slim\n"
CPU = "https://download.pytorch.org/whl/cpu"
UV = str(uv.program())
PROJECT = """\
[project]
name = "service"
version = "1"
requires-python = ">=3.11"
dependencies = [
    "flask",  # web
    %s,
]
"""


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexes]:
    folder = tmp_path_factory.mktemp("indexes")
    make_wheels(folder)
    with serving(folder) as found:
        yield found


@pytest.fixture
def service(indexes: Indexes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; every tool that starts from here sees the two indexes alone."""
    wanted = indexes.variables(tmp_path)
    for name in set(os.environ) - set(wanted):
        monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "service").mkdir()
    return tmp_path / "service"


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def mended(folder: Path, *, refresh_locks: bool = False) -> Linted:
    found = checked(folder, only=["W"], classes=("safe", "verify"), refresh_locks=refresh_locks)
    written(folder, found)
    assert checked(folder, only=["W"], classes=("safe", "verify")).changed == (), "fixing twice is fixing once"
    return found


def run(*arguments: str | Path, folder: Path) -> str:
    done = subprocess.run([*map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout + (done.stderr if "--dry-run" in arguments and arguments[0] == UV else "")


def installed(folder: Path) -> dict[str, str]:
    """What the install commands of the Dockerfile would install, by the tools themselves."""
    found: dict[str, str] = {}
    text = (folder / "Dockerfile").read_text().replace("\\\n", " ")
    for line in re.findall(r"(?:pip3?|uv pip) install [^\n&]+", text):
        words = shlex.split(line.replace("--system", ""))
        if words[0] == "uv":
            empty = folder.parent / "empty"
            said = run(UV, *words[1:], "--dry-run", "--target", empty, "--python", sys.executable, folder=folder)
            found |= dict(re.findall(r"^ \+ (\S+)==(\S+)$", said, re.M))
        else:
            pip = (sys.executable, "-m", "pip", "-q", *words[1:])
            report = run(*pip, "--dry-run", "--ignore-installed", "--report", "-", folder=folder)
            metadata = [each["metadata"] for each in json.loads(report)["install"]]
            found |= {each["name"]: each["version"] for each in metadata}
    return found


def pinned(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.M))


def locked(path: Path) -> dict[str, str]:
    return {each["name"]: each["version"] for each in tomllib.loads(path.read_text())["package"] if "version" in each}


def cuda(packages: Mapping[str, str]) -> set[str]:
    return {name for name in packages if is_cuda(name)}


def assert_cpu(packages: Mapping[str, str], torch: str = "2.9.1") -> None:
    assert not cuda(packages)
    family = {name: version for name, version in packages.items() if name in ("torch", "torchvision", "torchaudio")}
    assert family["torch"] == f"{torch}+cpu"
    assert all(version.endswith("+cpu") for version in family.values())
    if "charset-normalizer" in packages:
        assert packages["charset-normalizer"] == "3.4.4", "PyTorch's index has an old copy"


COMMANDS = {
    "pip-direct": {
        "requirements.txt": "flask\ntorch\ntorchvision\ntorchaudio\nrequests\n",
        "Dockerfile": "pip install -r requirements.txt",
    },
    "pip-transitive": {
        "requirements.txt": "sentence-transformers\neasyocr\n",
        "Dockerfile": "pip install -r requirements.txt",
    },
    "pip-words": {"Dockerfile": "pip install --no-cache-dir \\\n    sentence-transformers flask"},
    "pip-constraints": {
        "requirements.txt": "easyocr\nrequests\n",
        "constraints.txt": "torch==2.3.1\n",
        "Dockerfile": "pip install -r requirements.txt -c constraints.txt",
    },
    "uv-pip-direct": {"Dockerfile": "uv pip install --system torch torchvision requests"},
    "uv-pip-transitive": {
        "requirements.txt": "sentence-transformers\neasyocr\n",
        "Dockerfile": "uv pip install --system -r requirements.txt",
    },
    "uv-pip-and-pip-read-one-file": {
        "requirements.txt": "sentence-transformers\n",
        "Dockerfile": "uv pip install --system -r requirements.txt\n"
        f"{BASE}COPY . .\nRUN pip install -r requirements.txt\nCOPY --from=0 /usr/local/lib /opt/other",
    },
}


@pytest.mark.parametrize("files", COMMANDS.values(), ids=COMMANDS)
def test_pip_and_uv_pip_install_no_cuda(service: Path, files: Mapping[str, str]) -> None:
    write(service, {**files, "Dockerfile": f"{BASE}COPY . .\nRUN {files['Dockerfile']}\n"})
    assert len(cuda(installed(service))) >= 4
    mended(service)
    assert_cpu(installed(service), "2.3.1" if "==2.3.1" in "".join(files.values()) else "2.9.1")


COMPILED = {
    "pip-compile": "# This file is autogenerated by pip-compile with Python 3.11\n"
    "# by the following command:\n#\n#    pip-compile requirements.in\n#\n",
    "uv": "# This file was autogenerated by uv via the following command:\n"
    "#    uv pip compile requirements.in -o requirements.txt\n",
}


def compile_it(service: Path, tool: str, source: str, *options: str) -> None:
    write(service, {"requirements.in": source, "Dockerfile": f"{BASE}COPY . .\nRUN pip install -r requirements.txt\n"})
    made = run(UV, "pip", "compile", "-q", "requirements.in", "--no-header", *options, folder=service)
    head = COMPILED[tool].replace("requirements.in", " ".join((*options, "requirements.in")))
    write(service, {"requirements.txt": head + made})


DIRECT, TRANSITIVE = "torch==2.3.1\nrequests\n", "sentence-transformers\ntorch<2.9\n"


@pytest.mark.parametrize(
    ("tool", "source", "refresh_locks"),
    [
        ("pip-compile", DIRECT, False),
        ("pip-compile", TRANSITIVE, True),
        ("uv", TRANSITIVE, False),
        ("uv", DIRECT, True),
    ],
    ids=["pip-compile-in-place", "pip-compile-again", "uv-in-place", "uv-again"],
)
def test_compiled_requirements_lose_cuda_and_keep_their_versions(
    service: Path, tool: str, source: str, refresh_locks: bool
) -> None:
    compile_it(service, tool, source)
    assert len(cuda(pinned(service / "requirements.txt"))) >= 4
    found = mended(service, refresh_locks=refresh_locks)
    assert not found.notes
    assert_cpu(pinned(service / "requirements.txt") if refresh_locks else installed(service), "2.3.1")
    text = (service / "requirements.txt").read_text()
    assert text.startswith(COMPILED[tool].splitlines()[0])
    assert ("torch==2.3.1+cpu" in text) is refresh_locks
    if tool == "pip-compile":
        assert f"--extra-index-url {CPU}" in (service / "requirements.in").read_text()


@pytest.mark.parametrize("tool", COMPILED)
def test_files_with_hashes_change_only_together_with_their_compilation(service: Path, tool: str) -> None:
    compile_it(service, tool, "sentence-transformers\n", "--generate-hashes")
    before = {path.name: path.read_bytes() for path in service.iterdir()}
    found = mended(service)
    assert {each.code for each in found.findings} >= {"W02"}
    assert {path.name: path.read_bytes() for path in service.iterdir()} == before

    mended(service, refresh_locks=True)
    text = (service / "requirements.txt").read_text()
    assert "--hash=sha256:" in text
    assert_cpu(installed(service))


def test_hashes_stay_when_the_index_does_not_answer(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_it(service, "pip-compile", "torch\n", "--generate-hashes")
    before = {path.name: path.read_bytes() for path in service.iterdir()}
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(service.parent / "empty"))
    found = checked(service, only=["W"], classes=("safe", "verify"), refresh_locks=True)
    written(service, found)
    assert {path.name: path.read_bytes() for path in service.iterdir()} == before
    assert "requirements.txt could not be compiled again" in " ".join(found.notes)


@pytest.mark.parametrize("wanted", ['"torch==2.3.1", "torchvision"', '"sentence-transformers"', '"easyocr>=1"'])
def test_uv_projects_lock_no_cuda(service: Path, wanted: str) -> None:
    write(service, {"pyproject.toml": PROJECT % wanted, "Dockerfile": f"{BASE}COPY . .\nRUN uv sync --locked\n"})
    run(UV, "lock", folder=service)
    assert len(cuda(locked(service / "uv.lock"))) >= 4
    found = mended(service, refresh_locks=True)
    assert not found.notes
    assert_cpu(locked(service / "uv.lock"), "2.3.1" if "2.3.1" in wanted else "2.9.1")
    run(UV, "lock", "--check", folder=service)
    assert '"flask",  # web' in (service / "pyproject.toml").read_text()


def test_a_lock_that_was_not_made_again_is_said(service: Path) -> None:
    write(service, {"pyproject.toml": PROJECT % '"torch"', "Dockerfile": f"{BASE}COPY . .\nRUN uv sync\n"})
    run(UV, "lock", folder=service)
    assert "uv.lock is older than its project file now" in " ".join(mended(service).notes)
    # The next look finds it too: the project is right, and the lock still brings CUDA.
    later = checked(service, only=["W"])
    assert any(each.code in ("W03", "W06") and each.file == "uv.lock" for each in later.findings)
    mended(service, refresh_locks=True)
    assert_cpu(locked(service / "uv.lock"))


def test_an_export_loses_the_index_and_gets_it_back(service: Path) -> None:
    write(
        service,
        {
            "pyproject.toml": PROJECT % '"easyocr"',
            "Dockerfile": f"{BASE}COPY . .\nRUN pip install -r requirements.txt\n",
        },
    )
    (service / "uv.toml").write_text("")
    with_sync = f"{BASE}COPY . .\nRUN uv sync --locked\n"
    dockerfile = (service / "Dockerfile").read_text()
    run(UV, "lock", folder=service)
    write(service, {"Dockerfile": with_sync})
    mended(service, refresh_locks=True)
    write(service, {"Dockerfile": dockerfile})
    run(UV, "export", "-q", "--no-emit-project", "-o", "requirements.txt", folder=service)
    with pytest.raises(AssertionError, match=r"No matching distribution|Could not find a version"):
        installed(service)
    found = mended(service)
    assert {each.code for each in found.applied} == {"W07"}
    assert_cpu(installed(service))


def test_an_index_for_torch_shadows_nothing(service: Path) -> None:
    write(service, {"Dockerfile": f"{BASE}RUN uv pip install --system --extra-index-url {CPU} torch requests\n"})
    assert installed(service)["charset-normalizer"] == "2.1.1"
    found = mended(service)
    assert {each.code for each in found.applied} == {"W04"}
    assert_cpu(installed(service))


def test_companions_come_from_where_torch_does(service: Path) -> None:
    write(
        service,
        {"Dockerfile": f"{BASE}RUN pip install torch --index-url {CPU}\nRUN pip install torchvision flask\n"},
    )
    assert installed(service)["torchvision"] == "0.24.1"
    found = mended(service)
    assert {each.code for each in found.applied} == {"W05"}
    assert installed(service)["torchvision"] == "0.24.1+cpu"


@pytest.fixture(scope="session")
def tools(user_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Poetry and pip-tools, in an environment of their own that a second run finds again: its folder of programs."""
    wanted = Wanted(name="lint-tools", requirements=("poetry>=2.1,<3", "pip-tools>=7.4", "pip<26"), python="3.11")
    python = finished(prepared(wanted, user_workspace)).python
    folder = tmp_path_factory.mktemp("programs")
    for name, module in (("poetry", "poetry"), ("pip-compile", "piptools compile")):
        (folder / name).write_text(f'#!/bin/sh\nexec {python} -m {module} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


POETRY = """\
[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
python = "^3.11"
%s  # the model
requests = "*"
"""
STANDARD = PROJECT + "\n[tool.poetry]\npackage-mode = false\n"


@pytest.mark.online
@pytest.mark.parametrize(
    "text",
    [POETRY % 'torch = "2.3.1"', STANDARD % '"sentence-transformers"'],
    ids=["direct", "standard-transitive"],
)
def test_poetry_projects_lock_no_cuda(
    tools: Path, service: Path, text: str, monkeypatch: pytest.MonkeyPatch, indexes: Indexes
) -> None:
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    # Poetry has no variable for its default index: the project names the one of this machine.
    text += f'\n[[tool.poetry.source]]\nname = "here"\nurl = "{indexes.url}"\npriority = "primary"\n'
    write(service, {"pyproject.toml": text, "Dockerfile": f"{BASE}COPY . .\nRUN poetry install --only main\n"})
    run("poetry", "lock", "-n", folder=service)
    assert len(cuda(locked(service / "poetry.lock"))) >= 4
    found = mended(service, refresh_locks=True)
    assert not found.notes
    assert_cpu(locked(service / "poetry.lock"), "2.3.1" if "2.3.1" in text else "2.9.1")
    run("poetry", "check", "--lock", folder=service)


@pytest.mark.online
def test_pip_compile_itself_finds_no_cuda_in_the_fixed_source(tools: Path, service: Path) -> None:
    write(
        service,
        {
            "requirements.in": "sentence-transformers\n",
            "Dockerfile": f"{BASE}COPY . .\nRUN pip install -r requirements.txt\n",
        },
    )
    compile_again = (tools / "pip-compile", "-q", "--strip-extras", "requirements.in")
    run(*compile_again, folder=service)
    assert len(cuda(installed(service))) >= 4
    mended(service)
    assert_cpu(installed(service))
    run(*compile_again, folder=service)
    assert_cpu(installed(service))
