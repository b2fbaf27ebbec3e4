"""torch through pip, pip-tools and ``uv pip``: which commands bring it, and whether it is there already."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...dockerfile.stages import chain
from ..builds import Build, InstallLine
from ..gpu_machines import for_gpu
from ..project import Project
from ..toml_places import table_at
from .arrivals import Arrival, not_shipped
from .asked import by_install
from .compiled import compiled
from .installed import Asking, Named, asking_of_file
from .names import FAMILY, family_of, is_cpu_index, is_cuda_index
from .pip_changes import CpuBuilds

_OTHER_DEVICE = re.compile(r"/whl/(?:\w+/)?(?:xpu|hpu|neuron)\b|neuron\.amazonaws|habana")
_BASES_WITH_TORCH = re.compile(
    r"(^|/)(pytorch|transformers-pytorch|huggingface-pytorch|deepspeed|unsloth|vllm)[^/]*(/|:|$)"
)


def arrivals(project: Project) -> Iterator[Arrival]:
    """What comes through install commands; in a folder without Dockerfile, through its requirements files."""
    for build in project.builds:
        if not for_gpu(build.path):
            yield from _of_build(project, build)
    if project.builds:
        return
    sources = _sources(project)
    for file in project.requirement_files:
        skipped = file.path in sources or "constraint" in file.path.lower() or not_shipped(file.path)
        if not skipped and not for_gpu(file.path):
            asking = asking_of_file(project, file)
            names = _names(asking, {})
            yield from _arrivals_of(asking, names, {})


def _sources(project: Project) -> set[str]:
    """Files that others are compiled from, or that others include: those say it."""
    found: set[str] = set()
    for file in project.requirement_files:
        made = compiled(project, file)
        found.update(made.sources if made else ())
    return found


def _of_build(project: Project, build: Build) -> Iterator[Arrival]:
    held: dict[int, dict[str, tuple[bool, str]]] = {}
    """By stage: of what is installed there, whether it is the CPU build, and the version when it is pinned."""
    for stage in build.stages:
        outermost = chain(build.stages, stage)[0]
        arm = "arm" in (outermost.opened.flag("platform") or "")
        from_base = dict.fromkeys(FAMILY, (True, "")) if _BASES_WITH_TORCH.search(outermost.base) else {}
        held[stage.index] = dict(held[stage.base_index] if stage.base_index is not None else from_base)
        for each in build.installs:
            if each.line.stage != stage.index or stage.index not in build.reached or arm:
                continue
            if each.install.tool == "conda":
                held[stage.index] |= dict.fromkeys(_of_conda(project, build, each), (True, ""))
            asking = project.once(by_install)[id(each)]
            if asking is not None:
                names = _names(asking, held[stage.index])
                # A command under a condition is one of several ways, and whoever wrote it thought of that.
                if each.run.always:
                    yield from _arrivals_of(asking, names, held[stage.index])
                held[stage.index] |= {name: (is_cpu, pinned) for name, (is_cpu, pinned, _) in names.items()}


def _of_conda(project: Project, build: Build, each: InstallLine) -> set[str]:
    """Of the family, what conda brings, from its own channels: pip then finds it there."""
    words = list(each.install.words)
    if each.install.kind == "environment":
        texts = (project.text(build.below(posixpath.basename(word))) or "" for word in each.install.words)
        words = [word.strip(" -\"'") for text in texts for word in text.split("pip:")[0].splitlines()]
    names = (re.split(r"[=<>! \[]", word.rpartition("::")[2])[0] for word in words)
    return {name.replace("pytorch", "torch").removesuffix("-cpu") for name in names} & set(FAMILY)


def _names(asking: Asking, held: dict[str, tuple[bool, str]]) -> dict[str, tuple[bool, str, Named | None]]:
    """Of the family, what a command brings that is not there yet: whether as CPU build, the pin, and what brings it."""
    found: dict[str, tuple[bool, str, Named | None]] = {}
    own = [each for each in asking.named if each.name in FAMILY]
    others = [] if asking.has("--no-deps") else [each for each in asking.named if each.name not in FAMILY]
    for each in (*own, *others):
        for name in family_of(each.requirement):
            pinned = each.pinned if each.name == name else ""
            there = held.get(name)
            satisfied = there and (not pinned or there[1] in ("", pinned)) and not each.requirement.url
            if name in found or satisfied:
                continue
            found[name] = (_is_cpu(asking, each, pinned), pinned, each)
    for folder, extras in asking.projects if not asking.has("--no-deps") else ():
        if asking.tool == "pip" or not _has_own_index(asking, folder):
            for name in _of_project(asking.project, folder, extras):
                if name not in found and name not in held:
                    found[name] = (_is_cpu(asking, None, ""), "", None)
    return found


def _has_own_index(asking: Asking, folder: str) -> bool:
    """Whether a project names its torch's index itself, which ``uv pip`` follows and pip does not know."""
    content = asking.project.toml(f"{folder}/pyproject.toml".lstrip("/"))
    return "torch" in table_at(content, "tool", "uv", "sources")


