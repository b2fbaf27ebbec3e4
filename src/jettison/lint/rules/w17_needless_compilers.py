"""Compilers for packages that come as wheels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ...dockerfile.wrappers import program
from ...oci.base_images import base_image
from ...records import Change, Edit, FixClass, Saving
from ..apt_words import packages_named, packages_removed
from ..builds import Build, Line
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import debian_names, of_debian, of_table
from ..system_libraries import needed_libraries
from ..wheels import has_wheel

CODE = "W17"
NAME = "needless-compilers"
SUMMARY = "apt installs compilers, and every package that the image installs comes as a wheel"
WHY = """\
`gcc` and `build-essential` stand in many Dockerfiles since the days when wheels were rare: 183 to 356 MB, and minutes
of building. The fix takes them out of the apt line; `pip install --only-binary :all:` shows whether that holds.

It says nothing unless every requirement is known to have a wheel for the base's Python, in the version that is asked
for; nothing where the image compiles something itself (a package of its own with C, Cython or Rust, `torch.compile`,
a `make`, a requirement from a repository, `--no-binary`), on Alpine, in a stage that does not ship, and where the
same RUN removes the compilers again."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = ('pip, "Wheels"', "The first release with a wheel for each Python, resolved in November 2026 (wheels.toml)")
_APP = {"app.py": "from flask import Flask\nimport numpy, pandas\napp = Flask(__name__)\n"}
_DOCKERFILE = (
    "FROM python:{}\nRUN apt-get update && apt-get install -y --no-install-recommends {}\\\n    && rm -rf "
    "/var/lib/apt/lists/*\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\n"
)
EXAMPLES = (
    Example(
        bad={
            **_APP,
            "Dockerfile": _DOCKERFILE.format("3.12-slim", "curl gcc \\\n    g++ python3-dev "),
            "requirements.txt": "flask\nnumpy==2.1.0\npandas>=2\n",
        },
        good={
            **_APP,
            "Dockerfile": _DOCKERFILE.format("3.12-slim", "curl "),
            "requirements.txt": "flask\nnumpy==2.1.0\npandas>=2\n",
        },
    ),
    Example(
        title="a version that is older than its Python",
        bad={
            **_APP,
            "Dockerfile": _DOCKERFILE.format("3.11", "build-essential "),
            "requirements.txt": "flask==3.0\nnumpy==1.26.4\npandas==2.2.3\n",
        },
        good={
            **_APP,
            "Dockerfile": _DOCKERFILE.format("3.12", "build-essential "),
            "requirements.txt": "flask==3.0\nnumpy==1.24.4\npandas==2.2.3\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.11\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\n",
        },
    ),
)
COMPILERS = frozenset(
    [
        "build-essential",
        "gcc",
        "g++",
        "gfortran",
        "cmake",
        "make",
        "ninja-build",
        "python3-dev",
        "python-dev",
        "python3-all-dev",
        "libpython3-dev",
        "rustc",
        "cargo",
        "pkg-config",
        "clang",
    ]
)
_BUILDS = (
    "gcc",
    "g++",
    "cc",
    "make",
    "cmake",
    "cargo",
    "rustc",
    "maturin",
    "ninja",
    "meson",
    "clang",
    "f2py",
    "cython",
)
_OWN_CODE = re.compile(r"(\.(pyx|pxd|c|cc|cpp|cxx|cu|rs|f90)|CMakeLists\.txt|Cargo\.toml|meson\.build|Makefile)$")
_COMPILES_LATER = frozenset(
    [
        "torch.compile",
        "load_inline",
        "cpp_extension",
        "pyximport",
        "verify",
        "torch._dynamo",
        "weave",
        "Cython",
        "cython",
        "triton",
        "gcc",
        "g++",
        "tcc",
    ]
)


def findings(project: Project) -> Iterator[Found]:
    """Every apt line of a stage that ships, with compilers in it."""
    if any(_OWN_CODE.search(path) and not project.is_foreign(path) for path in project.paths):
        return
    for build in project.builds:
        lines = [line for line in build.lines if line.ships and line.runs]
        found = [(line, names) for line in lines if (names := _compilers(line))]
        if not found or not _needs_none(project, build):
            continue
        for line, names in found:
            words = [word for name, _, word in packages_named(line) if name in COMPILERS]
            edits: tuple[Edit, ...] = packages_removed(build, line, COMPILERS)
            lost = _lost(project, build, line)
            if lost:
                edits = ()
            yield Found(
                file=build.path,
                start=words[0].start,
                end=words[-1].end,
                message=f"apt installs {', '.join(names)}, and all that the image installs for Python comes as wheels",
                advice="take them out, and let pip install --only-binary :all: say when a wheel is missing"
                + (f"; install {lost} then, which came with them" if lost else ""),
                fix="verify",
                changes=(Change(file=build.path, edits=edits),) if edits else (),
                saving=of_debian(project, names) or _weight(build, names),
            )


def _compilers(line: Line) -> list[str]:
    """Those that a RUN installs and leaves in the image."""
    removes = any({"purge", "remove", "autoremove"} & set(run.argv[1:4]) for run in line.runs)
    return [] if removes else [name for name, _, _ in packages_named(line) if name in COMPILERS]


def _lost(project: Project, build: Build, line: Line) -> str:
    """The library of OpenMP, when a distribution loads it and only the compiler brings it; else empty."""
    named = {name for name, _, _ in packages_named(line)}
    return "libgomp1" if "libgomp1" in needed_libraries(project, build) and "libgomp1" not in named else ""


def _needs_none(project: Project, build: Build) -> bool:
    python = build.python
    shipped = [each for each in project.dependencies if each.ships]
    if python is None or "alpine" in build.base or not shipped or not project.code.is_whole:
        return False
    if not project.code.names.isdisjoint(_COMPILES_LATER):
        return False
    for line in build.lines:
        for run in line.runs:
            if program(run.argv) in _BUILDS or any(word.startswith(("--no-binary", "git+")) for word in run.argv):
                return False
    if not all(each.run.known for each in build.installs):
        return False
    for file in project.installed_files:
        if any(line.requirement is None and not line.option for line in file.lines) or file.options(
            "-e", "--no-binary"
        ):
            return False  # an address, a folder, an editable package
    return all(each.is_direct and not each.lock and has_wheel(each, python) for each in shipped)


def _weight(build: Build, names: list[str]) -> Saving | None:
    base = base_image(build.base)
    if base is not None and base.has_compilers:  # it has most of them already
        return None
    known = next((of_table(name) for name in ("build-essential", "g++", "gcc") if name in names), None)
    return replace(known, about=debian_names(names)) if known else None
