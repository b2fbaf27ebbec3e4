"""A model that is downloaded lies in the image twice."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Build
from ..code import code_of
from ..downloads import Download, downloads, hub_cache
from ..found import Found, inserted
from ..project import Project
from ..rule import Example

CODE = "M02"
NAME = "model-twice"
SUMMARY = "a downloaded model stays in the cache or in git's store as well as in its folder"
WHY = """\
`from_pretrained` followed by `save_pretrained` leaves the model in Hugging Face's cache and in the folder; `git clone` of a
model keeps every large file a second time below `.git/lfs`; huggingface_hub before 0.23 fills the cache although it is told
a folder. A layer keeps all of it unless the same RUN removes it.

The fix removes the copy that nothing reads at the end of the same RUN. It leaves alone what a cache mount takes, what is
removed already, RUNs that are no plain chain, and a cache out of which the service's code loads the model by its name."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("huggingface/huggingface_hub, issue 2284: local_dir and the cache",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers\n"
            "RUN python -c \"from transformers import AutoModel; AutoModel.from_pretrained('org/m').save_pretrained('/models/m')\"\n"
            "COPY app.py .\n",
            "app.py": 'AutoModel.from_pretrained("/models/m")\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers\n"
            "RUN python -c \"from transformers import AutoModel; AutoModel.from_pretrained('org/m').save_pretrained('/models/m')\""
            " && rm -rf /root/.cache/huggingface\nCOPY app.py .\n",
            "app.py": 'AutoModel.from_pretrained("/models/m")\n',
        },
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /models\nRUN git lfs install && \\\n"
            "    git clone https://huggingface.co/org/m\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /models\nRUN git lfs install && \\\n"
            "    git clone https://huggingface.co/org/m && rm -rf /models/m/.git\n"
        },
        title="git keeps large files twice.",
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/hf\nCOPY get.py .\nRUN python get.py\n",
            "get.py": 'NAME = "org/m"\nm = AutoModel.from_pretrained(NAME)\nm.save_pretrained("out")\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/hf\nCOPY get.py .\n"
            "RUN --mount=type=cache,target=/hf python get.py\n",
            "get.py": 'NAME = "org/m"\nm = AutoModel.from_pretrained(NAME)\nm.save_pretrained("out")\n',
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/hf\nCOPY get.py .\nRUN python get.py && rm -rf /hf\n"
        },
        title="A script of the folder that downloads; with a cache mount nothing stays.",
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every RUN of a stage that ships which downloads a model and keeps it twice."""
    for build in project.builds:
        done: set[tuple[int, str]] = set()
        for each in downloads(project, build):
            if not each.line.ships:
                continue
            second, why = _second_copy(project, each)
            if not second or (each.run.line, second) in done or _goes(each, second):
                continue
            done.add((each.run.line, second))
            yield _found(project, build, each, (second, why))


def _found(project: Project, build: Build, each: Download, copy: tuple[str, str]) -> Found:
    second, why = copy
    line = each.line
    last = line.runs[-1].command
    plain = all(run.command.always and run.command.after in ("", "&&") for run in line.runs)
    can = plain and not line.instruction.is_json and not line.instruction.heredocs and not last.inside
    can = can and line.instruction.first_line not in build.not_understood
    can = can and last.end > last.start and not _is_loaded(project, build, each)
    return Found(
        file=build.path,
        start=line.instruction.start,
        end=line.instruction.end,
        message=f"{each.name or 'the model'} stays twice in the layer: {why}",
        advice=f"remove {second} at the end of the same RUN, or keep it out with a cache mount",
        fix="verify",
        changes=(inserted(build.path, last.end, f" && rm -rf {second}"),) if can else (),
    )


def _second_copy(project: Project, each: Download) -> tuple[str, str]:
    """The folder of the copy that is one too many, and why it is there; empty when there is none."""
    if each.kind == "clone":
        return posixpath.join(each.place, ".git"), "git keeps large files below .git/lfs as well"
    if each.kind != "hub":
        return "", ""
    cache = hub_cache(each.run.variables, each.line.scope.user)
    if each.saved and not each.place:
        return cache, f"in the cache, and saved in {each.saved}"
    if each.place and _fills_cache(project):
        return cache, f"in the cache, and in {each.place}"
    return "", ""


def _fills_cache(project: Project) -> bool:
    """huggingface_hub is pinned to a release that uses the cache although it is told a folder."""
    for file in project.installed_files:
        for line in file.named("huggingface-hub"):
            try:
                if line.pinned and Version(line.pinned) < Version("0.23"):
                    return True
            except InvalidVersion:
                continue
    return False


def _goes(each: Download, folder: str) -> bool:
    """A mount takes it, or the same RUN removes it."""
    mounted = [mount.target.rstrip("/") for mount in each.run.mounts if mount.kind in ("cache", "tmpfs")]
    if any(target and (folder == target or folder.startswith(f"{target}/")) for target in mounted):
        return True
    for run in each.line.runs:
        if program(run.argv) != "rm":
            continue
        for word in run.argv[1:]:
            place = posixpath.normpath(posixpath.join(run.directory, re.sub(r"^(~|\$HOME)", "/root", word))).rstrip(
                "/*"
            )
            if place and (folder == place or folder.startswith(f"{place}/") or place.startswith(f"{folder}/")):
                return True
    return False


def _is_loaded(project: Project, build: Build, each: Download) -> bool:
    """The service's code names the model as the hub does, and not the folder that it is saved in."""
    if each.kind == "clone":
        return False
    said = code_of(project, build).said | _settings(build)
    short = each.name.rpartition("/")[2]
    folder = posixpath.basename(each.saved or each.place)
    started = {line.instruction.first_line for line in build.lines if line.word in ("CMD", "ENTRYPOINT")}
    return bool(started or said) and short in said and folder != short and folder not in said


def _settings(build: Build) -> frozenset[str]:
    values = (value for line in build.lines if line.word == "ENV" for _, value in line.instruction.pairs)
    return frozenset(word for value in values for word in re.findall(r"[\w.-]+", value))
