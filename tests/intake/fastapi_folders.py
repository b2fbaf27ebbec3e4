"""FastAPI and Starlette services as people lay them out."""

from __future__ import annotations

from tests.intake.folders import TORCH_APP, Case, hf_folder

_LOCK = """version = 1
[[package]]
name = "fastapi"
version = "0.110.0"
source = { registry = "x" }
[[package]]
name = "torch"
version = "2.4.0"
source = { registry = "x" }
resolution-markers = ["sys_platform == 'darwin'"]
[[package]]
name = "torch"
version = "2.4.0+cpu"
source = { registry = "x" }
resolution-markers = ["sys_platform != 'darwin'"]
[[package]]
name = "svc"
version = "0.1.0"
source = { editable = "." }
"""

FASTAPI: list[Case] = [
    Case(
        name="the layout of FastAPI's own guide",
        files={
            "app/__init__.py": "",
            "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "requirements.txt": "fastapi[standard]>=0.113.0,<0.114.0\npydantic>=2.7.0\n",
            "Dockerfile": "FROM python:3.9\nWORKDIR /code\nCOPY ./requirements.txt /code/requirements.txt\n"
            "RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt\nCOPY ./app /code/app\n"
            'CMD ["fastapi", "run", "app/main.py", "--port", "80"]\n',
        },
        app="app.main:app", framework="fastapi", server="fastapi", port=80, python="3.9", workdir="/code",
        requirements=("fastapi[standard]<0.114.0,>=0.113.0", "pydantic>=2.7.0"), file="app/main.py",
        extra={"keeps_cache": False, "compiles": True},
    ),
    Case(
        name="a stage that exports Poetry's lock",
        files={
            "pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.9"\n'
                'fastapi = "^0.95"\n'
            'torch = {version = "2.0.1", source = "cpu"}\n[[tool.poetry.source]]\nname = "cpu"\n'
            'url = "https://download.pytorch.org/whl/cpu"\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
            "poetry.lock": '[[package]]\nname = "fastapi"\nversion = "0.95.2"\n',
            "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "Dockerfile": "FROM python:3.9 as requirements-stage\nWORKDIR /tmp\nRUN pip install poetry\n"
            "COPY ./pyproject.toml ./poetry.lock* /tmp/\n"
            "RUN poetry export -f requirements.txt --output requirements.txt --without-hashes\nFROM python:3.9\n"
            "WORKDIR /code\nCOPY --from=requirements-stage /tmp/requirements.txt /code/requirements.txt\n"
            "RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt\nCOPY ./app /code/app\n"
            'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "80"]\n',
        },
        app="app.main:app", server="uvicorn", port=80, requirements=("fastapi>=0.95,<0.96", "torch==2.0.1"),
        index=("--extra-index-url https://download.pytorch.org/whl/cpu",), extra={"constraints": ("fastapi==0.95.2",)},
    ),
    Case(
        name="uv in a builder, with bind mounts and a src layout",
        files={
            "pyproject.toml": '[project]\nname = "svc"\nversion = "1"\nrequires-python = ">=3.12,<3.13"\n'
            'dependencies = ["fastapi", "torch"]\n[dependency-groups]\ndev = ["pytest"]\n[tool.uv.sources]\n'
            'torch = { index = "pytorch-cpu" }\n[[tool.uv.index]]\nname = "pytorch-cpu"\n'
            'url = "https://download.pytorch.org/whl/cpu"\nexplicit = true\n',
            "uv.lock": _LOCK,
            "src/svc/__init__.py": "",
            "src/svc/api.py": "from fastapi import FastAPI\n\ndef create():\n    return FastAPI()\n",
            "Dockerfile": "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS builder\nENV UV_COMPILE_BYTECODE=1\n"
            "WORKDIR /app\nRUN --mount=type=cache,target=/root/.cache/uv \\\n"
            "    --mount=type=bind,source=uv.lock,target=uv.lock \\\n"
            "    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\\n"
            "    uv sync --frozen --no-install-project --no-dev\nADD . /app\n"
            "FROM python:3.12-slim-bookworm\nCOPY --from=builder /app /app\nWORKDIR /app\n"
            'CMD ["uvicorn", "--factory", "svc.api:create", "--port=8001", "--workers", "2"]\n',
        },
        app="svc.api:create()", framework="fastapi", port=8001, workers=2, base="python:3.12-slim-bookworm",
        requirements=("fastapi", "torch"), index=("--extra-index-url https://download.pytorch.org/whl/cpu",),
        import_folders=("/app/src",), file="src/svc/api.py",
        extra={"constraints": ("fastapi==0.110.0", "torch==2.4.0+cpu"), "keeps_cache": False, "compiles": True},
    ),
    Case(
        name="pipenv --system with development packages left out",
        files={
            "Pipfile": '[[source]]\nurl = "x"\nname = "main"\n[packages]\nfastapi = "*"\n'
                'uvicorn = {extras = ["standard"], version = ">=0.20"}\n'
            '[dev-packages]\nblack = "*"\n[requires]\npython_version = "3.10"\n',
            "Pipfile.lock": '{"default": {"fastapi": {"version": "==0.90.0"}}, "develop": {"black": {}}}',
            "main.py": "import fastapi\napp = fastapi.FastAPI(title='x')\n",
            "Containerfile": "FROM docker.io/library/python:3.10-slim\nWORKDIR /a\nRUN pip install pipenv\n"
                "COPY Pipfile* ./\n"
            "RUN pipenv install --system --deploy --ignore-pipfile\nCOPY . .\nCMD uvicorn main:app --port 8000\n",
        },
        app="main:app", framework="fastapi", server="uvicorn", port=8000, form="shell",
        requirements=("pipenv", "fastapi", "uvicorn[standard]>=0.20"), extra={"constraints": ("fastapi==0.90.0",)},
    ),
    Case(
        name="conda environment",
        files={
            "environment.yml": "name: ml\nchannels: [pytorch]\ndependencies:\n  - python=3.10\n  - pytorch=2.0.1\n"
                "  - cudatoolkit=11.3\n"
            "  - pip\n  - pip:\n      - fastapi==0.95\n      - -r more.txt\n",
            "more.txt": "uvicorn\n",
            "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "Dockerfile": "FROM continuumio/miniconda3\nWORKDIR /a\nCOPY . .\n"
                "RUN conda env create -f environment.yml && conda clean -afy\n"
            'CMD ["conda", "run", "--no-capture-output", "-n", "ml", "uvicorn", "main:app", "--host", "0.0.0.0"]\n',
        },
        app="main:app", port=8000, python="3.10", requirements=("torch==2.0.1.*", "fastapi==0.95", "uvicorn"),
        noted=("cudatoolkit",), extra={"keeps_cache": False, "tool": "conda"},
    ),
    Case(
        name="a virtual environment copied out of a builder",
        files={
            "requirements.in": "fastapi\n",
            "requirements.txt": "fastapi==0.110.0 \\\n    --hash=sha256:aaaa\n-c constraints.txt\n"
                "torch ; sys_platform == 'linux'\n",
            "constraints.txt": "torch==2.2.0\n",
            "api/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "Dockerfile": "FROM python:3.11 AS b\nRUN apt-get update && apt-get install -y gcc\n"
                "RUN python -m venv /opt/venv\n"
            "ENV PATH=/opt/venv/bin:$PATH\nCOPY *.txt ./\nRUN pip install -r requirements.txt\nFROM python:3.11-slim\n"
            "COPY --from=b /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nCOPY . /a\nWORKDIR /a\n"
            "RUN apt-get update && apt-get install -y --no-install-recommends libgomp1=12* \\\n"
            " && rm -rf /var/lib/apt/lists/*\n"
            'CMD ["gunicorn", "-k", "uvicorn.workers.UvicornWorker", "-w4", "-b", "0.0.0.0:8000", "api.main:app"]\n',
        },
        app="api.main:app", server="gunicorn", workers=4, port=8000, packages=("libgomp1",),
        requirements=("fastapi==0.110.0", 'torch; sys_platform == "linux"'),
        extra={"constraints": ("torch==2.2.0",), "keeps_cache": False},
    ),
    Case(
        name="wheels built in one stage and installed in the next",
        files={
            "requirements.txt": "starlette\nnumpy\n",
            "app.py": "from starlette.applications import Starlette\nfrom starlette.routing import Route\n"
                "app = Starlette(routes=[])\n",
            "Dockerfile": "FROM python:3.11 AS wheels\nCOPY requirements.txt .\n"
                "RUN pip wheel -r requirements.txt -w /wheels\n"
            "FROM python:3.11-slim\nCOPY --from=wheels /wheels /wheels\n"
            "RUN pip install /wheels/*.whl && rm -rf /wheels\n"
            "COPY app.py /srv/\nWORKDIR /srv\nCMD hypercorn app:app -b 0.0.0.0:8443 -w 3\n",
        },
        app="app:app", framework="starlette", server="hypercorn", port=8443, workers=3,
        requirements=("starlette", "numpy"),
    ),
    Case(
        name="uvicorn.run with a text, from python -m",
        files={
            "service/__main__.py": "import uvicorn\nfrom .config import settings\n\ndef main():\n"
            "    uvicorn.run('service.web:app', host=settings.host, port=settings.port)\n\nmain()\n",
            "service/config.py": "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
                "    host: str = '0.0.0.0'\n"
            "    port: int = 8321\n    model_name: str = 't5-small'\nsettings = Settings()\n",
            "service/web.py": TORCH_APP
            + "from fastapi import FastAPI\nfrom service.config import settings\napp = FastAPI()\n"
            "m = AutoModelForSeq2SeqLM.from_pretrained(settings.model_name)\n",
            "service/__init__.py": "",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nENV MODEL_NAME=./weights\nCMD python -m service\n",
            **hf_folder("weights"),
        },
        app="service.web:app", framework="fastapi", server="python", port=8321,
        models=(("./weights", "/a/weights", "safetensors"),),
    ),
    Case(
        name="the image that starts /app/app/main.py by itself",
        files={
            "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "Dockerfile": "FROM tiangolo/uvicorn-gunicorn-fastapi:python3.9\nCOPY ./app /app/app\n",
        },
        python="3.9", app="app.main:app", port=80, form="guessed", server="uvicorn", import_folders=("/app",),
    ),
    Case(
        name="compose builds a folder below",
        files={
            "docker-compose.yml": "services:\n  db:\n    image: postgres:15\n  api:\n    build:\n"
                "      context: ./backend\n"
            "      dockerfile: docker/Dockerfile.api\n      args: {PY: '3.10'}\n"
            "    command: uvicorn srv:app --port 9001\n",
            "backend/docker/Dockerfile.api": "ARG PY=3.8\nFROM python:${PY}\nWORKDIR /a\nCOPY . .\n",
            "backend/srv.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        },
        app="srv:app", base="python:3.10", python="3.10", port=9001, noted=("compose file builds api",), file="srv.py",
    ),
    Case(
        name="compose only, an image from outside with the folder mounted",
        files={
            "compose.yaml": "services:\n  web:\n    image: python:3.11-slim\n    working_dir: /code\n    volumes:\n"
                "      - ./:/code\n"
            "    environment:\n      - MODE=prod\n"
            "    command: sh -c 'pip install -r requirements.txt && uvicorn app:app --port 5005'\n",
            "app.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "requirements.txt": "fastapi\nuvicorn\n",
        },
        app="app:app", base="python:3.11-slim", workdir="/code", port=5005, requirements=("fastapi", "uvicorn"),
        copied=("/code/app.py",),
    ),
    Case(
        name="a subclass, a wrapper and notebooks lying around",
        files={
            "core/base.py": "import fastapi\nclass Api(fastapi.FastAPI):\n    pass\n",
            "core/__init__.py": "",
            "main.py": "from core.base import Api\nfrom starlette.middleware.cors import CORSMiddleware\n"
                "inner = Api()\n"
            "app = CORSMiddleware(inner, allow_origins=['*'])\n",
            "train.ipynb": "{not even json",
            "notebooks/eda.ipynb": "{}",
            "train.py": "from transformers import AutoModel\nAutoModel.from_pretrained('bert-base-uncased')\n",
            "Dockerfile.prod": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nCMD uvicorn main:app\n",
            "Dockerfile.dev": "FROM python:3.11\nCMD bash\n",
        },
        app="main:app", framework="fastapi", file="main.py", models=(), noted=("Dockerfile.prod was read",),
    ),
    Case(
        name="hub names, a default of the pipeline, and tables of models",
        files={
            "models.py": "from transformers import pipeline\nfrom sentence_transformers import SentenceTransformer\n"
            "NAMES = {'small': 'sentence-transformers/all-MiniLM-L6-v2'}\n\ndef load(kind='small'):\n"
            "    return SentenceTransformer(NAMES[kind])\n\nclassify = pipeline('sentiment-analysis')\n"
            "translate = pipeline('translation_en_to_fr', model='Helsinki-NLP/opus-mt-en-fr')\n",
            "main.py": "from fastapi import FastAPI\nimport models\napp = FastAPI()\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nCMD uvicorn main:app\n",
        },
        app="main:app",
        models=(
            ("sentence-transformers/all-MiniLM-L6-v2", "-", "missing"),
            ("distilbert/distilbert-base-uncased-finetuned-sst-2-english", "-", "missing"),
            ("Helsinki-NLP/opus-mt-en-fr", "-", "missing"),
        ),
    ),
    Case(
        name="a model folder put together from constants, pathlib and f-strings",
        files={
            "app/main.py": TORCH_APP
            + "from pathlib import Path\nfrom fastapi import FastAPI\napp = FastAPI()\n"
                "BASE = Path(__file__).resolve().parent\n"
            "VERSION = 2\n\nclass Net:\n    def __init__(self, folder):\n        self.folder = folder\n"
            "    def load(self):\n"
            "        return AutoModelForSeq2SeqLM.from_pretrained(self.folder)\n\n"
            "net = Net(BASE.parent / 'models' / f'v{VERSION}')\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /srv\nCOPY app app\nCOPY weights/ models/\n"
                "CMD uvicorn app.main:app\n",
            **hf_folder("weights/v2", "t5"),
            **hf_folder("weights/v1", "t5"),
        },
        app="app.main:app", models=(("/srv/models/v2", "/srv/models/v2", "safetensors"),),
        noted=("weights/v1 is a model",),
    ),
    Case(
        name="port from click's option, the app in another module",
        files={
            "cli.py": "import click, uvicorn\nfrom web import app\n@click.command()\n"
                "@click.option('--port', default=7788)\n"
            "def run(port):\n    uvicorn.run(app, host='0.0.0.0', port=port, workers=1)\n"
            "if __name__ == '__main__':\n    run()\n",
            "web.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /a\nCOPY . .\nCMD python cli.py\n",
        },
        app="cli:app", port=7788, file="web.py",
    ),
    Case(
        name="a program of the project's own",
        files={
            "pyproject.toml": '[project]\nname = "talk"\nversion = "1"\ndependencies = ["fastapi"]\n'
                '[project.scripts]\ntalk = "talk.run:main"\n',
            "talk/__init__.py": "",
            "talk/run.py": "import uvicorn\nfrom talk.web import build\ndef main():\n    app = build()\n"
                "    uvicorn.run(app, port=8500)\n",
            "talk/web.py": "from fastapi import FastAPI\ndef build() -> FastAPI:\n    return make_it()\n",
            "Dockerfile": 'FROM python:3.11\nWORKDIR /a\nCOPY . .\nRUN pip install .\nCMD ["talk"]\n',
        },
        app="talk.web:build()", framework="fastapi", port=8500, requirements=("fastapi",), server="python",
    ),
]  # fmt: skip
