"""The model is in the image, and the hub is asked all the same."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.stages import final_scope
from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Build, Line
from ..code import code_of
from ..downloads import Download, downloads, hub_cache
from ..found import Found, inserted
from ..project import Project
from ..rule import Example
from .m08_model_at_start import missing

CODE = "M09"
NAME = "offline"
SUMMARY = "the model is in the image's cache, and the hub is asked for it at every start"
WHY = """\
Hugging Face's libraries ask the hub whether the cached model is still the newest, file by file: that costs time at every
start, fails where there is no network, and may bring another model. `HF_HUB_OFFLINE=1` says that the cache is all there is.

The fix sets it behind the last RUN that downloads. It does nothing where the service loads another model that the build does
not bring, where the model is loaded from a folder, and where another user runs the service than the one whose cache it is (then
the cache is not even found; the finding says so)."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("huggingface.co/docs, huggingface_hub: environment variables, HF_HUB_OFFLINE",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install sentence-transformers\n"
            "RUN python -c \"from sentence_transformers import SentenceTransformer; SentenceTransformer('org/m')\"\n"
            'COPY app.py .\nCMD ["python", "app.py"]\n',
            "app.py": 'from sentence_transformers import SentenceTransformer\nm = SentenceTransformer("org/m")\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install sentence-transformers\n"
            "RUN python -c \"from sentence_transformers import SentenceTransformer; SentenceTransformer('org/m')\"\n"
            'ENV HF_HUB_OFFLINE=1\nCOPY app.py .\nCMD ["python", "app.py"]\n',
            "app.py": 'from sentence_transformers import SentenceTransformer\nm = SentenceTransformer("org/m")\n',
        },
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\r\nENV HF_HOME=/hf\r\nRUN hf download org/m && \\\r\n    chmod -R a+rX /hf\r\n"
            "USER 1000\r\nCMD python app.py",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\r\nENV HF_HOME=/hf\r\nRUN hf download org/m --local-dir /m\r\nUSER 1000\r\n"
            "CMD python app.py",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\r\nENV HF_HOME=/hf\r\nRUN hf download org/m && \\\r\n    chmod -R a+rX /hf\r\n"
            "ENV HF_HUB_OFFLINE=1\r\nUSER 1000\r\nCMD python app.py",
        },
        title="A cache for all users; a model in a folder of its own is not asked for.",
    ),
)
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def findings(project: Project) -> Iterator[Found]:
    """Every build whose last stage downloads into the cache and does not say that it is complete."""
    for build in project.builds:
        cached = [
            each
            for each in downloads(project, build)
            if each.kind == "hub" and not each.place and not each.saved and each.line.ships and not _in_mount(each)
        ]
        if not cached:
            continue
        scope = final_scope(build.stages, build.final)
        if any(scope.environment.get(name) for name in _OFFLINE) or {*_OFFLINE} & code_of(project, build).said:
            continue
        yield _found(project, build, cached[-1], scope.user)


def _found(project: Project, build: Build, last: Download, user: str) -> Found:
    instruction = last.line.instruction
    cache = hub_cache(last.run.variables, last.line.scope.user)
    other_user = user not in (last.line.scope.user, "") and (not cache or cache.startswith(("/root/", "/home/")))
    others = missing(project, build)
    behind = _last_that_may_download(project, build, last).instruction.end
    can = not other_user and not others and build.dockerfile.text[behind - 1 : behind] == "\n"
    message = f"{last.name or 'the model'} is in the image's cache, and the hub is asked for it at every start"
    advice = "set HF_HUB_OFFLINE=1 behind the download"
    if other_user:
        message = f"{last.name or 'the model'} is in the cache of another user than {user}, who runs the service"
        advice = "set HF_HOME to a folder that both read, then HF_HUB_OFFLINE=1"
    elif others:
        advice += f"; first bring {others[0][1].name} too, which is downloaded at the start"
    return Found(
        file=build.path,
        start=instruction.start,
        end=instruction.end,
        message=message,
        advice=advice,
        fix="verify",
        changes=(inserted(build.path, behind, f"ENV HF_HUB_OFFLINE=1{build.dockerfile.newline}"),) if can else (),
    )


def _last_that_may_download(project: Project, build: Build, last: Download) -> Line:
    """The last RUN behind which nothing of the stage asks the hub any more: a program in Python may."""
    asking = {id(each.line) for each in downloads(project, build)}
    later = [line for line in build.of_stage(last.line.stage) if line.instruction.start > last.line.instruction.start]
    found = last.line
    for line in later:
        scripts = [run for run in line.runs if program(run.argv) == "python" and "-m" not in run.argv[1:2]]
        if id(line) in asking or scripts or (line.word == "RUN" and not line.is_understood):
            found = line
    return found


def _in_mount(each: Download) -> bool:
    """What it brings does not stay in the image."""
    cache = hub_cache(each.run.variables, each.line.scope.user)
    targets = [mount.target.rstrip("/") for mount in each.run.mounts if mount.kind in ("cache", "tmpfs")]
    return any(target and cache.startswith(target) for target in targets)
