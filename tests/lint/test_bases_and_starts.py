"""What rules about base images, starts and targets must not accuse, and where they must not change anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jettison.lint import findings, linted, project, rules_named
from jettison.lint.secret_words import covered
from jettison.records import Finding, Linted


def found(at: Path, files: Mapping[str, str], code: str, *targets: str) -> tuple[Finding, ...]:
    return findings(project(written(at, files), targets=targets or ("cpu",)), rules_named((code,)))


def mended(at: Path, files: Mapping[str, str], *codes: str) -> Linted:
    return linted(project(written(at, files)), ("safe", "verify"), rules_named(codes))


def written(at: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(text.encode())
    return at


@pytest.mark.parametrize(
    ("dockerfile", "why"),
    [
        ("FROM python:3.12\nRUN git clone https://example.com/x\n", "git"),
        ("FROM python:3.12\nHEALTHCHECK CMD curl -f http://localhost/\n", "curl"),
        ("FROM python:3.12\nRUN pip install lightgbm\n", "libgomp1"),
        ("FROM python:3.12\nRUN pip install git+https://example.com/x\n", "git"),
        ("FROM python:3.12\nRUN apt-get update && apt-get install -y build-essential\n", "build-essential"),
        ("FROM python:3.12 AS a\nFROM a AS b\nRUN make\nFROM a\n", "make"),
        ("FROM python:3.12\nONBUILD RUN make\n", "line 2"),
    ],
)
def test_the_full_image_stays_where_slim_lacks_something_and_the_advice_names_it(
    dockerfile: str, why: str, tmp_path: Path
) -> None:
    (finding,) = found(tmp_path, {"Dockerfile": dockerfile}, "B01")
    assert not finding.changes
    assert why in finding.advice
    assert finding.saving is not None
    assert finding.saving.size_bytes > 800_000_000


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM python:3.12-alpine\n",
        "FROM python:3.12-windowsservercore-ltsc2022\n",
        "FROM example.com/python:3.12\n",
        "ARG BASE\nFROM ${BASE}\n",
        "FROM scratch\nCOPY x /x\n",
        "FROM python:3.12 AS tools\nFROM python:3.12-slim\n",
    ],
)
def test_what_is_no_full_python_image_is_not_taken_for_one(dockerfile: str, tmp_path: Path) -> None:
    assert not found(tmp_path, {"Dockerfile": dockerfile}, "B01")


def test_a_package_that_needs_cuda_keeps_the_cuda_image(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM nvidia/cuda:12.1.0-devel-ubuntu22.04\nRUN pip install flash-attn\n"}
    (finding,) = found(tmp_path, files, "B02")
    assert not finding.changes
    assert "--target gpu" in finding.advice


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "FROM python:3.12-slim\nUSER 1000\nCMD python a.py\n"},
        {"Dockerfile": "FROM mcr.microsoft.com/azure-functions/python:4-python3.11\nCMD x\n"},
        {"Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nCMD a.b\n"},
        {"Dockerfile": "FROM example.com/ours/python-base:1\nCMD python a.py\n"},
        {"Dockerfile": "FROM gcr.io/distroless/python3-debian12:nonroot\nCMD a.py\n"},
        {"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask\n"},
        {
            "Dockerfile": 'FROM python:3.12-slim\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
            "run.sh": "#!/bin/sh\nexec gosu app python a.py\n",
        },
        {"Dockerfile": "FROM python:3.12-slim\nCMD uwsgi --http :80 --uid www-data\n"},
    ],
)
def test_a_service_that_is_not_root_or_gives_it_up_is_not_accused(files: dict[str, str], tmp_path: Path) -> None:
    assert not found(tmp_path, files, "R01")


@pytest.mark.parametrize(
    ("dockerfile", "why"),
    [
        (
            "FROM python:3.12-slim\nCOPY --from=b /root/.local /root/.local\nCMD python a.py\n",
            "line 2 uses root's home",
        ),
        ("FROM python:3.12-slim\nRUN useradd app\nCMD python a.py\n", "line 2 makes one already"),
        ("FROM python:3.12-slim\nCMD gunicorn -b 0.0.0.0:80 a:a\n", "port 80"),
        ("FROM python:3.12-slim\nRUN echo 'open\nCMD python a.py\n", "line 2 was not understood"),
        ("FROM python:3.12-slim\nRUN hf download org/model\nCMD python a.py\n", "line 2 downloads"),
        ("FROM rockylinux:9\nCMD python3 a.py\n", "how its system makes users"),
    ],
)
def test_no_user_is_made_where_it_could_not_read_or_do_what_root_did(dockerfile: str, why: str, tmp_path: Path) -> None:
    (finding,) = found(tmp_path, {"Dockerfile": dockerfile}, "R01")
    assert not finding.changes
    assert why in finding.advice


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD gunicorn $OPTS a:a\n", "CMD exec gunicorn $OPTS a:a\n"),
        ("CMD python *.py\n", "CMD exec python *.py\n"),
        ("CMD ./start.sh\n", "CMD exec ./start.sh\n"),
        ("CMD a && b | c\n", "CMD a && b | c\n"),
        ("CMD nginx & gunicorn a:a\n", "CMD nginx & gunicorn a:a\n"),
        ("CMD [ -f x ] && gunicorn a:a\n", "CMD [ -f x ] && exec gunicorn a:a\n"),
        ("CMD exec gunicorn a:a\n", "CMD exec gunicorn a:a\n"),
        ('ENTRYPOINT ["python"]\nCMD a.py\n', 'ENTRYPOINT ["python"]\nCMD a.py\n'),
        ('ENTRYPOINT ["/run.sh"]\nCMD gunicorn a:a\n', 'ENTRYPOINT ["/run.sh"]\nCMD exec gunicorn a:a\n'),
        ("CMD ['python', 'a.py']\n", "CMD ['python', 'a.py']\n"),
        ("CMD python -c 'print(\"é\")'\n", 'CMD ["python", "-c", "print(\\"é\\")"]\n'),
        (
            'SHELL ["/bin/bash", "--login", "-c"]\nCMD python a.py\n',
            'SHELL ["/bin/bash", "--login", "-c"]\nCMD exec python a.py\n',
        ),
    ],
)
def test_a_start_gets_the_form_that_means_the_same(before: str, after: str, tmp_path: Path) -> None:
    head = "FROM python:3.12-slim\n"
    made = mended(tmp_path, {"Dockerfile": head + before}, "R03")
    assert (made.changed[0].after if made.changed else head + before) == head + after
    assert not made.notes


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "FROM python:3.12-slim\nENV UVICORN_HOST=0.0.0.0\nCMD uvicorn a:a\n"},
        {"Dockerfile": "FROM python:3.12-slim\nENV PORT=8080\nCMD gunicorn a:a\n"},
        {"Dockerfile": "FROM python:3.12-slim\nCMD gunicorn -c conf.py a:a\n"},
        {"Dockerfile": "FROM python:3.12-slim\nCMD gunicorn --bind unix:/tmp/x.sock a:a\n"},
        {"Dockerfile": "FROM python:3.12-slim\nCMD waitress-serve a:a\n"},
        {"Dockerfile": "FROM python:3.12-slim\nCMD fastapi run a.py\n"},
        {
            "Dockerfile": "FROM python:3.12-slim\n"
            "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.8.4 /lambda-adapter /opt/extensions/x\n"
            "CMD uvicorn a:a\n"
        },
        {
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nCMD python s.py\n",
            "s.py": "import os, uvicorn\nuvicorn.run('a:a', host=os.environ['HOST'])\n",
        },
    ],
)
def test_a_start_that_can_be_reached_is_not_accused(files: dict[str, str], tmp_path: Path) -> None:
    assert not found(tmp_path, files, "T01")


def test_a_port_that_the_platform_is_told_elsewhere_is_right(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM python:3.12-slim\nCMD gunicorn -b 0.0.0.0:5000 a:a\n"}
    assert found(tmp_path, files, "T01", "cpu", "azure-app-service")
    files["main.bicep"] = "{ name: 'WEBSITES_PORT', value: '5000' }\n"
    assert not found(tmp_path, files, "T01", "cpu", "azure-app-service")


def test_an_excerpt_never_shows_a_secret(tmp_path: Path) -> None:
    secret = "correct-horse-battery"
    dockerfile = f'FROM python:3.12-slim\nENV DB_PASSWORD="{secret}" FLASK_DEBUG=1\nCMD flask run\n'
    made = found(tmp_path, {"Dockerfile": dockerfile}, "R")
    assert {"R06", "R08"} <= {each.code for each in made}
    assert secret not in repr(made)
    assert "DB_PASSWORD" in repr(made)


@pytest.mark.parametrize(
    "text",
    [
        "MAX_TOKENS=512",
        "TOKENIZERS_PARALLELISM=false",
        "HF_TOKEN=$TOKEN",
        "PASSWORD_FILE=/run/secrets/x",
        "TOKEN=",
        "é\r\n",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert covered(text) == text


def test_covering_keeps_every_place() -> None:
    text = "A=1 API_KEY='a b'\nurl https://me:pass-word@host/ TOKEN: abcdef\n"
    assert len(covered(text)) == len(text)
    assert not {"a b", "pass-word", "abcdef"} & set(covered(text).replace("'", " ").split(" "))
    assert [line[:1] for line in covered(text).splitlines()] == ["A", "u"]
