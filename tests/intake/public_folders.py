"""Services as public repositories lay them out, where an earlier reading went wrong."""

from __future__ import annotations

from tests.intake.folders import Case, hf_folder

_LOADS = "from transformers import AutoModelForSeq2SeqLM\nmodel = AutoModelForSeq2SeqLM.from_pretrained({})\n"
_FLASK = "from flask import Flask\napp = Flask(__name__)\n"

PUBLIC: list[Case] = [
    Case(
        name="main.py takes the app out of app.py, in a folder called app",
        files={
            "main.py": "from app import app\n",
            "app.py": "from flask import Flask\nfrom api import blueprint\napp = Flask(__name__)\n",
            "api.py": "from flask import Blueprint\nblueprint = Blueprint('api', __name__)\n",
            "Dockerfile": 'FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn", "main:app"]\n',
        },
        app="main:app", framework="flask", file="app.py", port=8000,
    ),
    Case(
        name="a package without __init__.py beside a module of its name",
        files={
            "services/summary.py": _LOADS.format("'model'"),
            "core/services.py": "",
            "main.py": "from fastapi import FastAPI\nfrom services import summary\napp = FastAPI()\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD uvicorn main:app\n",
            **hf_folder("model"),
        },
        app="main:app", models=(("model", "/app/model", "safetensors"),),
    ),
    Case(
        name="the start line sets the program's own options",
        files={
            "serving/server.py": "import argparse\n" + _FLASK
            + "def main():\n    parser = argparse.ArgumentParser()\n"
                "    parser.add_argument('-m', '--model-dir', dest='folder', default='small')\n"
                "    parser.add_argument('--port', type=int, default=7000)\n    args = parser.parse_args()\n"
                "    from transformers import T5ForConditionalGeneration\n"
                "    T5ForConditionalGeneration.from_pretrained(args.folder)\n    app.run('0.0.0.0', port=args.port)\n",
            "serving/__main__.py": "from .server import main\nmain()\n",
            "serving/__init__.py": "",
            "Dockerfile": 'FROM python:3.11\nWORKDIR /w\nCOPY . .\n'
                'CMD ["python", "-m", "serving", "-m", "large", "--port=7001"]\n',
            **hf_folder("small"), **hf_folder("large"),
        },
        app="serving.server:app", port=7001, models=(("large", "/w/large", "safetensors"),),
    ),
    Case(
        name="a port that stands in the start line counts until the platform sets another",
        files={"main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
               "run.sh": '#!/bin/sh\nexec uvicorn main:app --port "${PORT:-5005}"\n',
               "Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\nEXPOSE 9\nCMD ./run.sh\n"},
        app="main:app", port=5005,
    ),
    Case(
        name="a project's own program that is called like another server",
        files={
            "web/main.py": "import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\n"
                "def run():\n    uvicorn.run('web.main:app', host='0.0.0.0', port=8088)\n",
            "web/__init__.py": "",
            "pyproject.toml": "[project]\nname = 'web'\nversion = '1'\n[project.scripts]\nserve = 'web.main:run'\n",
            "Dockerfile": 'FROM python:3.11\nWORKDIR /w\nCOPY . .\nRUN pip install .\nENTRYPOINT ["serve"]\n',
        },
        app="web.main:app", server="python", port=8088,
    ),
    Case(
        name="a compose file that builds two services out of one folder",
        files={
            "main.py": _FLASK + "if __name__ == '__main__':\n    app.run(port=81)\n",
            "api/Dockerfile": "FROM python:3.9\nWORKDIR /w\nCOPY . .\n",
            "worker/Dockerfile": "FROM python:3.9\nCOPY . .\n",
            "compose.yaml": "services:\n  api:\n    build: {context: ., dockerfile: api/Dockerfile}\n"
                "    command: python main.py\n"
                "  worker:\n    build: {context: ., dockerfile: worker/Dockerfile}\n    command: celery worker\n",
        },
        app="main:app", server="python", port=81, form="shell",
    ),
    Case(
        name="a compose file that mounts the models of the folder above",
        files={
            "api/app.py": _FLASK + _LOADS.format("'/models/t5'"),
            "api/Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD gunicorn app:app\n",
            "compose.yaml": "services:\n  api:\n    build: ./api\n    volumes: ['./weights:/models:ro', '../:/up']\n",
            **hf_folder("weights/t5"),
        },
        app="app:app", models=(("/models/t5", "-", "safetensors"),),
    ),
    Case(
        name="secrets with an @ in them, in the query of an address, and beside the address of an index",
        files={
            "app.py": _FLASK,
            "requirements.txt": "flask\nhttps://example.org/x-1.tar.gz?raw=1&access_token=hush1\n"
                "y @ https://me:hu@sh2@example.org/y-1-py3-none-any.whl?sig=hush3\ngit+https://hush4@example.org/z.git@v1\n",
            "Dockerfile": "FROM python:3.11\nENV PIP_INDEX_URL=https://me:hu@sh5@example.org/simple\n"
                "ENV UV_INDEX_CORP_PASSWORD=hush6 UV_INDEX_URL=https://hush7@example.org/s\nWORKDIR /w\nCOPY . .\n"
                "RUN pip install -r requirements.txt\nCMD gunicorn app:app\n",
        },
        app="app:app", requirements=("flask", "y @ https://example.org/y-1-py3-none-any.whl?sig=****"),
        index=("--index-url https://example.org/simple", "--index-url https://example.org/s"),
        extra={
            "direct": ("https://example.org/x-1.tar.gz?raw=1&access_token=****", "git+https://example.org/z.git@v1"),
            "without": ("hush", "sh2", "sh5"),
        },
    ),
    Case(
        name="a build that downloads the model, and defaults that are set on the way",
        files={
            "app.py": _FLASK,
            "Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\n"
                "RUN python -c \"from transformers import pipeline; pipeline('summarization')\"\n"
                "RUN wget -q https://example.org/model.zip && unzip model.zip && python -c 'print(1)'\n"
                "CMD gunicorn app:app -w ${WORKERS:=2} -b 0.0.0.0:${PORT:=5006}\n",
        },
        app="app:app", workers=2, port=5006,
        noted=("Dockerfile:4: what `python` downloads", "Dockerfile:5: what `wget` downloads is not weighed"),
    ),
    Case(
        name="a Dockerfile three folders down",
        files={
            "backend/ml/service/app.py": _FLASK,
            "backend/ml/service/requirements.txt": "flask\n",
            "backend/ml/service/Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\n"
                "RUN pip install -r requirements.txt\nCMD gunicorn app:app\n",
        },
        app="app:app", requirements=("flask",), noted=("the only Dockerfile here",),
    ),
    Case(
        name="a pipeline of a model that only a running program knows",
        files={
            "app.py": "from transformers import pipeline\n" + _FLASK
            + "class Summarizer:\n    def __init__(self, config):\n"
                "        self.pipe = pipeline('summarization', model=config.path)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD gunicorn app:app\n",
        },
        app="app:app", models=(), noted=("which model is loaded cannot be read from pipeline at app.py:6",),
    ),
    Case(
        name="a pipeline of an object that another line loads, and a pickle that a path opens",
        files={
            "app.py": "import pickle\nfrom pathlib import Path\nfrom transformers import pipeline\n" + _FLASK
            + _LOADS.format("'t5-small'") + "pipe = pipeline('summarization', model=model)\n"
                "def cached(path: Path):\n    with path.open('rb') as file:\n        return pickle.load(file)\n",
            "Dockerfile": "FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD gunicorn app:app\n",
        },
        app="app:app", models=(("t5-small", "-", "missing"),),
    ),
    Case(
        name="no Dockerfile, no requirements, and a port out of a file",
        files={"app.py": "import yaml\n" + _FLASK + "settings = yaml.safe_load(open('settings.yaml'))\n"
                   "if __name__ == '__main__':\n    app.run(port=settings['port'])\n",
               "Procfile": "web: python app.py\n"},
        app="app:app", port=8080, noted=("nothing says what is installed", "the port is worked out while running"),
    ),
]  # fmt: skip
