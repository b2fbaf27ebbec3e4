"""What only a training needs, in a folder that is copied by name."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..found import Found
from ..ignore_files import hides_none_of, ignore_path, with_lines
from ..leftovers import KINDS, leftovers, sources_of
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..weights import LEAST_BYTES

CODE = "M06"
NAME = "training"
SUMMARY = "a folder that is copied holds what only a training needs"
WHY = """\
An optimizer's state is twice the size of its model; a training writes it, the learning rate's state, random states and every
checkpoint on its way into the folder that is then copied into the image. Data sets, curves and notebooks lie there too.

The fix lets the ignore file leave them out below the folder that the Dockerfile names. It never names that folder itself,
what the service's code names, or a checkpoint where it is the only model. What comes along with `COPY . .` is L13's."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("blueoil/blueoil, pull request 86: training leftovers of several GB",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py .\nCOPY out/ ./model/\nCMD python app.py\n",
            "app.py": 'open("model/model.safetensors")\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py .\n"
            "COPY out/model.safetensors ./model/\nCMD python app.py\n",
            "app.py": 'open("model/model.safetensors")\n',
        },
        fixed={
            ".dockerignore": "# what only a training needs\nout/checkpoint-500\nout/optimizer.pt\nout/training_args.bin\n"
        },
        sizes={
            "out/model.safetensors": 400_000_000,
            "out/optimizer.pt": 800_000_000,
            "out/training_args.bin": 5_000,
            "out/checkpoint-500/model.safetensors": 400_000_000,
            "out/checkpoint-500/rng_state.pth": 14_000,
        },
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY srv /srv\nCMD python /srv/app.py\n",
            "srv/app.py": 'open("labels.json")\n',
            "srv/labels.json": "[]",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY srv /srv\nCMD python /srv/app.py\n",
            "srv/app.py": 'open("labels.json")\nopen("data/train.parquet")\n',
            "srv/labels.json": "[]",
        },
        fixed={".dockerignore": "# data sets\nsrv/data\n"},
        sizes={"srv/data/train.parquet": 300_000_000},
        title="A data set below the code, which the code does not open.",
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every build with a named folder that holds such things and gets into the image."""
    for build in project.builds:
        within = [each for each in leftovers(project, build) if each.within]
        landed = {landing.source for landing in build.landings.steps} if within else set()
        sources = sources_of(build)
        found = [
            each
            for each in within
            if any(file in landed for file in each.files) and hides_none_of(build, [each.pattern], sources)
        ]
        files = [build.below(file) for each in found for file in each.files if file in landed]
        saving = of_files(project, files)
        if saving.size_bytes < LEAST_BYTES:
            continue
        lines: list[str] = []
        for kind in dict.fromkeys(each.kind for each in found):
            lines += [f"# {KINDS[kind]}", *(each.pattern for each in found if each.kind == kind)]
        named = ", ".join(each.pattern for each in found[:3]) + (f" and {len(found) - 3} more" if found[3:] else "")
        yield Found(
            file=ignore_path(build),
            start=0,
            end=0,
            message=f"{named} get into the image with {found[0].within}, and no answer needs them",
            advice="let the ignore file leave them out",
            fix="verify",
            changes=(with_lines(project, build, lines),),
            saving=saving,
        )
