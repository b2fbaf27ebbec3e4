"""Libraries that want to write where the service may not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dockerfile.wrappers import program
from ...records import Change, FixClass
from ..asked import asked_for
from ..bases import shipped_base
from ..builds import Build
from ..found import Found, inserted
from ..platforms import platforms
from ..project import Project
from ..rule import Example
from ..starts import added_lines, place_before_start

CODE = "R05"
NAME = "cache-folders"
SUMMARY = "the service may not write where its libraries keep their caches"
WHY = """\
transformers, matplotlib, numba and others make folders below the home of whoever runs them. A user by number alone has
`/` for a home, one made without `--create-home` has none, and on AWS Lambda only `/tmp` can be written to: the first
request ends in an error, or every start downloads and compiles anew.

The fix names folders below `/tmp` for the libraries that are installed. It names none for models where the image holds
them already: those are found where they were put. A home that is made, and variables that are set, satisfy it."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "RoBorregos/home2, pull request 938",
    "huggingface_hub, environment variables",
    "AWS Lambda: only /tmp is writable",
)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers matplotlib\nCOPY . /app\n"
            'USER 1000\nCMD ["python", "/app/main.py"]\n'
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers matplotlib\nCOPY . /app\n"
            'USER 1000\nENV HF_HOME=/tmp/huggingface MPLCONFIGDIR=/tmp/matplotlib\nCMD ["python", "/app/main.py"]\n'
        },
    ),
    Example(
        title="a user without a home",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install librosa && useradd -r svc\nUSER svc\nCMD python m.py\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install librosa && useradd -rm svc\nUSER svc\nCMD python m.py\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install librosa && useradd -r svc\nUSER svc\n"
            "ENV NUMBA_CACHE_DIR=/tmp/numba\nCMD python m.py\n"
        },
    ),
    Example(
        title="Lambda, as root",
        targets=("cpu", "aws-lambda"),
        bad={
            "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nRUN pip install transformers\nCOPY . .\n"
            'CMD ["main.handler"]\n'
        },
        good={
            "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nRUN pip install transformers\nCOPY . .\n"
            'ENV HF_HUB_OFFLINE=1\nCMD ["main.handler"]\n'
        },
        fixed={
            "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nRUN pip install transformers\nCOPY . .\n"
            'ENV HF_HOME=/tmp/huggingface\nCMD ["main.handler"]\n'
        },
    ),
)

_HUB = ("HF_HOME", "/tmp/huggingface")
_CACHES = {
    **dict.fromkeys(("transformers", "sentence-transformers", "huggingface-hub", "diffusers", "datasets"), _HUB),
    **dict.fromkeys(("faster-whisper", "setfit"), _HUB),
    **dict.fromkeys(("matplotlib", "seaborn"), ("MPLCONFIGDIR", "/tmp/matplotlib")),
    **dict.fromkeys(("numba", "librosa", "umap-learn", "shap"), ("NUMBA_CACHE_DIR", "/tmp/numba")),
    "ultralytics": ("YOLO_CONFIG_DIR", "/tmp/ultralytics"),
}
"""Which variable moves a library's cache, and where to."""
_ALSO_SET = {
    "HF_HOME": (
        "HF_HUB_CACHE",
        "TRANSFORMERS_CACHE",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "SENTENCE_TRANSFORMERS_HOME",
    ),
}
_BRINGS_MODELS = re.compile(
    r"\b(from_pretrained|pipeline|SentenceTransformer|snapshot_download|hf_hub_download|WhisperModel|hf download"
    r"|huggingface-cli download)\b"
)
_ROOT = ("", "root", "0")


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile whose service has no home to write to."""
    for build in project.builds:
        reason = _reason(project, build)
        if not reason:
            continue
        set_here = build.scope.environment
        if "HOME" in set_here or "XDG_CACHE_HOME" in set_here:
            continue
        wanted: dict[str, list[str]] = {}
        for name in sorted(asked_for(project, build) & set(_CACHES)):
            variable, _ = _CACHES[name]
            if not {variable, *_ALSO_SET.get(variable, ())} & set(set_here):
                wanted.setdefault(variable, []).append(name)
        if "HF_HOME" in wanted and _holds_models(build):
            del wanted["HF_HOME"]
        if not wanted:
            continue
        pairs = [f"{variable}={_CACHES[names[0]][1]}" for variable, names in sorted(wanted.items())]
        place = place_before_start(build)
        changes: tuple[Change, ...] = (
            inserted(build.path, place, added_lines(build, place, f"ENV {' '.join(pairs)}")),
        )
        said = next((line for line in reversed(build.lines) if line.ships and line.word == "USER"), None)
        instruction = said.instruction if said else build.final.opened
        names = [name for each in wanted.values() for name in each]
        yield Found(
            file=build.path,
            start=instruction.start,
            end=instruction.end,
            message=f"{', '.join(names)} will write a cache, and {reason}",
            advice=f"set {', '.join(wanted)} to a folder that can be written to",
            fix="verify",
            changes=changes,
        )


def _reason(project: Project, build: Build) -> str:
    """Why the home cannot be written to; empty when it can, or when that is not known."""
    base = shipped_base(project, build)
    names = {"aws-lambda"} if base is not None and base.is_lambda else set[str]()
    read_only = next((each for each in platforms(project, names) if each.read_only), None)
    if read_only is not None:
        return f"on {read_only.title} only {read_only.writable} can be written to"
    user = build.scope.user.strip().partition(":")[0]
    if user in _ROOT or base is None or not (base.is_debian or base.is_alpine):
        return ""
    made = _made(build, user, alpine=base.is_alpine)
    if user == "nobody":
        return "the user nobody has no home"
    if made == "without":
        return f"the user {user} is made without a home"
    return f"the user {user} is a number without a home" if not made and user.isdigit() else ""


def _made(build: Build, user: str, *, alpine: bool) -> str:
    """How the user is made: ``with`` a home, ``without`` one, ``somehow``; empty when nothing makes it."""
    found = ""
    if not all(line.is_understood for line in build.lines if line.ships):
        return "somehow"
    for run in (run for line in build.lines if line.ships for run in line.runs):
        name = program(run.argv)
        text = " ".join(run.argv)
        if name in ("mkdir", "chown", "chmod", "install") and re.search(rf"/home|\.cache|/{re.escape(user)}\b", text):
            return "somehow"
        if name in ("useradd", "adduser") and (user in run.argv or user.isdigit()):
            found = "without" if _has_no_home(name, run.argv, alpine=alpine) else "with"
    return found


def _has_no_home(name: str, argv: tuple[str, ...], *, alpine: bool) -> bool:
    short = "".join(word[1:] for word in argv if re.fullmatch(r"-[A-Za-z]+", word))
    if "--no-create-home" in argv or (name == "useradd" and "M" in short) or (alpine and "H" in short):
        return True
    if name == "useradd":
        return "--create-home" not in argv and "m" not in short
    return False


def _holds_models(build: Build) -> bool:
    """A command of the image brings models where the libraries look for them."""
    bodies = (
        body
        for line in build.lines
        if line.word == "RUN" and line.ships
        for body in (line.instruction.body, *(heredoc.content for heredoc in line.instruction.heredocs))
    )
    return any(map(_BRINGS_MODELS.search, bodies)) or any("huggingface" in each.target for each in build.landings.final)
