"""Hugging Face's cache with copies where it has links."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Build
from ..found import Found
from ..ignore_files import hides_none_of, with_lines
from ..leftovers import sources_of
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..weights import LEAST_BYTES

CODE = "M03"
NAME = "cache-with-copies"
SUMMARY = "Hugging Face's cache is copied with its links resolved, so that every file is there twice"
WHY = """\
Hugging Face's cache keeps each file once below `blobs`, and links to it below `snapshots`. Copied with links resolved
(`cp -L`, `rsync -L`, an archive, a Windows share), both are whole files. Libraries read the snapshot.

The fix lets the ignore file leave `blobs` out where the snapshot beside it holds whole files of the same sizes."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("huggingface.co/docs, huggingface_hub: manage the cache",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/hf\nCOPY hf /hf\n",
            "hf/hub/models--org--m/refs/main": "abc",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nENV HF_HOME=/hf\nCOPY hf /hf\n",
            "hf/hub/models--org--m/refs/main": "abc",
            ".dockerignore": "**/blobs\n",
        },
        fixed={".dockerignore": "# copies of what the snapshot holds\nhf/hub/models--org--m/blobs\n"},
        sizes={
            "hf/hub/models--org--m/blobs/1f2e": 440_000_000,
            "hf/hub/models--org--m/snapshots/abc/model.safetensors": 440_000_000,
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every cache in the folder with copies, and every RUN that makes them."""
    for build in project.builds:
        yield from _in_folder(project, build)
        for line in build.lines:
            for run in line.runs if line.ships else ():
                options = [word for word in run.argv[1:] if word.startswith("-")]
                follows = "--dereference" in options or any(
                    "L" in word for word in options if not word.startswith("--")
                )
                if program(run.argv) in ("cp", "rsync") and follows and "huggingface" in " ".join(run.argv):
                    yield Found(
                        file=build.path,
                        start=line.instruction.start,
                        end=line.instruction.end,
                        message="the cache of Hugging Face is copied with its links resolved: every file is there twice",
                        advice="copy the folder below snapshots alone, or keep the links (cp -a)",
                    )


def _in_folder(project: Project, build: Build) -> Iterator[Found]:
    sizes: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for each in build.sent.entries:
        if "models--" not in each.path or each.is_folder or each.link:
            continue
        parts = each.path.split("/")
        at = next((index for index, part in enumerate(parts[:-1]) if part.startswith("models--")), None)
        if at is not None and parts[at + 1] in ("blobs", "snapshots"):
            cached = sizes.setdefault("/".join(parts[: at + 1]), {"blobs": [], "snapshots": []})
            cached[parts[at + 1]].append((each.path, each.size_bytes))
    landed = {landing.source for landing in build.landings.steps} if sizes else set()
    for model, found in sorted(sizes.items()):
        whole = {size for _, size in found["snapshots"]}
        twice = [path for path, size in found["blobs"] if size in whole and path in landed]
        total = sum(size for path, size in found["blobs"] if path in twice)
        if len(twice) < len(found["blobs"]) or total < LEAST_BYTES:
            continue
        pattern = posixpath.join(model, "blobs")
        allowed = hides_none_of(build, [pattern], sources_of(build))
        yield Found(
            file=build.ignored.file or build.below(".dockerignore"),
            start=0,
            end=0,
            message=f"{model} holds whole files below blobs and below snapshots: the model is in the image twice",
            advice=f"leave {pattern} out",
            fix="verify",
            changes=(with_lines(project, build, ["# copies of what the snapshot holds", pattern]),) if allowed else (),
            saving=of_files(project, [build.below(path) for path in twice]),
        )
