"""The Dockerfile of a much-read article: many RUN lines, the full image, plain torch. One command makes it right."""

from __future__ import annotations

import shutil
from pathlib import Path

from jettison.commands import main
from jettison.lint import linted, project

ARTICLE = Path(__file__).parents[2] / "bench" / "lint" / "article"
DOCKERFILE = """\
FROM python:3.11-slim

# system packages

WORKDIR /app

# Python packages
RUN pip install --no-cache-dir --upgrade pip
RUN pip install --extra-index-url https://download.pytorch.org/whl/cpu --no-cache-dir torch
RUN pip install --no-cache-dir transformers
RUN pip install --no-cache-dir flask gunicorn

COPY . .

# make the image smaller
RUN rm -rf /root/.cache
RUN rm -rf /var/lib/apt/lists/*

EXPOSE 5127
RUN useradd --uid 10001 --create-home app
USER 10001
CMD ["gunicorn", "--bind", "0.0.0.0:5127", "app:app"]
"""
"""Everything that it installs has a wheel, so that neither a compiler nor a stage for one is needed."""
IGNORED = """\
# What the image does not need, and how much of it lay here when this was written.
# history of version control: 40 MB
.git
# bytecode of this machine's Python: 2 kB
**/__pycache__
# notebooks: 3 MB
**/*.ipynb
"""


def service(at: Path) -> Path:
    """The article's folder with what usually lies there, too."""
    shutil.copytree(ARTICLE, at, ignore=shutil.ignore_patterns("__pycache__"))
    sizes = {".git/objects/pack/p.pack": 40_000_000, "__pycache__/app.cpython-311.pyc": 2_000}
    for name, size in {**sizes, "try.ipynb": 1_000_000, "notes/more.ipynb": 2_000_000}.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        with (at / name).open("wb") as file:
            file.truncate(size)
    return at


def test_one_command_makes_it_right(tmp_path: Path) -> None:
    folder = service(tmp_path / "service")
    main(["lint", str(folder), "--fix-verify"])
    assert (folder / "Dockerfile").read_text() == DOCKERFILE
    assert (folder / ".dockerignore").read_text() == IGNORED
    assert (folder / "app.py").read_bytes() == (ARTICLE / "app.py").read_bytes()
    # A second run has nothing to mend.
    assert linted(project(folder), ("safe", "verify")).changed == ()


def test_the_report_says_what_each_part_saves_and_claims_nothing_for_joined_lines(tmp_path: Path) -> None:
    found = linted(project(service(tmp_path / "service")), ("safe", "verify"))
    saved = {each.code: each.saving for each in found.applied if each.saving}
    assert saved["L13"].size_bytes == 43_002_000
    assert saved["L13"].known == "measured"
    # The base with its tools and torch's CUDA libraries: each of them more than any other part.
    rest = [each.size_bytes for code, each in saved.items() if code not in ("B01", "W01")]
    assert min(saved["B01"].size_bytes, saved["W01"].size_bytes) > max(rest)
    assert {"W01", "L01", "L07", "L08", "L09", "B01", "L13"} <= {each.code for each in found.applied}
    # Lines that are only many are not called a saving.
    many = [each for each in found.findings if each.code == "L06"]
    assert many
    assert all("about 0 bytes" in each.message for each in many)
