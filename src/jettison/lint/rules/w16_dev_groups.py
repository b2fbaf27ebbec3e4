"""Development groups that an image installs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dockerfile.stages import chain
from ...dockerfile.wrappers import program
from ...records import Change, FixClass
from ..builds import Build, Line
from ..dependencies import Dependency, is_dev
from ..dev_installs import dev_export, dev_install
from ..distributions import tool_kind
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_tools
from ..unused import could_be_judged

CODE = "W16"
NAME = "dev-groups"
SUMMARY = "development dependencies are installed in the image"
WHY = """\
`uv sync`, `poetry install` and `pdm install` install the development group unless they are told not to; `pipenv --dev`,
`-r requirements-dev.txt` and `.[dev]` ask for it. The fix adds `--no-dev`, `--only main` (or `--without` with the
names of the groups), `--prod`; takes `--dev` away; and names the file that the development one is built on.

It says nothing where the project has no such group, in a stage that is not part of the image, or in a Dockerfile for
development (`Dockerfile.dev`). Where a command of the image runs one of the tools, or `uv run` would
install the group at start-up after all, it changes nothing. The fix is safe where the code imports none of the group;
else the image has to be built and compared."""
FIX: FixClass = "safe"
ALSO = ()
SOURCES = ('uv, "Using uv in Docker"', 'Poetry, "Managing dependencies": dependency groups are installed by default')
_APP = {"app.py": "from flask import Flask\napp = Flask(__name__)\n"}
_UV = {
    **_APP,
    "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['flask']\n[dependency-groups]\ndev = ['pytest']\n",
    "uv.lock": "version = 1\n",
}
_POETRY = (
    "[tool.poetry.dependencies]\npython = '^3.11'\nflask = '*'\n[tool.poetry.group.dev.dependencies]\npytest = '*'\n"
)
_FROM = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
EXAMPLES = (
    Example(
        bad={**_UV, "Dockerfile": _FROM + "RUN uv sync --frozen \\\n    --no-cache\n"},
        good={**_UV, "Dockerfile": _FROM + "ENV UV_NO_DEV=1\nRUN uv sync --frozen \\\n    --no-cache\n"},
        fixed={"Dockerfile": _FROM + "RUN uv sync --no-dev --frozen \\\n    --no-cache\n"},
    ),
    Example(
        title="Poetry: a group that is no development group stays",
        bad={
            **_APP,
            "pyproject.toml": _POETRY + "[tool.poetry.group.serve.dependencies]\nwaitress = '*'\n",
            "Dockerfile": _FROM + "RUN pip install poetry && poetry install --no-root\n",
        },
        good={
            **_APP,
            "pyproject.toml": _POETRY,
            "Dockerfile": _FROM + "RUN pip install poetry && poetry install --only main --no-root\n",
        },
        fixed={"Dockerfile": _FROM + "RUN pip install poetry && poetry install --without dev --no-root\n"},
    ),
    Example(
        title="a development file that builds on the other; a stage that only tests",
        bad={
            **_APP,
            "requirements.txt": "flask\n",
            "requirements-dev.txt": "-r requirements.txt\npytest\n",
            "Dockerfile": _FROM + "RUN pip install -r requirements-dev.txt\n",
        },
        good={
            **_APP,
            "requirements.txt": "flask\n",
            "requirements-dev.txt": "-r requirements.txt\npytest\n",
            "Dockerfile": "FROM python:3.12-slim AS test\nCOPY . .\nRUN pip install -r requirements-dev.txt && pytest\n"
            + _FROM
            + "RUN pip install -r requirements.txt\n",
        },
        fixed={"Dockerfile": _FROM + "RUN pip install -r requirements.txt\n"},
    ),
    Example(
        title="pipenv, and an extra of the project itself",
        bad={
            **_APP,
            "Pipfile": "[packages]\nflask = '*'\n[dev-packages]\npytest = '*'\n",
            "Dockerfile": _FROM + "RUN pip install pipenv && pipenv install --dev --system --deploy\n",
        },
        good={
            **_APP,
            "Pipfile": "[packages]\nflask = '*'\n[dev-packages]\npytest = '*'\n",
            "Dockerfile": _FROM + "RUN pip install pipenv && pipenv install --system --deploy\n",
        },
    ),
    Example(
        bad={
            **_APP,
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['flask']\n[project.optional-dependencies]\n"
            "dev = ['pytest']\nserve = ['gunicorn']\n",
            "Dockerfile": _FROM + "RUN pip install '.[serve,dev]'\n",
        },
        good={
            **_APP,
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['flask']\n[project.optional-dependencies]\n"
            "dev = ['pytest']\nserve = ['gunicorn']\n",
            "Dockerfile": _FROM + "RUN pip install '.[serve]'\n",
        },
    ),
)


_PLUGINS = re.compile(r"^(types-|pytest-|flake8-|mypy-|sphinx|mkdocs|jupyter|pylint-|pandas-stubs)")


def findings(project: Project) -> Iterator[Found]:
    """Every command of an image that installs a development group."""
    for build in project.builds:
        if is_dev(build.path):
            continue
        needed = [line for line in build.lines if line.stage in build.reached]
        installs = [each for each in build.installs if each.line.stage in build.reached]
        found = [(each.line, each.run, dev_install(project, build, each)) for each in installs]
        found += [(line, run, dev_export(project, build, run)) for line in needed for run in line.runs]
        for line, run, group in found:
            if group is None or not group.brought:
                continue
            later = group.tool == "uv" and _is_installed_at_start(build)
            called = _is_called_on_top(build, line, {each.name for each in group.brought})
            fix = None if later or called else _fix(project, group.brought)
            names = sorted({each.name for each in group.brought})
            whole = line.instruction  # a script in quotes has no place of its own
            is_placed = whole.start <= run.command.start < whole.end
            yield Found(
                file=build.path,
                start=run.command.start if is_placed else whole.start,
                end=run.command.end if is_placed else whole.end,
                message=f"{group.what} is installed in the image: {', '.join(names[:6])}"
                f"{' and others' if len(names) > 6 else ''}",
                advice="set ENV UV_NO_DEV=1 before it; uv run would install the group at start-up again"
                if later
                else group.advice,
                fix=fix or "suggest",
                changes=(Change(file=build.path, edits=(group.edit,)),) if group.edit and fix else (),
                saving=of_tools(project, names),
            )


def _is_called_on_top(build: Build, line: Line, names: set[str]) -> bool:
    """A later command of the build calls a tool of the group, be it in a stage for tests that is not part of the image."""
    later = [each for each in build.lines if each.instruction.start > line.instruction.start]
    return any(
        names & {*run.argv}
        for each in later
        if line.stage in {stage.index for stage in chain(build.stages, build.stages[each.stage])}
        for run in each.runs
    )


def _fix(project: Project, brought: tuple[Dependency, ...]) -> FixClass | None:
    """None where something of the group is run in the image."""
    code = project.code
    if any(code.says_in_text(each.name) for each in brought):
        return None
    only_tools = all(tool_kind(each.name) or _PLUGINS.match(each.name) for each in brought)
    imported = any(code.imports_of(each.name) for each in brought)
    return "safe" if only_tools and not imported and could_be_judged(project) else "verify"


def _is_installed_at_start(build: Build) -> bool:
    """``uv run`` brings the environment up to date before it starts anything, the development group too."""
    commands = [
        (line.instruction.arguments if line.instruction.is_json else tuple(line.instruction.body.split()), line)
        for line in build.lines
        if line.word in ("CMD", "ENTRYPOINT") and line.ships
    ]
    for words, line in commands:
        variables = line.scope.variables
        is_off = {"UV_NO_DEV", "UV_NO_SYNC"} & set(variables)
        if program(tuple(words)) == "uv" and "run" in words[1:3] and not is_off:
            return not {"--no-sync", "--no-dev", "--no-default-groups"} & set(words)
    return False
