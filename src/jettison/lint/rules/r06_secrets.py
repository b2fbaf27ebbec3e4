"""Secrets that become part of the image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...records import FixClass
from ..builds import Build, Line
from ..found import Found
from ..project import Project
from ..rule import Example
from ..secret_words import is_download_token, is_secret_name, is_secret_value, spots

CODE = "R06"
NAME = "secrets"
SUMMARY = "a secret becomes part of the image"
WHY = """\
Whoever can pull an image can read its variables, its history with the values of build arguments, and every file of
every layer, those that a later one removes among them. A token in it is a token given away.

What only the build needs comes as a mount: `RUN --mount=type=secret,id=hf,env=HF_TOKEN …` with
`docker build --secret id=hf,env=HF_TOKEN`. What the service needs comes when it is started. There is no fix: whatever
was in an image must be taken out of use as well. Values are never printed, neither here nor in excerpts.

Tokens that models are downloaded with are the matter of M12. Placeholders, paths of files, and values that come from elsewhere are no secrets, and a build argument counts only
when it has a value, or when a RUN could use it, in a stage that ships."""
FIX: FixClass = "suggest"
ALSO = ("SecretsUsedInArgOrEnv", "DL3064")
SOURCES = ("BuildKit, build check SecretsUsedInArgOrEnv", "docker/docs, build/building/secrets")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/models DB_PASSWORD=correct-horse\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/models DB_PASSWORD_FILE=/run/secrets/db MAX_TOKENS=512\n"
        },
    ),
    Example(
        title="a build argument for a private index",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nARG INDEX_TOKEN\n"
            "RUN pip install --index-url https://u:$INDEX_TOKEN@pkgs.example.com/simple app\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\n"
            "RUN --mount=type=secret,id=netrc,target=/root/.netrc pip install --index-url "
            "https://pkgs.example.com/simple app\n"
        },
    ),
    Example(
        title="files, and an address in a requirements file",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            "requirements.txt": "--extra-index-url https://me:s3cr3tpw@pkgs.example.com/simple\nflask\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            "requirements.txt": "--extra-index-url https://${USER}:${PASSWORD}@pkgs.example.com/simple\nflask\n",
        },
    ),
    Example(
        title=".env is copied with everything else",
        bad={"Dockerfile": "FROM python:3.12-slim\nCOPY . /app\n", ".env": "API_KEY=abc123def\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\n",
            ".env": "API_KEY=abc123def\n",
            ".dockerignore": ".env\n",
        },
    ),
)

_FILES = re.compile(
    r"\.env(\.(local|prod|production|dev|development|staging))?|\.netrc|\.git-credentials|\.npmrc|\.pypirc|id_(rsa|dsa|"
    r"ecdsa|ed25519)|kaggle\.json|\.htpasswd|(gcp|google|service)[-_]?(account|credentials)[\w.-]*\.json|credentials\.json|"
    r"local\.settings\.json|secrets\.(toml|ya?ml|json)"
)
_KEYS = re.compile(r"[\w.-]+\.(pem|key|p12|pfx)")


def findings(project: Project) -> Iterator[Found]:
    """Variables, build arguments, commands, requirements and files."""
    for build in project.builds:
        declared = [
            (word.partition("=")[0], line.stage)
            for line in build.lines
            if line.word == "ARG"
            for word in line.instruction.arguments
        ]
        for line in build.lines:
            if line.word == "ENV" and line.ships:
                arguments = {name for name, stage in declared if stage == line.stage}
                yield from _variables(build, line, arguments)
            elif line.word == "ARG" and line.ships:
                yield from _arguments(build, line)
        yield from _texts(build)
        yield from _files(project, build)
    for file in project.installed_files:
        for start, end, what in spots(file.text):
            yield _found(file.path, start, end, f"{what} stands in the requirements")


def _variables(build: Build, line: Line, arguments: set[str]) -> Iterator[Found]:
    for name, value in line.instruction.pairs:
        full = line.scope.expanded(value)
        out_of = set(re.findall(r"\$\{?(\w+)", value)) & arguments
        secret_argument = any(map(is_secret_name, out_of))
        if (
            is_secret_name(name)
            and not is_download_token(name)
            and ((is_secret_value(value) and full) or secret_argument)
        ):
            instruction = line.instruction
            yield _found(build.path, instruction.start, instruction.end, f"{name} is part of the image, with its value")


def _arguments(build: Build, line: Line) -> Iterator[Found]:
    later = [each for each in build.of_stage(line.stage) if each.instruction.start > line.instruction.start]
    for word in line.instruction.arguments:
        name, _, value = word.partition("=")
        if not is_secret_name(name) or is_download_token(name):
            continue
        used = any(
            each.word in ("RUN", "ENV") and re.search(rf"\$\{{?{name}\b", each.instruction.text) for each in later
        )
        valued = bool(value) and is_secret_value(value)
        if (used or valued) and not (value and not valued):
            yield _found(
                build.path,
                line.instruction.start,
                line.instruction.end,
                f"the build argument {name} stays in the image's history, with its value",
            )


def _texts(build: Build) -> Iterator[Found]:
    """Tokens by their form, wherever they stand in the Dockerfile, comments aside."""
    text = build.dockerfile.text
    for start, end, what in spots(text):
        instruction = next((each for each in build.dockerfile.instructions if each.start <= start < each.end), None)
        named = instruction is not None and any(is_secret_name(each) for each in re.findall(r"\w+", instruction.text))
        if text.startswith("hf_", start):
            continue
        if instruction is not None and not (instruction.word in ("ENV", "ARG") and named):
            yield _found(build.path, start, end, f"{what} stands in the Dockerfile")


def _files(project: Project, build: Build) -> Iterator[Found]:
    entries = (posixpath.basename(each.path) for each in build.listed.entries)
    if not any(_FILES.fullmatch(name) or _KEYS.fullmatch(name) for name in entries):
        return
    for landing in build.landings.final:
        name = posixpath.basename(landing.source)
        is_key = bool(_KEYS.fullmatch(name)) and "PRIVATE KEY" in (project.text(build.below(landing.source)) or "")
        if not is_key and not _FILES.fullmatch(name):
            continue
        line = next((each for each in build.lines if each.instruction.first_line == landing.line), None)
        if line is not None and landing.size_bytes and "site-packages" not in landing.target:
            instruction = line.instruction
            yield _found(
                build.path,
                instruction.start,
                instruction.end,
                f"{landing.source} is copied into the image",
                is_file=True,
            )


def _found(file: str, start: int, end: int, message: str, *, is_file: bool = False) -> Found:
    return Found(
        file=file,
        start=start,
        end=end,
        message=message,
        advice="name it in .dockerignore, and give it when the service starts"
        if is_file
        else "mount it as a secret while building, or give it when the service starts; and take the old one out of use",
    )
