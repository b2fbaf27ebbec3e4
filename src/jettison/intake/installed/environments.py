"""Which other stages give their Python environment to the one that ships.

A virtual environment, a prefix or a whole ``/usr/local`` is often installed in a stage with compilers and copied out of
it; its packages ship, its caches do not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...dockerfile.runs import RunLine, run_lines
from ...dockerfile.stages import Stage, chain, final_scope, named, steps
from ...dockerfile.wrappers import program

_DEFAULT = ("/usr/local", "/usr/lib/python3", "/opt/conda", "/opt/venv", "/root/.local")


def copied_stages(stages: tuple[Stage, ...], stage: Stage) -> tuple[Stage, ...]:
    """The stages whose environment comes along, those that install first in front."""
    found: dict[int, Stage] = {}
    own = {each.index for each in chain(stages, stage)}
    for origin, path in _copies(stages, stage):
        other = named(stages, origin)
        if other is None or other.index in own or other.index in found:
            continue
        if any(_covers(path, place) for place in environment_places(stages, other)):
            for each in copied_stages(stages[: other.index], other):
                found.setdefault(each.index, each)
            found[other.index] = other
    return tuple(found.values())


def wheel_folders(stages: tuple[Stage, ...], stage: Stage) -> dict[str, Stage]:
    """Folders of the stage's image that hold what another stage built, each with that stage."""
    found: dict[str, Stage] = {}
    for step in steps(stages, stage):
        origin = step.instruction.flag("from") if step.instruction.word == "COPY" else None
        other = named(stages, step.scope.expanded(origin)) if origin else None
        if other is not None:
            target = step.scope.expanded(step.instruction.arguments[-1])
            found[posixpath.normpath(posixpath.join(step.scope.workdir, target))] = other
    return found


def environment_places(stages: tuple[Stage, ...], stage: Stage) -> set[str]:
    """Where the stage installs Python packages, absolute."""
    scope = final_scope(stages, stage)
    places = {*_DEFAULT}
    for name in (
        "VIRTUAL_ENV",
        "UV_PROJECT_ENVIRONMENT",
        "CONDA_PREFIX",
        "MAMBA_ROOT_PREFIX",
        "POETRY_HOME",
        "PYTHONUSERBASE",
    ):
        if value := scope.environment.get(name):
            places.add(posixpath.normpath(posixpath.join(scope.workdir, value)))
    for run in run_lines(stages, stage):
        for line in run:
            places.update(posixpath.normpath(posixpath.join(line.directory, each)) for each in _places_of(line))
    return places


def _places_of(line: RunLine) -> Iterator[str]:
    """Where one command makes an environment, or installs to."""
    argv, name = line.argv, program(line.argv)
    if name == "python" and argv[1:2] == ("-m",):
        argv = argv[2:]
        name = program(argv)
    if name in ("venv", "virtualenv") or (name == "uv" and argv[1:2] == ("venv",)):
        paths = [word for word in argv[1:] if not word.startswith("-") and word != "venv"]
        yield paths[-1] if paths else ".venv"
    if (name == "uv" and argv[1:2] == ("sync",)) or name in ("poetry", "pipenv", "pdm"):
        yield ".venv"
    if name in ("pip", "uv", "conda", "mamba", "micromamba"):
        for index, word in enumerate(argv):
            option, equals, value = word.partition("=")
            if option in ("--prefix", "--target", "-t", "--root", "-p"):
                yield value if equals else next(iter(argv[index + 1 : index + 2]), ".")
        if "--user" in argv:
            yield line.variables.get("HOME", "/root") + "/.local"


def _copies(stages: tuple[Stage, ...], stage: Stage) -> Iterator[tuple[str, str]]:
    """Stage name and path of every ``COPY --from``."""
    for step in steps(stages, stage):
        origin = step.instruction.flag("from") if step.instruction.word == "COPY" else None
        if origin is not None:
            for source in step.instruction.arguments[:-1]:
                yield step.scope.expanded(origin), posixpath.normpath(posixpath.join("/", step.scope.expanded(source)))


def _covers(path: str, place: str) -> bool:
    """Whether what is copied holds the place's packages: it is the place, above it, or its package folder."""
    if re.search(r"(site|dist)-packages$|/lib/python3[.\d]*$", path):
        return path.startswith(place)
    return place == path or place.startswith(path.rstrip("/") + "/") or path == f"{place}/lib"
