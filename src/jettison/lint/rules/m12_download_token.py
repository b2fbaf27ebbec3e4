"""A token for downloading a model stays in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dockerfile.runs import RunLine
from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Line
from ..found import Found
from ..project import Project
from ..rule import Example
from ..secret_words import is_download_token

CODE = "M12"
NAME = "download-token"
SUMMARY = "a token for downloading a model stays in the image"
WHY = """\
An ENV is in every container; the value of an ARG is in the image's history; a login writes the token to a file of the layer. Whoever
pulls the image has it. A secret mount leaves nothing behind:
`RUN --mount=type=secret,id=HF_TOKEN,env=HF_TOKEN hf download …`, built with `--secret id=HF_TOKEN,env=HF_TOKEN`.

There is no fix, since the command that builds changes with it; and a token that was in an image has to be replaced. Stages
that only others copy from are not accused for an ARG."""
FIX: FixClass = "suggest"
ALSO = ("SecretsUsedInArgOrEnv",)
SOURCES = ("docker/docs, build/building/secrets", "moby/buildkit, rule SecretsUsedInArgOrEnv")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nARG HF_TOKEN\nRUN hf download org/m --token $HF_TOKEN\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN --mount=type=secret,id=HF_TOKEN,env=HF_TOKEN hf download org/m\n"
        },
    ),
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN hf auth login --token abc && hf download org/m\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim AS get\nARG HF_TOKEN\nRUN hf download org/m --local-dir /m\n"
            "FROM python:3.12-slim\nENV HF_TOKEN=\nCOPY --from=get /m /m\n"
        },
        title="A login's file; a stage that does not ship.",
    ),
)
_LITERAL = re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")


def findings(project: Project) -> Iterator[Found]:
    """Every instruction that leaves one behind."""
    for build in project.builds:
        if not re.search(r"(?i)token|_key\b|hf_|login", build.dockerfile.text):
            continue
        for line in build.lines:
            what = _left_behind(line)
            if what:
                yield Found(
                    file=build.path,
                    start=line.instruction.start,
                    end=line.instruction.end,
                    message=f"{what}: whoever has the image has the token",
                    advice="give it to the RUN that needs it as a secret mount, and replace a token that was in an image",
                )


def _left_behind(line: Line) -> str:
    instruction = line.instruction
    if _LITERAL.search(instruction.text):
        return "a token of Hugging Face stands in the Dockerfile"
    if not line.ships:
        return ""
    if line.word == "ENV":
        named = [name for name, value in instruction.pairs if is_download_token(name) and value.strip("'\"")]
        return f"ENV keeps {named[0]}" if named else ""
    if line.word == "ARG":
        names = [word.partition("=")[0] for word in instruction.arguments]
        named = [name for name in names if is_download_token(name)]
        return f"the value of ARG {named[0]} stays in the image's history" if named else ""
    return "the login keeps the token in a file of the layer" if any(map(_logs_in, line.runs)) else ""


def _logs_in(run: RunLine) -> bool:
    if program(run.argv) not in ("hf", "huggingface-cli") or "login" not in run.argv[1:3]:
        return False
    return not any(mount.kind in ("tmpfs", "cache") and "huggingface" in mount.target for mount in run.mounts)
