"""Base images as Dockerfiles name them: which family, which tag, and where in the file the name stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..dockerfile.stages import Stage, chain
from .builds import Build, Line
from .project import Project

_MIRRORS = re.compile(
    r"^((index\.|registry-1\.)?docker\.io/|public\.ecr\.aws/docker/|mirror\.gcr\.io/|mcr\.microsoft\.com/mirror/docker/)?"
    r"(library/)?"
)
_HOSTS = re.compile(r"^(mcr\.microsoft\.com|nvcr\.io|quay\.io)/(?=azure-functions/|nvidia/cuda$|jupyter/)")
_VARIABLE = re.compile(r"\$\{?(\w+)(:?[-+=?])?")

RUNS_AS_ROOT = re.compile(
    r"python|debian|ubuntu|alpine|nvidia/cuda|buildpack-deps|continuumio/(mini|ana)conda3|condaforge/(mini|mamba)forge3?"
    r"|condaforge/miniforge3|pytorch/pytorch|tensorflow/tensorflow|tiangolo/[\w-]+|ghcr\.io/astral-sh/uv|rockylinux"
    r"|fedora|centos|amazonlinux|nvcr\.io/nvidia/(pytorch|tensorflow)|huggingface/transformers-[\w-]+|intel/[\w-]+"
)
"""Repositories whose images are known to name no user."""
_DEBIAN = re.compile(
    r"python|debian|ubuntu|nvidia/cuda|buildpack-deps|continuumio/\w+|condaforge/\w+|pytorch/pytorch"
    r"|tensorflow/tensorflow|tiangolo/[\w-]+|ghcr\.io/astral-sh/uv|nvcr\.io/nvidia/(pytorch|tensorflow)"
    r"|huggingface/transformers-[\w-]+"
)
_OTHER_SYSTEM = ("alpine", "ubi", "rockylinux", "centos", "windows", "nanoserver", "opensuse", "oraclelinux")


@dataclass(frozen=True, kw_only=True)
class Base:
    """An image from outside that a stage stands on."""

    stage: Stage
    reference: str
    """With variables replaced."""
    repository: str
    """Without the registries that mirror Docker's library: ``python``, ``nvidia/cuda``, ``azure-functions/python``."""
    tag: str
    """Empty when it has none."""
    digest: str
    """``sha256:…``; empty when it has none."""
    written: str
    """As it stands in the FROM."""
    start: int
    """Of `written` in the file's text."""
    end: int
    ships: bool
    """Its layers are in the image."""

    @property
    def has_variables(self) -> bool:
        """Some of it comes out of ARG."""
        return "$" in self.written

    @property
    def is_debian(self) -> bool:
        """Debian's or Ubuntu's tools are in it."""
        return bool(_DEBIAN.fullmatch(self.repository)) and not any(each in self.tag for each in _OTHER_SYSTEM)

    @property
    def is_alpine(self) -> bool:
        """Its C library is musl."""
        return self.repository == "alpine" or "alpine" in self.tag

    @property
    def is_functions(self) -> bool:
        """Azure Functions' own."""
        return self.repository.startswith("azure-functions/")

    @property
    def is_lambda(self) -> bool:
        """AWS Lambda's own."""
        return bool(re.match(r"(public\.ecr\.aws/lambda|amazon/aws-lambda-[\w-]+|lambci/lambda)(/|$)", self.repository))

    @property
    def python(self) -> str:
        """``3.11``; empty when the tag does not say it."""
        patterns: tuple[str, ...] = (r"python[-_]?(\d\.\d+)", r"py(3)(\d{1,2})\b")
        if self.repository == "python" or self.is_lambda or self.repository.startswith("tiangolo/"):
            patterns = (r"^(?:python)?(\d\.\d+)", *patterns)
        for pattern in patterns:
            if found := re.search(pattern, self.tag):
                return ".".join(found.groups())
        return ""


def bases(project: Project, build: Build) -> tuple[Base, ...]:
    """Of all stages that name an image which is known here; ``scratch`` and names that a build argument decides are
    left out."""
    key = ("bases", build.path)
    if key not in project.worked_out:
        project.worked_out[key] = tuple(made for stage in build.stages if (made := _base(build, stage)))
    found: tuple[Base, ...] = project.worked_out[key]
    return found


def shipped_base(project: Project, build: Build) -> Base | None:
    """The one that the image stands on; None when it is not known."""
    index = chain(build.stages, build.final)[0].index
    return next((base for base in bases(project, build) if base.stage.index == index), None)


def standing_on(build: Build, base: Base) -> tuple[Line, ...]:
    """The instructions of all stages that stand on that base."""
    on_it = {stage.index for stage in build.stages if chain(build.stages, stage)[0].index == base.stage.index}
    return tuple(line for line in build.lines if line.stage in on_it)


def repository_and_tag(reference: str) -> tuple[str, str, str]:
    """Repository, tag and digest of an image's name."""
    name, _, digest = reference.partition("@")
    path, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        path, tag = name, ""
    return _HOSTS.sub("", _MIRRORS.sub("", path)), tag, digest


def _base(build: Build, stage: Stage) -> Base | None:
    opened = stage.opened
    written = opened.arguments[0]
    unknown = any(name not in stage.globals and not default for name, default in _VARIABLE.findall(written))
    if stage.base_index is not None or unknown or not stage.base or stage.base == "scratch":
        return None
    repository, tag, digest = repository_and_tag(stage.base)
    start = opened.source_at(opened.body_at)
    end = opened.source_at(opened.body_at + len(written) - 1) + 1
    whole = build.dockerfile.text[start:end] == written
    return Base(
        stage=stage,
        reference=stage.base,
        repository=repository,
        tag=tag,
        digest=digest,
        written=written if whole else "",
        start=start if whole else opened.start,
        end=end if whole else opened.end,
        ships=stage.index in build.shipped,
    )
