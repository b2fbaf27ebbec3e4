"""Tools of development among what the service needs."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..code_imports import Code
from ..dependencies import Dependency
from ..dev_groups import moved_to_dev
from ..distributions import tool_kind, user_of
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_distribution
from ..unused import could_be_judged, present_in

CODE = "W14"
NAME = "development-tools"
SUMMARY = (
    "notebook, test, lint, plotting or training tools are installed in the image, and the service does not use them"
)
WHY = """\
Jupyter, pytest, black, wandb or matplotlib come into a requirements file while a service is written, and stay. Each
brings its own dependencies along: a hundred packages for `jupyter`. The fix moves them to where the project keeps its
development tools: a `dev` group, `[dev-packages]`, or `requirements-dev.txt` beside the file.

It says nothing where the service's code imports the tool (tests, notebooks, docs and build scripts do not count), where
a command, a script or a setting names it, where another distribution uses it on the service's behalf (`accelerate` with
`device_map`, `matplotlib` behind `DataFrame.plot`), where the folder holds no code of the image, or where imports
are worked out while the code runs. It changes nothing in locks, compiled lists and conda files."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "Toloka/tolokaforge, issue 1116, and other reports of ML images: development packages of hundreds of megabytes",
    'Durieux, "Empirical Study of the Docker Smells Impact on the Image Size", ICSE 2024',
)
_APP = {"app.py": "from flask import Flask\nimport pandas\napp = Flask(__name__)\n"}
_DOCKERFILE = "FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD flask run\n"
EXAMPLES = (
    Example(
        bad={
            **_APP,
            "Dockerfile": _DOCKERFILE,
            "requirements.txt": "flask\npandas\n# plots\nmatplotlib==3.9  # for the paper\njupyter\r\npytest>=8\n",
            "tests/test_app.py": "import pytest\n",
        },
        good={
            **_APP,
            "Dockerfile": _DOCKERFILE,
            "requirements.txt": "flask\npandas\n# plots\n",
            "requirements-dev.txt": "-r requirements.txt\nmatplotlib==3.9  # for the paper\njupyter\npytest>=8\n",
            "tests/test_app.py": "import pytest\n",
        },
    ),
    Example(
        title="pandas draws with matplotlib, transformers places a model with accelerate",
        bad={
            **_APP,
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = [\n  'flask',\n  'black',\n  'pandas',\n]\n\n"
            "[dependency-groups]\ndev = [\n  'ruff'  # lint\n]\n",
        },
        good={
            "app.py": "import pandas\nfrom transformers import AutoModel\nmodel = AutoModel.from_pretrained('x', "
            "device_map='auto')\npandas.DataFrame().plot()\n",
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['matplotlib', 'accelerate', 'pandas']\n",
        },
        fixed={
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = [\n  'flask',\n  'pandas',\n]\n\n"
            "[dependency-groups]\ndev = [\n  'ruff',  # lint\n  'black'\n]\n",
        },
    ),
    Example(
        title="words of a command",
        bad={
            **_APP,
            "Dockerfile": "FROM python:3.12-slim\nCOPY app.py .\nRUN python -m pip install flask \\\n    pandas ipython\n",
        },
        good={
            **_APP,
            "Dockerfile": "FROM python:3.12-slim AS test\nCOPY app.py .\nRUN pip install pytest flask pandas\n"
            "FROM python:3.12-slim\nCOPY app.py .\nRUN pip install flask pandas black && black --check app.py\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY app.py .\nRUN python -m pip install flask \\\n    pandas\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every tool in what ships that the service does not use."""
    named = [each for each in project.dependencies if each.ships and not each.group and tool_kind(each.name)]
    if not named or not could_be_judged(project):
        return
    present = present_in(project)
    for each in named:
        if each.is_direct and not each.url and not _is_used(each, project.code, present):
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"{each.name} ({_KINDS[tool_kind(each.name)]}) is installed in the image, and the service's "
                "code does not import it",
                advice="compile the list again without it" if each.lock.endswith(".txt") else _advice(each),
                fix="verify",
                changes=moved_to_dev(project, each),
                saving=of_distribution(project, each.name),
            )


_KINDS = {
    "notebook": "for notebooks",
    "test": "for tests",
    "lint": "for checks of code",
    "docs": "for documentation",
    "packaging": "for releases",
    "training": "for training",
    "plotting": "for plots",
}


def _advice(each: Dependency) -> str:
    if each.lock.endswith("uv.lock"):
        return f"uv remove {each.name} && uv add --dev {each.name}"
    if each.lock.endswith("poetry.lock"):
        return f"poetry remove {each.name} && poetry add --group dev {each.name}"
    if each.lock.endswith("Pipfile.lock"):
        return f"pipenv uninstall {each.name} && pipenv install --dev {each.name}"
    return "keep it with the tools of development, which the image does not install"


def _is_used(each: Dependency, code: Code, present: frozenset[str]) -> bool:
    if code.imports_of(each.name) or code.says_in_text(each.name):
        return True
    return bool(user_of(each.name, present, code.words))
