"""One stage that compiles or downloads tools, and ships them."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import Edit, FixClass, Saving
from ..builds import Build
from ..found import Found, changed
from ..project import Project
from ..rule import Example
from ..savings import of_bases, of_debian, of_table
from ..stage_checks import tools_in
from ..staging import Staging, staged, takes_tools_out
from ..system_libraries import tools_saving

CODE = "L10"
NAME = "stages"
SUMMARY = "a single stage installs with the help of tools, and ships the tools"
WHY = """\
Compilers, headers, git and curl are needed while packages are installed, and never again. In a single stage they stay,
also when a later RUN removes them. The fix makes two stages of it: a build stage with the tools and a virtual
environment, and a final stage on the slim image that takes the environment over, installs the runtime packages that
the Dockerfile installs (of a package with headers its library) and those that the distributions are known to need, and
keeps everything else: its order, its text, its comments.

Tools that a HEALTHCHECK, the start or the code calls stay. It does nothing, and says why, where pip installs to another
place or as another user, where another installer is used, where a RUN is not understood, or where a library's name is not
known (`lint/system_libraries.toml`)."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = (
    "docker/docs, build/building/multi-stage",
    "railwayapp/nixpacks, issue 653: 600 MB of build sources kept",
)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "# the service\nFROM python:3.11\nENV PYTHONUNBUFFERED=1\n# tools\n"
            "RUN apt-get update && apt-get install -y build-essential git libgl1\n"
            "WORKDIR /app\nCOPY requirements.txt .\n# packages\nRUN pip install -r requirements.txt\n"
            "COPY . .\nEXPOSE 8000\nUSER nobody\n"
            'CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]\n',
            "requirements.txt": "flask\ngunicorn\nlightgbm\n",
            "app.py": "import flask\n",
        },
        good={
            "Dockerfile": "# the service\nFROM python:3.11 AS build\nENV PYTHONUNBUFFERED=1\n# tools\n"
            "RUN apt-get update && apt-get install -y build-essential git libgl1\n"
            "WORKDIR /app\nCOPY requirements.txt .\nRUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
            "# packages\nRUN pip install -r requirements.txt\n"
            "\nFROM python:3.11-slim\nENV PYTHONUNBUFFERED=1\n"
            "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends libgl1 libgomp1 \\\n"
            "    && rm -rf /var/lib/apt/lists/*\n"
            "WORKDIR /app\n# packages\nCOPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
            "COPY . .\nEXPOSE 8000\nUSER nobody\n"
            'CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]\n',
            "requirements.txt": "flask\ngunicorn\nlightgbm\n",
            "app.py": "import flask\n",
        },
        title="The full image stays where things are built; LightGBM's wheel needs libgomp1 of the slim one.",
    ),
    Example(
        bad={
            "Dockerfile": "ARG PYTHON=3.12\r\nFROM python:${PYTHON}-slim AS app\r\nWORKDIR /srv\r\nCOPY . .\r\n"
            "RUN apt-get update && \\\r\n    apt-get install -y gcc curl libpq-dev && \\\r\n"
            "    python -m pip install -r requirements.txt && \\\r\n    rm -rf /var/lib/apt/lists/*\r\n"
            "RUN python -c \"import nltk; nltk.download('punkt')\"\r\n"
            "HEALTHCHECK CMD curl -f http://localhost:8000/health\r\n"
            "CMD uvicorn main:app --host 0.0.0.0",
            "requirements.txt": "psycopg2==2.9.9\nnltk\n",
        },
        good={
            "Dockerfile": "ARG PYTHON=3.12\nFROM python:${PYTHON}-slim AS app\nWORKDIR /srv\nCOPY . .\n"
            "RUN pip install -r requirements.txt\nCMD uvicorn main:app --host 0.0.0.0\n",
            "requirements.txt": "psycopg2==2.9.9\nnltk\n",
        },
        fixed={
            "Dockerfile": "ARG PYTHON=3.12\r\nFROM python:${PYTHON}-slim AS build\r\nWORKDIR /srv\r\nCOPY . .\r\n"
            "RUN python -m venv /opt/venv\r\nENV PATH=/opt/venv/bin:$PATH\r\n"
            "RUN apt-get update && \\\r\n    apt-get install -y gcc curl libpq-dev && \\\r\n"
            "    python -m pip install -r requirements.txt && \\\r\n    rm -rf /var/lib/apt/lists/*\r\n"
            "\r\nFROM python:${PYTHON}-slim AS app\r\nWORKDIR /srv\r\nCOPY . .\r\n"
            "RUN apt-get update \\\r\n    && apt-get install -y --no-install-recommends curl libpq5 \\\r\n"
            "    && rm -rf /var/lib/apt/lists/*\r\n"
            "COPY --from=build /opt/venv /opt/venv\r\nENV PATH=/opt/venv/bin:$PATH\r\n"
            "RUN python -c \"import nltk; nltk.download('punkt')\"\r\n"
            "HEALTHCHECK CMD curl -f http://localhost:8000/health\r\n"
            "CMD uvicorn main:app --host 0.0.0.0"
        },
        title="One RUN for all, CRLF, an ARG in the FROM: curl stays for the HEALTHCHECK, of libpq-dev only the library.",
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y --no-install-recommends g++\n"
            "RUN pip install flask && mkdir -p /models\nRUN rm -rf /root/.cache\n"
            'CMD ["flask", "run"]\n'
        },
        good={
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y --no-install-recommends libgomp1\n"
            'RUN pip install flask && mkdir -p /models\nCMD ["flask", "run"]\n'
        },
        fixed={
            "Dockerfile": "FROM python:3.11-slim AS build\n"
            "RUN apt-get update && apt-get install -y --no-install-recommends g++\n"
            "RUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nRUN pip install flask\n"
            "\nFROM python:3.11-slim\nCOPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
            'RUN mkdir -p /models\nCMD ["flask", "run"]\n'
        },
        title="What a RUN does besides installing goes to the final stage; what only removed caches goes.",
    ),
    Example(
        bad={"Dockerfile": 'FROM python:3.12-bookworm\nRUN pip install psycopg2 flask\nCMD ["flask", "run"]\n'},
        good={"Dockerfile": 'FROM python:3.12-bookworm\nRUN pip install flask\nCMD ["flask", "run"]\n'},
        fixed={
            "Dockerfile": "FROM python:3.12-bookworm AS build\nRUN python -m venv /opt/venv\n"
            "ENV PATH=/opt/venv/bin:$PATH\nRUN pip install psycopg2 flask\n\nFROM python:3.12-slim-bookworm\n"
            "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends libpq5 \\\n"
            "    && rm -rf /var/lib/apt/lists/*\n"
            'COPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nCMD ["flask", "run"]\n'
        },
        title="The full image compiles what has no wheel, and stays in the build stage.",
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile of one stage that ships tools and can be taken apart."""
    for build in project.builds:
        if not takes_tools_out(project, build):
            continue
        made = staged(project, build)
        line = next((line.instruction for _, line in tools_in(project, build)), build.stages[0].opened)
        names = ", ".join(made.left) or f"the compilers of {made.before}"
        keeps = f" and installs {', '.join(made.kept)}" if made.kept else ""
        yield Found(
            file=build.path,
            start=line.start,
            end=line.end,
            message=f"{names}: needed while packages are installed, and shipped with the service",
            advice=f"install in a stage of its own; the final stage stands on {made.base}{keeps}",
            fix="verify",
            changes=(
                changed(
                    build.path,
                    [Edit(start=made.start, end=len(build.dockerfile.text), replacement=made.text)],
                ),
            ),
            saving=_saving(project, build, made),
        )


def _saving(project: Project, build: Build, made: Staging) -> Saving | None:
    """The tools, and the difference of the bases."""
    changes_base = made.base != made.before
    tools = of_debian(project, made.left) or tools_saving(made.left, (*made.kept,), on_full_image=changes_base)
    base = of_bases(project, made.before, made.base) if changes_base else None
    both = [each for each in (base, tools) if each is not None]
    size = sum(each.size_bytes for each in both) - _OF_ENVIRONMENT_BYTES
    if size <= 0:
        return None
    return Saving(
        size_bytes=size,
        known="table" if any(each.known == "table" for each in both) else "weighed",
        source="; and ".join((*(each.source for each in both), "less the environment's own pip")),
        about=tuple(name for each in both for name in each.about),
    )


_OF_ENVIRONMENT_BYTES = of_table("pip-in-venv").size_bytes
"""The installer of the environment that is copied stands beside that of the base image."""
