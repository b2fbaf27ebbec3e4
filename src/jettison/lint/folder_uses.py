"""What a build or its service takes from folders that most images can do without: history, environments, notebooks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ..dockerfile.installs import install_of
from ..dockerfile.wrappers import program
from .builds import Build
from .code import Code
from .project import Project

_VERSIONED = re.compile(
    r"setuptools[_-]scm|use_scm_version|versioneer|hatch-vcs|\bpbr\b|dunamai|poetry-dynamic-versioning|flit[_-]scm|"
    r"uv-dynamic-versioning|setuptools-git|\bgit\s+(describe|rev-parse|log|show)\b|[\"']git[\"']"
)
_ASKS_GIT = re.compile(r"\b(?:git\s+(?!clone\b)[a-z-]|dvc\s+[a-z])")
_STARTS = ("CMD", "ENTRYPOINT", "RUN")
_NODE = re.compile(r"\b(node|npm|npx|yarn|pnpm|bun|pm2|next)\b")
_READS_ENV = frozenset(
    ("dotenv", "environs", "environ", "decouple", "starlette", "pydantic_settings", "dynaconf", "chainlit", "prisma")
)
_NOTEBOOK_TOOLS = frozenset(
    ("voila", "jupyter", "jupyter-lab", "jupyterlab", "papermill", "nbconvert", "nbclient", "nbformat", "mercury")
)


def asks_history(code: Code, project: Project, build: Build) -> bool:
    """Something reads ``.git``: the version of the package, a script of the build, DVC."""
    if "git" in code.modules or ".git" in code.named:
        return True
    if any(re.match(r"git($|\s)", text) for file in code.files for text in file.texts):
        return True
    if any(
        program(run.argv) == "dvc" or (run.argv[:1] == ("git",) and run.argv[1:2] != ("clone",))
        for line in build.lines
        for run in line.runs
    ):
        return True
    if any(map(_ASKS_GIT.search, started_scripts(project, build))):
        return True
    named = (project.text(build.below(name)) or "" for name in ("pyproject.toml", "setup.py", "setup.cfg"))
    return any(_VERSIONED.search(text) for text in named)


def runs_in_copied(code: Code, build: Build, path: str) -> bool:
    """The image names an environment of the folder, and no command of the build makes one."""
    if posixpath.basename(path) not in code.named:
        return False
    runs = [run for line in build.lines for run in line.runs]
    installs = filter(None, map(install_of, runs))
    return not any("venv" in word for run in runs for word in run.argv) and not any(
        each.tool in ("uv", "poetry", "pdm", "pipenv") for each in installs
    )


def runs_copied_packages(build: Build) -> bool:
    """Node runs in the image, and no command of the build installs its packages."""
    texts = [line.instruction.body for line in build.lines if line.word in _STARTS]
    if not any(map(_NODE.search, (*texts, build.base))):
        return False
    return not any(
        program(run.argv) == "yarn" or {"install", "ci", "i", "add"} & {*run.argv[1:]}
        for line in build.lines
        for run in line.runs
        if program(run.argv) in ("npm", "yarn", "pnpm", "bun")
    )


def opens_notebooks(code: Code, build: Build) -> bool:
    """A tool that shows or runs notebooks is there."""
    return bool(_NOTEBOOK_TOOLS & (code.named | code.modules)) or "jupyter" in build.base


def reads_env(code: Code, project: Project, build: Build) -> bool:
    """The service, or a tool that starts it, reads ``.env`` without being told its name."""
    # Flask's own command reads it as soon as python-dotenv is there.
    return (
        bool(_READS_ENV & code.modules)
        or bool({"pipenv", "honcho", "dotenv", "chainlit"} & code.named)
        or any(file.named("python-dotenv") for file in project.installed_files)
        or "dotenv" in (project.text(build.below("package.json")) or "")
    )


def started_scripts(project: Project, build: Build) -> Iterator[str]:
    """Texts of the folder's scripts and makefiles that the image or its build starts."""
    bodies = [line.instruction.body for line in build.lines if line.word in _STARTS]
    called = {name for body in bodies for name in re.findall(r"[\w.-]+\.(?:sh|bash)\b", body)}
    if any(program(run.argv) == "make" for line in build.lines for run in line.runs):
        called |= {"Makefile", "makefile", "GNUmakefile"}
    for each in build.sent.entries if called else ():
        if posixpath.basename(each.path) in called:
            yield project.text(build.below(each.path)) or ""
