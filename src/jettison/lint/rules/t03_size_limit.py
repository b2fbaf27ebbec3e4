"""An image that is larger than its platform takes."""

from __future__ import annotations

from collections.abc import Iterator

from ...oci.base_images import base_image
from ...records import FixClass
from ..asked import asked_for
from ..bases import shipped_base
from ..builds import Build
from ..found import Found
from ..platforms import platforms
from ..project import Project
from ..rule import Example
from ..stated_limits import stated_limit

CODE = "T03"
NAME = "size-limit"
SUMMARY = "what is known of the image is already larger than its target takes"
WHY = """\
AWS Lambda takes 10 GB of unpacked image; a folder may state less (`[limits] image_mb` in `jettison.toml`). Base image,
files that are copied, and packages as far as they were weighed: what is known of the size is its least. When that is
over the limit, the whole is.

The finding's bytes are those over the limit."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("AWS Lambda developer guide: quotas",)
EXAMPLES = (
    Example(
        targets=("cpu", "aws-lambda"),
        bad={"Dockerfile": "FROM python:3.12\nCOPY models /models\n"},
        good={"Dockerfile": "FROM python:3.12\nCOPY models/small /models\n"},
        sizes={"models/large.safetensors": 11_000_000_000, "models/small/model.onnx": 90_000_000},
    ),
    Example(
        title="the folder's own limit",
        bad={
            "Dockerfile": "FROM python:3.12-bookworm\nCOPY app.py .\n",
            "app.py": "print()\n",
            "jettison.toml": "[limits]\nimage_mb = 500\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim-bookworm\nCOPY app.py .\n",
            "app.py": "print()\n",
            "jettison.toml": "[limits]\nimage_mb = 500\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile, for every limit."""
    limits = [
        (each.size_limit_bytes, f"{each.title} takes", each.where)
        for each in platforms(project)
        if each.size_limit_bytes
    ]
    stated = round(stated_limit(project, "image_mb") * 1_000_000)
    if stated:
        limits.append((stated, "jettison.toml states", "[limits] image_mb"))
    for build in project.builds if limits else ():
        parts = _parts(project, build)
        size = sum(count for count, _ in parts)
        for limit, who, source in limits:
            if size > limit:
                largest = ", ".join(f"{name} {count / 1e6:,.0f} MB" for count, name in sorted(parts, reverse=True)[:3])
                yield Found(
                    file=build.path,
                    start=build.final.opened.start,
                    end=build.final.opened.end,
                    message=f"the image has {size / 1e6:,.0f} MB at least ({largest}), and {who} {limit / 1e6:,.0f} MB",
                    advice=f"see the findings with the largest savings; {source}",
                )


def _parts(project: Project, build: Build) -> list[tuple[int, str]]:
    """What is known of the image, each with its name."""
    base = shipped_base(project, build)
    row = base_image(base.reference) if base else None
    found = [(row.unpacked_bytes, base.reference)] if row and base else []
    found.append((sum(landing.size_bytes for landing in build.landings.final), "copied files"))
    names = asked_for(project, build)
    weighed = project.weights.distributions
    found += [(weighed[name], name) for name in sorted(names) if name in weighed]
    return found
