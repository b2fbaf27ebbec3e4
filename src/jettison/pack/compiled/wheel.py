"""From a source distribution to a wheel that says what it was made of. The same inputs give the same bytes."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

from ...errors import EnvironmentUnusable, Unresolvable
from ...packages import sources
from ...packages.index import IndexSettings
from ...packages.resolution import Wheel
from ...packages.wheel_files import record, zipped
from ...records import Progress, Steps
from ...sandbox.limited import Limits, World, ran
from ...workspace import Workspace, digest, file_digest, space_for
from .recipe import Recipe
from .workshop import TOOLS_FOLDER, Workshop

_VERSION = 1
"""Goes up when the code below makes another wheel of the same inputs."""
_AT = "/build/work"
"""Where everything happens, inside: paths may end up in what is compiled."""
_LIMITS = Limits(seconds=3600)
_ENVIRONMENT = {
    "PATH": f"/{TOOLS_FOLDER}/bin:/usr/bin:/bin",
    "PYTHONPATH": f"/{TOOLS_FOLDER}",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # the earliest that a zip file knows: 1980
    "LC_ALL": "C.UTF-8",
    "CC": "gcc",
    "CXX": "g++",
    "CFLAGS": f"-ffile-prefix-map={_AT}=.",
    "CXXFLAGS": f"-ffile-prefix-map={_AT}=.",
    "LDFLAGS": "-Wl,--strip-all",
}
_PROGRAM = Path(__file__).with_name("building.py")
PROVENANCE = "jettison.json"
"""In the ``.dist-info`` of a compiled wheel: what it was made of, and how."""


def compiled_wheel(
    recipe: Recipe, source: Wheel, place: Workshop, *, platform: str, settings: IndexSettings, workspace: Workspace
) -> Steps[Path]:
    """The wheel, its file name carrying version and tags; made once for the same source, recipe and workshop.

    :param source: a source distribution with its digest
    :param platform: of the base, as uv names it
    :raises EnvironmentUnusable: it does not compile, or nothing on this machine can isolate the compiling
    :raises IndexUnreachable: the source cannot be fetched
    :raises Untrusted: the source is another file than the index promised
    """
    key = digest(
        _VERSION, recipe, source.sha256, place.contents, platform, _LIMITS, _ENVIRONMENT, file_digest(_PROGRAM)
    )

    def make(folder: Path) -> Steps[None]:
        with tempfile.TemporaryDirectory(prefix="jettison-") as scratch, space_for(folder):
            work = Path(scratch)
            _unpacked(source, settings, work)
            yield from _built(recipe, source, place, work)
            [made] = (work / "wheels").glob("*.whl")
            name, data = _relabelled(made, recipe, source, place, platform)
            (folder / name).write_bytes(data)

    folder = yield from workspace.folder("compiled", key, make)
    return next(folder.glob("*.whl"))


def _unpacked(source: Wheel, settings: IndexSettings, work: Path) -> None:
    """The source as ``source``, and the program that builds it."""
    archive = work / source.filename
    archive.write_bytes(sources.fetched(source, settings))
    try:
        shutil.unpack_archive(archive, work / "unpacked", filter=None if archive.suffix == ".zip" else "data")
        [top] = (work / "unpacked").iterdir()
    except (shutil.ReadError, ValueError) as cause:
        raise Unresolvable(
            f"{source.filename} cannot be unpacked: {cause}", next_step=f"keep the wheel of {source.name}"
        ) from cause
    archive.unlink()
    top.rename(work / "source")
    (work / "wheels").mkdir()
    shutil.copyfile(_PROGRAM, work / _PROGRAM.name)


def _built(recipe: Recipe, source: Wheel, place: Workshop, work: Path) -> Steps[None]:
    plan = {"source": f"{_AT}/source", "build": f"{_AT}/build", "wheels": f"{_AT}/wheels", "setup": recipe.setup}
    name = f"{source.name} {source.version}"
    steps = ran(
        [place.python, f"{_AT}/{_PROGRAM.name}", json.dumps(plan)],
        writable=work,
        environment=_ENVIRONMENT,
        limits=_LIMITS,
        world=World(root=place.folder, python=place.python, writable_at=_AT),
    )
    yield Progress(step="compile", note=f"{name}, which takes minutes and is done once")
    while True:
        try:
            moment = next(steps)
        except StopIteration as end:
            ended = end.value
            break
        yield Progress(step="compile", note=f"{name}: {moment.note}")
    if ended.failure:
        said = ended.output.splitlines()
        first = next((line.strip() for line in said if " error: " in line or "ERROR: " in line), ended.failure)
        raise EnvironmentUnusable(
            f"{name} does not compile here: {first}",
            where="\n".join(said[-12:]),
            next_step=f'keep its wheel: [target] {recipe.distribution} = "wheel"',
        )


def _relabelled(made: Path, recipe: Recipe, source: Wheel, place: Workshop, platform: str) -> tuple[str, bytes]:
    """The wheel under its local version and the platform that it was compiled for, with its provenance."""
    machine, _, libc = platform.partition("-")
    stem, python, abi, _ = made.stem.rsplit("-", 3)
    project, version = stem.split("-", 1)
    label = f"{project}-{version}+{recipe.local}"
    files = {}
    with zipfile.ZipFile(io.BytesIO(made.read_bytes())) as archive:
        for name in archive.namelist():
            folder, slash, rest = name.partition("/")
            moved = folder.replace(f"{stem}.", f"{label}.", 1) if folder.startswith(f"{stem}.") else folder
            files[f"{moved}{slash}{rest}"] = archive.read(name)
    info = f"{label}.dist-info"
    tag = f"{python}-{abi}-{libc}_{machine}"
    files[f"{info}/METADATA"] = _with_line(files[f"{info}/METADATA"], "Version", f"{version}+{recipe.local}")
    files[f"{info}/WHEEL"] = _with_line(files[f"{info}/WHEEL"], "Tag", tag)
    provenance = {
        "source": source.filename,
        "sha256": source.sha256,
        "setup": recipe.setup,
        "environment": _ENVIRONMENT,
        "workshop": place.contents.splitlines(),
    }
    files[f"{info}/{PROVENANCE}"] = json.dumps(provenance, indent=1).encode() + b"\n"
    del files[f"{info}/RECORD"]
    files = dict(sorted((name, data) for name, data in files.items() if not name.endswith("/")))
    files[f"{info}/RECORD"] = record(files, f"{info}/RECORD").encode()
    return f"{label}-{tag}.whl", zipped(files)


def _with_line(text: bytes, name: str, value: str) -> bytes:
    """The first line of that name says something else."""
    lines = text.decode("utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{name}:"))
    lines[at] = f"{name}: {value}"
    return "\n".join(lines).encode()
