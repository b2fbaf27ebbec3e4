"""Azure Functions' image where the target runs any container."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..bases import shipped_base
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_bases

CODE = "B10"
NAME = "functions-base"
SUMMARY = "the image stands on Azure Functions' base, and its target runs any container"
WHY = """\
Azure Functions' Python image has 1.3 GB before any code. Functions must stand on it; App Service, Container Apps, Cloud
Run and Kubernetes run a web server on python:3.x-slim just as well.

It speaks only when such a target is named (`--target azure-app-service`) and Functions is not. Container Apps can run
functions too, so there a folder with a `host.json` is left alone."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("Azure/azure-functions-docker, issue 820: 1.27 to 1.39 GB",)
EXAMPLES = (
    Example(
        targets=("cpu", "azure-app-service"),
        bad={"Dockerfile": "FROM mcr.microsoft.com/azure-functions/python:4-python3.11\nCOPY . /home/site/wwwroot\n"},
        good={"Dockerfile": "FROM python:3.11-slim\nCOPY . /app\n"},
    ),
    Example(
        title="functions on Container Apps",
        targets=("cpu", "azure-container-apps"),
        bad={"Dockerfile": "FROM mcr.microsoft.com/azure-functions/python:4-python3.11\nCOPY . /home/site/wwwroot\n"},
        good={
            "Dockerfile": "FROM mcr.microsoft.com/azure-functions/python:4-python3.11\nCOPY . /home/site/wwwroot\n",
            "host.json": '{"version": "2.0"}\n',
        },
    ),
)

_RUN_ANY = ("azure-app-service", "azure-container-apps", "cloud-run", "kubernetes")


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile that stands on it without having to."""
    named = [target for target in _RUN_ANY if project.aims_at(target)]
    if not named or project.aims_at("azure-functions"):
        return
    for build in project.builds:
        base = shipped_base(project, build)
        if base is None or not base.is_functions:
            continue
        if named == ["azure-container-apps"] and build.below("host.json") in project.paths:
            continue
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"{named[0]} runs any container, and the image stands on Azure Functions' base",
            advice=f"serve the same code with a web server on python:{base.python or '3.x'}-slim",
            saving=of_bases(project, base.reference, f"python:{base.python or '3.12'}-slim"),
        )
