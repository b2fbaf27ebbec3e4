"""A requirement that no line of the service imports."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..dependencies import Dependency
from ..distributions import is_idle_unless_imported, is_in_pickles, user_of
from ..found import Found
from ..frameworks import FRAMEWORKS
from ..project import Project
from ..rule import Example
from ..savings import of_distribution
from ..unused import could_be_judged, present_in

CODE = "W15"
NAME = "unused-requirement"
SUMMARY = "a library is installed that the service's code never imports"
WHY = """\
What nothing imports is only weight, start-up scans and one more thing to patch. The fix takes the requirement out.

Only libraries are looked at that are known to do nothing by themselves. The rule says nothing where a file, a test, a
notebook, a setting, a script or a command names the library or one of its modules; where another distribution uses it
(a driver, an extra, a back end of transformers); where it may be inside a pickled model; where imports are worked out
while the code runs (`importlib`, `torch.hub`, `trust_remote_code`, entry points); in a list that a tool wrote; or
where the folder does not hold the code of the image. In a project with a lock it changes nothing: the lock has to
follow, and the advice names the command."""
FIX: FixClass = "verify"
ALSO = ("DEP002",)
SOURCES = ("deptry, rule DEP002", "creosote", "ttlequals0/MinusPod, issue 184: a library kept for one unused path")
_CODE = {"main.py": "from fastapi import FastAPI\nimport onnxruntime\napp = FastAPI()\n"}
_DOCKERFILE = (
    "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY main.py .\n"
    "CMD uvicorn main:app\n"
)
EXAMPLES = (
    Example(
        bad={
            **_CODE,
            "Dockerfile": _DOCKERFILE,
            "requirements.txt": "fastapi\nuvicorn[standard]\npython-multipart\nonnxruntime\n# reports\npandas==2.2.3\n",
        },
        good={
            **_CODE,
            "Dockerfile": _DOCKERFILE,
            "requirements.txt": "fastapi\nuvicorn[standard]\npython-multipart\nonnxruntime\n# reports\n",
        },
    ),
    Example(
        title="a pickled model may hold what nothing imports",
        bad={
            **_CODE,
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["fastapi", "boto3>=1", "onnxruntime"]\n',
        },
        good={
            "main.py": "import joblib\nfrom fastapi import FastAPI\napp = FastAPI()\nmodel = joblib.load('m')\n",
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["fastapi", "scikit-learn", "xgboost"]\n',
        },
        fixed={
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["fastapi", "onnxruntime"]\n',
        },
    ),
    Example(
        title="named in a setting; used by another; imported under a name that the code works out",
        bad={
            **_CODE,
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir \\\n"
            "    fastapi \\\n    streamlit \\\n    onnxruntime\n",
        },
        good={
            "main.py": "import importlib, os\nfrom celery import Celery\nimportlib.import_module(os.environ['PLUGIN'])\n",
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir celery redis pandas\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir \\\n"
            "    fastapi \\\n    onnxruntime\n",
        },
    ),
    Example(
        title="a conda environment, and Poetry",
        bad={
            **_CODE,
            "environment.yml": "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - fastapi\n      - onnxruntime\n"
            "      - selenium  # was for the crawler\n",
        },
        good={
            "main.py": "import torch\nimport torchvision\n",
            "pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.11'\ntorch = '*'\ntorchvision = '*'\nnumpy = '*'\n",
        },
        fixed={
            "environment.yml": "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - fastapi\n      - onnxruntime\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every library in what ships that nothing uses."""
    named = [each for each in project.dependencies if _is_looked_at(each)]
    if not named or not could_be_judged(project):
        return
    code, present = project.code, present_in(project)
    frameworks = {FRAMEWORKS[name] for name in present if name in FRAMEWORKS}
    for each in named:
        if is_in_pickles(each.name) and code.unpickles:
            continue
        if each.name in FRAMEWORKS and (len(frameworks) > 1 or "onnxruntime" in code.modules):
            continue  # which of them goes is what W09 and W11 say
        if code.imports_of(each.name) or code.says(each.name) or code.imported_elsewhere(each.name):
            continue
        if not user_of(each.name, present, code.words):
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"{each.name} is installed, and nothing in the service's code imports it",
                advice=_advice(each),
                fix="verify",
                changes=each.removed(),
                saving=of_distribution(project, each.name),
            )


def _is_looked_at(each: Dependency) -> bool:
    known = is_idle_unless_imported(each.name) or is_in_pickles(each.name)
    return known and each.ships and not each.group and each.is_direct and not each.url and not each.marker


def _advice(each: Dependency) -> str:
    for lock, command in (
        ("uv.lock", "uv remove"),
        ("poetry.lock", "poetry remove"),
        ("Pipfile.lock", "pipenv uninstall"),
    ):
        if each.lock.endswith(lock):
            return f"{command} {each.name}"
    if each.lock:
        return f"take it out and compile {each.lock} again"
    return "take it out, then build and compare the answers"
