"""Alpine under packages that have no wheels for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import FixClass
from ..asked import asked_for
from ..bases import shipped_base, standing_on
from ..found import Found, replaced
from ..project import Project
from ..rule import Example

CODE = "B07"
NAME = "alpine-without-wheels"
SUMMARY = "Alpine's C library is musl, and packages that the service installs have no wheels for it"
WHY = """\
A wheel for glibc does not load on Alpine. Where a package has no musllinux wheel, pip builds it from source, for an
hour or in vain, and the compilers make the image larger than Debian's slim image would have been.

The fix names the slim image of the same Python version. It changes nothing where commands use Alpine's own tools
(`apk`, `adduser -D`, `addgroup -S`)."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "microsoft/onnxruntime, issue 2909; docker-library/python, issue 341: no wheels of onnxruntime and torch for Alpine",
    "files of the newest releases, looked up 2026-11-29",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.11-alpine3.19\nRUN pip install torch flask\n"},
        good={"Dockerfile": "FROM python:3.11-slim\nRUN pip install torch flask\n"},
    ),
    Example(
        title="Alpine's own tools make it a person's work",
        bad={
            "Dockerfile": "FROM python:3.12-alpine\nRUN apk add --no-cache build-base\nCOPY requirements.txt .\n"
            "RUN pip install -r requirements.txt\n",
            "requirements.txt": "onnxruntime==1.19.0\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-alpine\nRUN apk add --no-cache build-base\nCOPY requirements.txt .\n"
            "RUN pip install -r requirements.txt\n",
            "requirements.txt": "numpy==2.1.0\nflask==3.0.3\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-alpine\nRUN apk add --no-cache build-base\nCOPY requirements.txt .\n"
            "RUN pip install -r requirements.txt\n",
            "requirements.txt": "onnxruntime==1.19.0\n",
        },
    ),
)

_NO_MUSL = {
    *("torch", "torchvision", "torchaudio", "tensorflow", "tensorflow-cpu", "onnxruntime", "onnxruntime-gpu"),
    *(
        "xgboost",
        "lightgbm",
        "llvmlite",
        "numba",
        "jaxlib",
        "ctranslate2",
        "catboost",
        "mediapipe",
        "paddlepaddle",
        "openvino",
    ),
}
_BRINGS = {
    **dict.fromkeys(("sentence-transformers", "easyocr", "ultralytics", "openai-whisper", "torchmetrics"), "torch"),
    **dict.fromkeys(("pytorch-lightning", "lightning", "timm", "flair", "accelerate"), "torch"),
    **dict.fromkeys(("faster-whisper", "whisperx"), "ctranslate2"),
    **dict.fromkeys(("librosa", "shap", "umap-learn"), "numba"),
    **dict.fromkeys(("fastembed", "rapidocr-onnxruntime"), "onnxruntime"),
}


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile whose image stands on Alpine."""
    for build in project.builds:
        base = shipped_base(project, build)
        if base is None or not base.is_alpine:
            continue
        names = asked_for(project, build)
        missing = sorted({*(names & _NO_MUSL), *(_BRINGS[name] for name in names if name in _BRINGS)})
        if not missing:
            continue
        slim = re.sub(r"alpine[\d.]*", "slim", base.written)
        can = base.repository == "python" and not base.has_variables and not base.digest and slim != base.written
        words = [word for line in standing_on(build, base) for run in line.runs for word in run.argv[:1]]
        understood = all(run.command.understood for line in standing_on(build, base) for run in line.runs)
        can = can and understood and not {*words} & {"apk", "adduser", "addgroup", "setup-cross"}
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"{', '.join(missing)} {'has' if len(missing) == 1 else 'have'} no wheel for Alpine, on which the "
            f"image stands ({base.reference})",
            advice=f"stand on {slim if base.repository == 'python' else 'python:3.x-slim'}",
            fix="verify",
            changes=(replaced(build.path, base.start, base.end, slim),) if can and base.written else (),
        )