def _of_project(project: Project, folder: str, extras: tuple[str, ...]) -> list[str]:
    from .toml_files import required

    path = f"{folder}/pyproject.toml".lstrip("/")
    return list(
        dict.fromkeys(name for each in required(project, path) if each.group in ("", *extras) for name in each.family)
    )


def _is_cpu(asking: Asking, each: Named | None, pinned: str) -> bool:
    if each is not None and each.requirement.url:
        return not is_cuda_index(each.requirement.url)
    if re.search(r"\+(cu|rocm)\d", pinned):
        return False
    if "+cpu" in pinned or asking.backend:
        return "+cpu" in pinned or asking.backend in ("cpu", "auto")
    # Decided outside, or for a device that is neither: Intel's, AWS's or Habana's own.
    decided_outside = any("$" in url or _OTHER_DEVICE.search(url) for url in asking.addresses)
    if decided_outside or any(is_cuda_index(url) for url in asking.addresses):
        return decided_outside
    if any(is_cpu_index(url) for url in asking.addresses):
        # Of a file with hashes, pip takes the wheel that has one of them, whatever other indexes have.
        return not (each and each.line and each.line.is_hashed)
    return False


def _arrivals_of(
    asking: Asking, names: dict[str, tuple[bool, str, Named | None]], held: dict[str, tuple[bool, str]]
) -> Iterator[Arrival]:
    cuda = {name: named for name, (is_cpu, _, named) in names.items() if not is_cpu}
    if not cuda:
        return
    torch_held = held.get("torch", (False, ""))[0] and "torch" not in names
    beside = torch_held or ("torch" in names and names["torch"][0])
    direct = [each for name, each in cuda.items() if each and each.name == name and not each.because_of]
    reasons = [each for each in cuda.values() if each is not None]
    by = (
        ()
        if direct
        else tuple(dict.fromkeys(each for named in reasons for each in (named.because_of or (named.name,))))
    )
    place = direct[0] if direct else reasons[0] if reasons else None
    if place is None or not place.has_place:
        file, start, end = _of_command(asking) if asking.each else ("", 0, 0)
    else:
        file, start, end = place.file, place.start, place.end
    if not file or (place is not None and place.of is not None and for_gpu(place.file)):
        return
    making = CpuBuilds(asking, tuple(cuda), tuple(reasons), place)
    waits = "torch" not in names and "torch" in held and not held["torch"][0]
    yield Arrival(
        tool="uv pip" if asking.tool == "uv" else "pip",
        names=tuple(name for name in FAMILY if name in cuda),
        by=by,
        beside_cpu=beside,
        file=file,
        start=start,
        end=end,
        # Beside a CUDA torch that could not be changed, CPU builds would not load.
        changes=() if waits else making.changes(),
        advice="change torch first" if waits else making.advice,
    )


def _of_command(asking: Asking) -> tuple[str, int, int]:
    assert asking.build is not None
    assert asking.each is not None
    command = asking.each.run.command
    return asking.build.path, command.start, command.end
