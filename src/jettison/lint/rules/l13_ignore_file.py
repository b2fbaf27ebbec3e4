"""The build's folder holds things that no image needs, and no ignore file keeps them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...records import FixClass, Saving
from ..builds import Build
from ..found import Found
from ..ignore_files import hides_none_of, ignore_path, in_words, with_lines
from ..leftovers import KINDS, Leftover, leftovers, sources_of
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..weights import LEAST_BYTES

CODE = "L13"
NAME = "ignore-file"
SUMMARY = "the ignore file is missing or lets things through that no image needs"
WHY = """\
`COPY . .` takes everything that the ignore file does not name: the history of git, environments and bytecode of the
developer's machine, caches, notebooks, data sets, a training's optimizer state (twice the size of the model), keys.
Builders that send the whole folder also send what no COPY names.

The fix writes an ignore file out of what the folder really holds, or adds lines to the one that is there; its comments
and order stay. It never names what a COPY, an ADD or a mount names, what is above it, or what the Dockerfile, the
service's code or its settings name; a `.env` stays where something reads it, `.git` where the version comes from it, and
a checkpoint where it is the only model. Code that nothing reaches from what the Dockerfile starts does not count."""
FIX: FixClass = "safe"
ALSO: tuple[str, ...] = ()
SOURCES = (
    "docker/docs, build/building/best-practices: exclude with .dockerignore",
    "blueoil/blueoil, pull request 86: a context of several GB",
)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n',
            "app.py": "import flask\n",
            "train.py": 'open("data/train.csv")\n',
            "model/config.json": "{}",
        },
        good={
            "Dockerfile": 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n',
            "app.py": "import flask\n",
            "train.py": 'open("data/train.csv")\n',
            "model/config.json": "{}",
            ".dockerignore": ".git\n.venv\n**/__pycache__\n*.ipynb\ndata\n**/optimizer.pt\n",
        },
        fixed={
            ".dockerignore": "# What the image does not need, and how much of it lay here when this was written.\n"
            "# history of version control: 30 MB\n.git\n"
            "# Python environments of this machine: 200 MB\n.venv\n"
            "# bytecode of this machine's Python: 4 kB\n**/__pycache__\n"
            "# notebooks: 2 MB\ntry.ipynb\n"
            "# what only a training needs: 800 MB\nmodel/optimizer.pt\n"
            "# data sets: 50 MB\ndata\n"
        },
        sizes={
            ".git/objects/pack/p.pack": 30_000_000,
            ".venv/pyvenv.cfg": 100,
            ".venv/lib/python3.12/site-packages/torch/lib.so": 200_000_000,
            "__pycache__/app.cpython-312.pyc": 4_000,
            "try.ipynb": 2_000_000,
            "model/model.safetensors": 400_000_000,
            "model/optimizer.pt": 800_000_000,
            "data/train.csv": 50_000_000,
        },
        title="What the service's own code does not open stays out; the model does not.",
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nCOPY data/labels.csv /app/\nRUN python /app/app.py --check\n",
            "app.py": 'from dotenv import load_dotenv\nload_dotenv()\nopen("notes/a.ipynb")\n',
            ".env": "KEY=1\n",
            ".dockerignore": "# ours\r\n*.md",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nCOPY data/labels.csv /app/\nRUN python /app/app.py --check\n",
            "app.py": 'from dotenv import load_dotenv\nload_dotenv()\nopen("notes/a.ipynb")\n',
            ".env": "KEY=1\n",
            ".dockerignore": "# ours\r\n*.md\r\n.git\r\n",
        },
        fixed={
            ".dockerignore": "# ours\r\n*.md\r\n"
            "# What the image does not need, and how much of it lay here when this was written.\r\n"
            "# history of version control: 30 MB\r\n.git\r\n"
        },
        sizes={".git/x": 30_000_000, "data/labels.csv": 5_000_000, "notes/a.ipynb": 3_000_000},
        title="A file that a COPY names, a .env that the code loads and a notebook that it opens stay.",
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY src ./src\n",
            "src/app.py": "",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY src/*.py ./src/\nCOPY checkpoint-500 ./model\n",
            "src/app.py": "",
        },
        fixed={
            ".dockerignore": "# What the image does not need, and how much of it lay here when this was written.\n"
            "# bytecode of this machine's Python: 3 MB\n**/__pycache__\n"
        },
        sizes={"src/__pycache__/app.cpython-312.pyc": 3_000_000, "checkpoint-500/model.safetensors": 9_000_000},
        title="Bytecode is left out of a folder that is copied by name; a checkpoint that is the only model stays.",
    ),
)
_LEAST_SENT_BYTES = 10 * LEAST_BYTES
"""Where nothing of it gets into the image."""


def findings(project: Project) -> Iterator[Found]:
    """One for each ignore file that holds for a build, or should be there."""
    by_file: dict[str, list[Build]] = {}
    for build in project.builds:
        by_file.setdefault(ignore_path(build), []).append(build)
    for path, builds in by_file.items():
        found = _needed_by_none(project, builds)
        if not found:
            continue
        landed = {landing.source for build in builds for landing in build.landings.steps}
        sizes = {each.path: each.size_bytes for each in builds[0].sent.entries}
        files = [file for each in found for file in each.files]
        in_image = [file for file in files if file in landed]
        if not in_image and sum(sizes[file] for file in files) < _LEAST_SENT_BYTES:
            continue
        counted = in_image or files
        size = sum(sizes[file] for file in counted)
        where = (
            "get into the image" if in_image else "are sent to builders that take the whole folder, and are not needed"
        )
        yield Found(
            file=path,
            start=0,
            end=0,
            message=f"{_list(found, sizes)} {where}",
            advice="let the ignore file name them" if builds[0].ignored.file else "write an ignore file",
            fix="safe",
            changes=(with_lines(project, builds[0], _lines(found, sizes)),),
            saving=Saving(
                size_bytes=size,
                known="measured",
                source=f"{len(counted):,} files of the folder{'' if in_image else '; of the context, not of the image'}",
                about=of_files(project, (builds[0].below(each) for each in counted)).about,
            ),
        )


def _needed_by_none(project: Project, builds: Sequence[Build]) -> list[Leftover]:
    """What all builds that share an ignore file can do without."""
    found = [each for each in leftovers(project, builds[0]) if not each.within]
    for build in builds[1:]:
        others = {each.pattern for each in leftovers(project, build) if not each.within}
        found = [each for each in found if each.pattern in others]
    return [each for each in found if all(hides_none_of(build, [each.pattern], sources_of(build)) for build in builds)]


def _lines(found: Sequence[Leftover], sizes: dict[str, int]) -> list[str]:
    lines = ["# What the image does not need, and how much of it lay here when this was written."]
    for kind, title in KINDS.items():
        of_kind = [each for each in found if each.kind == kind]
        if of_kind:
            lines.append(f"# {title}: {in_words(sum(sizes[file] for each in of_kind for file in each.files))}")
            lines += [each.pattern for each in of_kind]
    return lines


def _list(found: Sequence[Leftover], sizes: dict[str, int]) -> str:
    patterns = sorted(found, key=lambda each: -sum(sizes[file] for file in each.files))
    named = [each.pattern for each in patterns[:4]]
    more = f" and {len(patterns) - 4} more" if len(patterns) > 4 else ""
    return ", ".join(named) + more
