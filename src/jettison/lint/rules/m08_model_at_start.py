"""The model comes over the network when the service starts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...records import FixClass
from ..builds import Build
from ..code import PythonFile, code_of
from ..downloads import Wanted, downloads, wanted_by
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "M08"
NAME = "model-at-start"
SUMMARY = "the service downloads its model when it starts"
WHY = """\
Every new container then waits for the network before its first answer, fails when the hub does not answer, and may get
another model than was tested. Download it while the image is built, or mount it.

Silent where a RUN downloads the model, where it lies in the folder, where a volume holds the cache, and where a program
that the build runs is not known. A person decides: there is no fix."""
FIX: FixClass = "suggest"
ALSO: tuple[str, ...] = ()
SOURCES = ("huggingface.co/docs, huggingface_hub: environment variables, HF_HUB_OFFLINE",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY app.py .\nCMD ["python", "app.py"]\n',
            "app.py": 'from transformers import pipeline\nNAME = "org/m"\np = pipeline("text-classification", model=NAME)\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY app.py .\n"
            "RUN python -c \"from transformers import pipeline; pipeline('text-classification', 'org/m')\"\n"
            'CMD ["python", "app.py"]\n',
            "app.py": 'from transformers import pipeline\nNAME = "org/m"\np = pipeline("text-classification", model=NAME)\n',
        },
    ),
    Example(
        bad={
            "Dockerfile": 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["uvicorn", "main:app"]\n',
            "main.py": 'from ultralytics import YOLO\nmodel = YOLO("yolov8n.pt")\n',
        },
        good={
            "Dockerfile": 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nENV HF_HOME=/cache\nVOLUME /cache\nCMD ["uvicorn", "main:app"]\n',
            "main.py": 'from transformers import AutoModel\nm = AutoModel.from_pretrained("org/m")\n'
            'n = AutoModel.from_pretrained("./model")\n',
            "model/config.json": "{}",
        },
        title="A library's own place; a volume that keeps the cache.",
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every call of the service's code that gets a model from a hub which the build does not bring."""
    for build in project.builds:
        for file, wanted in missing(project, build):
            yield Found(
                file=build.below(file.path),
                start=wanted.call.start,
                end=wanted.call.end,
                message=f"{wanted.name} is downloaded when the service starts",
                advice="download it in a RUN, or mount it",
            )


def missing(project: Project, build: Build) -> tuple[tuple[PythonFile, Wanted], ...]:
    """What the service's code gets from a hub and no RUN has brought; nothing where that cannot be told."""
    code = code_of(project, build)
    calls = [(file, wanted) for file in code.files for wanted in wanted_by(file) if wanted.name]
    if not calls or _is_mounted(build):
        return ()
    brought = downloads(project, build)
    if any(not each.name for each in brought):
        return ()
    run_too = {each.name.lower() for each in brought} | {each.name.rpartition("/")[2].lower() for each in brought}
    texts = " ".join(line.instruction.text for line in build.lines if line.word in ("RUN", "COPY", "ADD"))
    seen: set[str] = set()
    found: list[tuple[PythonFile, Wanted]] = []
    for file, wanted in calls:
        there = (build.below(wanted.name), posixpath.join(posixpath.dirname(build.below(file.path)), wanted.name))
        local = any(path == each or path.startswith(f"{each}/") for path in project.paths for each in there)
        baked = wanted.name.lower() in run_too or wanted.name in texts or wanted.name.replace("/", "--") in texts
        if local or baked or wanted.name in seen or _by_the_build(build, file):
            continue
        seen.add(wanted.name)
        found.append((file, wanted))
    return tuple(found)


def _by_the_build(build: Build, file: PythonFile) -> bool:
    """A RUN starts this file, so its downloads are the build's."""
    name = posixpath.basename(file.path)
    return any(posixpath.basename(word) == name for line in build.lines for run in line.runs for word in run.argv)


def _is_mounted(build: Build) -> bool:
    """The cache lies in a volume, or another stage or the folder brings it."""
    volumes = [each for line in build.lines if line.word == "VOLUME" for each in line.instruction.arguments]
    caches = [
        value
        for line in build.lines
        if line.word == "ENV"
        for name, value in line.instruction.pairs
        if name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "XDG_CACHE_HOME")
    ]
    kept = any(cache.startswith(volume.strip("'\"")) for cache in caches for volume in volumes)
    copied = any(
        any("cache" in word or word in caches or "models--" in word for word in line.instruction.arguments)
        for line in build.lines
        if line.word in ("COPY", "ADD")
    )
    return kept or copied or any(".cache" in volume for volume in volumes)
