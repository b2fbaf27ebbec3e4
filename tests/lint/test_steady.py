"""The same folder gives the same findings, however often it is asked."""

from __future__ import annotations

from pathlib import Path

from jettison.lint import findings, project

LINES = (
    "RUN pip install -r requirements.txt",
    "RUN pip install boto3 easyocr && python -m pip install -t /deps nvidia-cudnn-cu12",
    "RUN --mount=type=bind,target=/r,source=requirements.txt pip install -r /r",
    "RUN pip install -c constraints.txt -r requirements.txt flask; python3 -m pip install flask",
)


def test_what_was_found_of_one_install_is_not_taken_for_another(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("--index-url https://download.pytorch.org/whl/cpu\ntorch\n")
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\nCOPY . .\n" + "\n".join(LINES * 3) + "\n")
    seen = {tuple((each.code, each.file, each.line) for each in findings(project(tmp_path))) for _ in range(15)}
    assert len(seen) == 1
