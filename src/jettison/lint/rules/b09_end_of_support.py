"""A Python or a distribution that gets no security fixes any more."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ...records import FixClass
from ..bases import Base, bases
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "B09"
NAME = "end-of-support"
SUMMARY = "the base image holds a Python or a distribution that gets no security fixes any more"
WHY = """\
Nobody repairs what is found in it from then on, new wheels stop being built for it, and package servers of old
distributions move away, so that one day the build fails. Another release is another program: there is no fix, but the
answers of both can be compared.

The dates stand in a table with their source (`lint/ends_of_support.toml`) and are compared with today's."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = (
    "python/devguide, release cycle; endoflife.date",
    "Debian's long term support; Ubuntu's release cycle; the CentOS Project",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.7-slim\nRUN pip install flask\n"},
        good={"Dockerfile": "FROM python:3.14-slim\nRUN pip install flask\n"},
    ),
    Example(
        title="a distribution, under another name",
        bad={"Dockerfile": "FROM nvidia/cuda:11.2.2-runtime-ubuntu18.04\nRUN python3 -V\n"},
        good={"Dockerfile": "FROM nvidia/cuda:12.6.0-runtime-ubuntu24.04\nRUN python3 -V\n"},
    ),
    Example(
        title="Functions and Lambda say the version of Python in their own ways",
        bad={"Dockerfile": "FROM mcr.microsoft.com/azure-functions/python:4-python3.8\nCOPY . /home/site/wwwroot\n"},
        good={"Dockerfile": "FROM public.ecr.aws/lambda/python:3.14\nCOPY . .\n"},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every FROM of a stage that ships."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for build in project.builds:
        for base in bases(project, build):
            for family, release, name in _releases(base) if base.ships else ():
                ended = _table()[family].get(release)
                if ended is None or ended >= today:
                    continue
                yield Found(
                    file=build.path,
                    start=base.start,
                    end=base.end,
                    message=f"{name} of {base.reference} has had no security fixes since {ended:%B %Y}",
                    advice=f"move to a release that has; {_table()[family]['source']}",
                )


def _releases(base: Base) -> Iterator[tuple[str, str, str]]:
    """What the tag says about the image: family, release, and how to call it."""
    if base.python:
        yield "python", base.python, f"Python {base.python}"
    for suite in re.findall(r"jessie|stretch|buster|bullseye|bookworm|trixie", base.tag):
        yield "debian", suite, f"Debian {suite}"
    if base.repository == "debian" and (found := re.match(r"\d+", base.tag)):
        suite = {"8": "jessie", "9": "stretch", "10": "buster", "11": "bullseye", "12": "bookworm"}.get(found[0], "")
        yield "debian", suite, f"Debian {found[0]}"
    named = {"trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04", "jammy": "22.04"}
    pattern = r"^(\d\d\.\d\d)" if base.repository == "ubuntu" else r"ubuntu-?(\d\d\.\d\d)"
    if found := re.search(pattern, base.tag):
        yield "ubuntu", found[1], f"Ubuntu {found[1]}"
    elif base.repository == "ubuntu" and (code := base.tag.partition("-")[0]) in named:
        yield "ubuntu", named[code], f"Ubuntu {named[code]}"
    if found := re.search(r"centos(\d)" if base.repository != "centos" else r"^(?:centos)?(\d)", base.tag):
        yield "centos", found[1], f"CentOS {found[1]}"


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).parent.with_name("ends_of_support.toml").read_text("utf-8"))
