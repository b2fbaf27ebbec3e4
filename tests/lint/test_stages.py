"""Two stages out of one: what is understood is dealt out, the rest is refused with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import dockerfile as buildkit
from jettison.lint import linted, project, rules_named
from jettison.lint.staging import staged

TOOLS = "RUN apt-get update && apt-get install -y --no-install-recommends gcc git libgomp1\n"
START = f"FROM python:3.11-slim\n{TOOLS}"
END = 'CMD ["gunicorn", "app:app"]\n'


def made(at: Path, text: str, files: Mapping[str, str] | None = None) -> str:
    """The Dockerfile after L10; it still parses, and a second look leaves it as it is."""
    for name, content in {"Dockerfile": text, **(files or {})}.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(content)
    found = linted(project(at), ("verify",), rules_named(["L10"]))
    after = {change.path: change.after for change in found.changed}.get("Dockerfile", text)
    buildkit.parse_string(after)
    (at / "Dockerfile").write_text(after)
    assert linted(project(at), ("verify",), rules_named(["L10"])).changed == ()
    return after


def final(text: str) -> str:
    return text[text.rindex("\nFROM ") + 1 :]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("RUN pip install --user flask\n", "another place"),
        ("RUN pip install -e .\n", "another place"),
        ("RUN /usr/bin/python3 -m pip install flask\n", "by its place"),
        ("USER app\nRUN pip install flask\n", "changes the user"),
        ("RUN pip install uv && uv pip install --system flask\n", "installs with uv"),
        ("RUN conda install flask\nRUN pip install x\n", "installs with conda"),
        ("RUN git clone https://example.org/x && pip install ./x\n", "need git is not known"),
        ("RUN make all\nRUN pip install flask\n", "calls make"),
        ("RUN curl https://example.org/x | sh\nRUN pip install flask\n", "curl is not known"),
        ("RUN [[ -f x ]] && pip install flask\n", "not understood"),
        ("SHELL [\"/bin/bash\", \"-c\"]\nRUN pip install flask\n", "holds for what follows"),
        ("ENV PATH=/opt/bin\nRUN pip install flask\n", "sets PATH anew"),
        ("RUN pip install flask\nCMD /usr/local/bin/gunicorn app:app\n", "names /usr/local/bin/gunicorn"),
        ("RUN pip install flask\nENV PLACE=/usr/local/lib/python3.11/site-packages/\n", "site-packages"),
        ("RUN apt-get update && apt-get install libstrange-dev\nRUN pip install flask\n", "library of libstrange-dev"),
        ("RUN apt-get install -y -t sid gcc\nRUN pip install flask\n", "another release"),
        ("RUN echo deb x > /etc/apt/sources.list.d/x.list && apt-get update\nRUN pip install flask\n", "come from"),
        ("RUN cd /x && pip install flask && ls\n", "need cd is not known"),
        ("RUN pip install flask && cd /x && ls\n", "sets something"),
        ("RUN ls\n", "nothing is installed with pip"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(body: str, reason: str, tmp_path: Path) -> None:
    text = START + body + END
    assert made(tmp_path, text) == text
    service = project(tmp_path)
    assert reason in staged(service, service.builds[0]).refused
    # L09 then says what lies there, and why it was left.
    found = linted(service, rules=rules_named(["L09"])).findings
    assert any("gcc" in each.message and reason in each.advice for each in found) or reason == "not understood"


@pytest.mark.parametrize(
    "base", ["debian:12", "python:3.11-alpine", "nvidia/cuda:12.4.1-base-ubuntu22.04", "company/x:1"]
)
def test_another_base_is_left_alone(base: str, tmp_path: Path) -> None:
    text = f"FROM {base}\n{TOOLS}RUN pip install flask\n{END}"
    assert made(tmp_path, text) == text


def test_tools_that_something_calls_stay(tmp_path: Path) -> None:
    files = {"app.py": 'import subprocess\nsubprocess.run(["git", "log"])\n'}
    after = made(tmp_path, f"{START}RUN pip install flask\nCOPY . .\n{END}", files)
    assert "install -y --no-install-recommends git libgomp1" in final(after)
    assert "gcc" not in final(after)


def test_programs_that_nothing_calls_are_no_reason_for_stages(tmp_path: Path) -> None:
    text = "FROM python:3.11\nRUN apt-get update && apt-get install -y git curl libgomp1\nRUN pip install flask\n"
    (tmp_path / "Dockerfile").write_text(text)
    found = linted(project(tmp_path), ("verify",), rules_named(["L09", "L10", "B01"]))
    assert [each.code for each in found.applied] == ["L09", "B01"]
    assert found.changed[0].after == text.replace(":3.11", ":3.11-slim").replace(" git curl", "")
    # With a requirement that pip gets with git, git is needed to build, and two stages it is.
    text += "RUN pip install git+https://example.org/x.git\n"
    assert "FROM python:3.11 AS build" in made(tmp_path / "git", text)


def test_a_service_that_compiles_while_it_runs_keeps_its_compiler(tmp_path: Path) -> None:
    text = START.replace("gcc", "g++ cmake") + f"RUN pip install torch\nCOPY . .\n{END}"
    code = {"app.py": "import torch\nm = torch.compile(m)\n"}
    assert " g++ " in final(made(tmp_path, text, code))
    assert " build-essential " in final(made(tmp_path / "whole", text.replace("g++", "build-essential"), code))


def test_a_program_that_a_compose_file_s_check_calls_stays_in_the_final_stage(tmp_path: Path) -> None:
    text = START.replace("gcc", "gcc curl") + f"RUN pip install flask\nCOPY . .\n{END}"
    check = 'services:\n  api:\n    healthcheck:\n      test: ["CMD", "curl", "-f", "http://localhost"]\n'
    assert " curl " in final(made(tmp_path / "a", text, {"compose.yaml": check}))
    assert "curl" not in final(made(tmp_path / "b", text))


def test_the_slim_image_gets_what_the_full_one_had_and_wheels_need(tmp_path: Path) -> None:
    files = {"requirements.txt": "opencv-python\nultralytics\nsoundfile==0.10.3\n", "app.py": ""}
    text = (
        f"FROM python:3.11\n{TOOLS}COPY . .\nRUN pip install -r requirements.txt\nHEALTHCHECK CMD curl localhost\n{END}"
    )
    after = final(made(tmp_path, text, files))
    assert after.startswith("FROM python:3.11-slim\n")
    (apt,) = [line for line in after.splitlines() if "apt-get install" in line]
    assert {*apt.split()} >= {"libgl1", "libglib2.0-0", "libsndfile1", "libgomp1", "curl"}


def test_versions_upgrades_and_several_installs_are_kept(tmp_path: Path) -> None:
    text = (
        "FROM python:3.11-slim AS app\nARG X=1\nRUN apt-get update && apt-get upgrade -y && \\\n"
        "    apt-get install -y gcc libgomp1=12.2.0-14\n"
        "RUN pip install flask\nRUN python -m spacy download en_core_web_sm && mkdir /data\nRUN pip install gunicorn\n"
        "RUN apt-get install -y ffmpeg\nENV A=1\nUSER nobody\n# the end\n"
    )
    after = made(tmp_path, text)
    assert after.startswith("FROM python:3.11-slim AS build\nARG X=1\n")
    assert final(after) == (
        "FROM python:3.11-slim AS app\nARG X=1\n"
        "RUN apt-get update \\\n    && apt-get upgrade -y \\\n"
        "    && apt-get install -y --no-install-recommends libgomp1=12.2.0-14 ffmpeg \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
        "COPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
        "RUN mkdir /data\nENV A=1\nUSER nobody\n# the end\n"
    )


def test_a_tool_that_is_removed_in_its_own_run_is_no_finding(tmp_path: Path) -> None:
    text = (
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc && pip install flask && "
        "apt-get purge -y --auto-remove gcc && rm -rf /var/lib/apt/lists/*\n"
    )
    assert made(tmp_path, text) == text
    assert linted(project(tmp_path), rules=rules_named(["L09", "L10"])).findings == ()
