"""Which files an install reads, and whether they are all that it needs of the folder."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from ..dockerfile.installs import install_of
from ..dockerfile.runs import RunLine
from ..dockerfile.wrappers import program
from .builds import Build, InstallLine, Line, files_named
from .project import Project
from .requirement_files import RequirementFile
from .toml_places import table_at

_NEEDS_NO_SOURCE = (
    "apt-get",
    "apt",
    "apk",
    "useradd",
    "groupadd",
    "adduser",
    "addgroup",
    "set",
    "export",
    "true",
)
_SETTINGS_ONLY = ("ENV", "ARG", "LABEL", "EXPOSE", "STOPSIGNAL", "CMD", "ENTRYPOINT", "USER", "SHELL")
_READ_BESIDE = {
    "uv": ("uv.toml", ".python-version"),
    "poetry": ("poetry.toml",),
    "pdm": ("pdm.toml", ".python-version"),
}
"""Files that a tool reads when they lie beside the manifest."""
_TOO_MUCH = (".venv", "__pypackages__", ".env")
"""With these beside it nothing is moved: the COPY would put this machine's environment over the one that was made, and
Pipenv reads settings that no image should hold."""
_OF_TOOLS = re.compile(r"(/var/(lib|cache)/apt|/var/tmp|/tmp|/root|~|\$HOME)(/|$)")
_PATH_VARIABLES = ("PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_CONFIG_FILE", "PIP_FIND_LINKS", "UV_CONSTRAINT")
_NAMES_FILE = re.compile(r"file:|^\S+\.(whl|zip|tar\.gz|tgz)\b")
_OPTIONS = re.compile(
    r"--(index-url|extra-index-url|hash|pre|no-binary|only-binary|prefer-binary|trusted-host|require-hashes|no-index)$"
)
_LOCAL_SOURCE = re.compile(
    r'source\s*=\s*\{\s*(directory|path)|\b(editable|virtual)\s*=\s*"(?!\.")|type\s*=\s*"directory"'
)


def manifests_of(project: Project, build: Build, each: InstallLine) -> tuple[str, ...] | None:
    """The files of the build's folder that an install reads; None when it may need more of the folder than these."""
    install = each.install
    mounts_folder = any(mount.kind == "bind" and not mount.origin for mount in each.run.mounts)
    if mounts_folder or any(each.run.variables.get(name) for name in _PATH_VARIABLES):
        return None
    if install.kind == "requirements" and install.tool in ("pip", "uv"):
        if install.tool == "uv" and _has_settings_of_uv(project, build, each):
            return None
        return _requirements(project, build, each)
    folder = _folder(build, each)
    return _of_project(project, build, each, folder) if folder is not None else None


def _has_settings_of_uv(project: Project, build: Build, each: InstallLine) -> bool:
    """``uv pip`` reads them where it runs, and in the folders above."""
    here = f"{each.run.directory.rstrip('/')}/"
    for path, landing in build.landings.before(each.line.instruction.first_line).items():
        folder, _, name = path.rpartition("/")
        is_settings = name == "uv.toml" or (
            name == "pyproject.toml" and "[tool.uv" in (project.text(build.below(landing.source)) or "")
        )
        if is_settings and here.startswith(f"{folder}/"):
            return True
    return False


def _of_project(project: Project, build: Build, each: InstallLine, folder: str) -> tuple[str, ...] | None:
    install = each.install
    if install.kind not in ("project", "pipfile"):
        return None
    names = ("pyproject.toml", install.lock) if install.kind == "project" else ("Pipfile", install.lock)
    paths = tuple(posixpath.join(folder, name) for name in names)
    texts = [project.text(build.below(path)) for path in paths]
    if any(text is None or _LOCAL_SOURCE.search(text) for text in texts):
        return None
    data = project.toml(build.below(paths[0]))
    if data is None or _has_paths(data) or not _leaves_project_out(each, data):
        return None
    if {posixpath.join(folder, name) for name in _TOO_MUCH} & _sent(build):
        return None
    beside = (posixpath.join(folder, name) for name in _READ_BESIDE.get(install.tool, ()))
    return (*paths, *(path for path in beside if path in _sent(build)))


def _sent(build: Build) -> frozenset[str]:
    """Paths of the folder that the build sees."""
    if _sent not in build.worked_out:
        build.worked_out[_sent] = frozenset(each.path for each in build.sent.entries)
    found: frozenset[str] = build.worked_out[_sent]
    return found


def may_stand_before_the_source(line: Line, copy: Line) -> bool:
    """Whether an instruction does the same when a COPY of the source comes after it."""
    if line.word in _SETTINGS_ONLY:
        return True
    if line.word == "WORKDIR":
        return False
    if line.word != "RUN" or not line.runs:
        return False
    return line.scope.workdir == copy.scope.workdir and all(map(_needs_no_source, line.runs))


def _needs_no_source(run: RunLine) -> bool:
    if not run.command.understood or run.output or not run.known:
        return False
    name, words = program(run.argv), [word for word in run.argv[1:] if not word.startswith("-")]
    if name == "rm":  # of the source it would take away nothing, if that came later
        return all(map(_OF_TOOLS.match, words))
    if name in _NEEDS_NO_SOURCE:
        return not any(word.startswith(".") or (word.endswith((".deb", ".apk"))) for word in words)
    return install_of(run) is not None or run.argv[-2:] == ("cache", "purge")


def _requirements(project: Project, build: Build, each: InstallLine) -> tuple[str, ...] | None:
    words = each.install.words
    takes_file = ("-r", "--requirement", "-c", "--constraint", "--requirements", "--constraints")
    for index, word in enumerate(words):
        name = word.partition("=")[0]
        is_file = index > 0 and words[index - 1] in takes_file
        if name in ("-e", "--editable", "-f", "--find-links", "-t", "--target", "--src"):
            return None
        if not is_file and not word.startswith("-") and not _is_from_an_index(word):
            return None
    named = files_named(build, each)
    asked = sum(word in takes_file or word.partition("=")[0] in takes_file for word in words)
    if len(named) < asked:
        return None
    found: list[str] = []
    waiting = list(named)
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        more = _included(project, build, path)
        if more is None:
            return None
        found.append(path)
        waiting += more
    return tuple(found)


def _is_from_an_index(word: str) -> bool:
    """A word of an install that names no file of the folder: a requirement, or an address."""
    if "://" in word:
        return "file:" not in word
    return not word.startswith(".") and not re.search(r"[/*?]|\.(whl|zip|tar\.gz|tgz|tar\.bz2)$", word)


def _included(project: Project, build: Build, path: str) -> list[str] | None:
    """What a requirements file includes; None when it names something that is not in a file of this kind."""
    text = project.text(build.below(path))
    if text is None:
        return None
    file = RequirementFile(path=path, text=text)
    more: list[str] = []
    for line in file.lines:
        if line.option in ("-r", "-c"):
            more.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), line.value)))
        elif line.option:
            if not _OPTIONS.match(line.option):
                return None
        elif (line.requirement is None and not _is_from_an_index(line.body)) or _NAMES_FILE.search(line.body):
            return None
    return more


def _folder(build: Build, each: InstallLine) -> str | None:
    """The folder of the build that lies where the install runs; None when none does."""
    manifest = "Pipfile" if each.install.kind == "pipfile" else "pyproject.toml"
    landing = build.landings.before(each.line.instruction.first_line).get(posixpath.join(each.run.directory, manifest))
    return posixpath.dirname(landing.source) if landing is not None and landing.source else None


def _leaves_project_out(each: InstallLine, data: dict[str, Any]) -> bool:
    words = each.run.argv
    if each.install.tool == "poetry":
        return "--no-root" in words or table_at(data, "tool", "poetry").get("package-mode") is False
    if each.install.tool == "uv":
        settings = table_at(data, "tool", "uv")
        if "workspace" in settings:
            return False
        is_package = settings.get("package", "build-system" in data)
        return "--no-install-project" in words or not is_package
    return each.install.tool == "pipenv" or (each.install.tool == "pdm" and "--no-self" in words)


def _has_paths(data: Any) -> bool:
    """A dependency on a folder somewhere below."""
    waiting = [data]  # dotted keys nest deeper than calls may
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if any(key in here for key in ("path", "editable", "workspace")) and "members" not in here:
                return True
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
    return False
