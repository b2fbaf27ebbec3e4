"""Folders that must be refused, asked about, or survived."""

from __future__ import annotations

from tests.intake.folders import Case, hf_folder, safetensors

_FLASK = "from flask import Flask\napp = Flask(__name__)\n"
_DOCKER = "FROM python:3.11\nWORKDIR /a\nCOPY . .\n"

OTHERS: list[Case] = [
    Case(name="an empty folder", files={}, error="NotAService", says=("no service is here", "0 Python files")),
    Case(name="only notebooks", files={"a.ipynb": "{}", "b.ipynb": "{}"}, error="NotAService", says=("2 notebooks",)),
    Case(
        name="a library, no service",
        files={"lib/__init__.py": "def f(): pass\n", "setup.py": "from setuptools import setup\nsetup()\n"},
        error="NotAService", says=("none makes a Flask or FastAPI app",),
    ),
    Case(
        name="a monorepo with two apps",
        files={"shop/app.py": _FLASK, "admin/app.py": _FLASK},
        error="NotAService", says=("several apps", "admin/app.py:2", "shop/app.py:2", "[service] app = "),
    ),
    Case(
        name="a monorepo with two Dockerfiles",
        files={"shop/Dockerfile": _DOCKER, "admin/Dockerfile": _DOCKER, "shop/app.py": _FLASK, "admin/app.py": _FLASK},
        error="NotAService", says=("several Dockerfiles", "admin/Dockerfile, shop/Dockerfile", "dockerfile ="),
    ),
    Case(
        name="a compose file that builds two services",
        files={
            "compose.yml": "services:\n  shop: {build: ./shop}\n  admin: {build: ./admin}\n",
            "shop/Dockerfile": _DOCKER, "admin/Dockerfile": _DOCKER,
        },
        error="NotAService", says=("builds several services", "shop (./shop)"),
    ),
    Case(
        name="Django",
        files={
            "manage.py": "import django\n", "site/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
                "application = get_wsgi_application()\n",
            "Dockerfile": _DOCKER + "CMD python manage.py runserver 0.0.0.0:8000\n",
        },
        error="UnsupportedApp", says=("Django", "Dockerfile:4"),
    ),
    Case(
        name="Django under gunicorn",
        files={
            "mysite/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
                "application = get_wsgi_application()\n",
            "Dockerfile": _DOCKER + "CMD gunicorn mysite.wsgi\n",
        },
        error="UnsupportedApp", says=("Django", "mysite/wsgi.py:1"),
    ),
    Case(
        name="Streamlit",
        files={
            "app.py": "import streamlit as st\nst.title('x')\n",
            "Dockerfile": _DOCKER + 'ENTRYPOINT ["streamlit", "run", "app.py"]\n',
        },
        error="UnsupportedApp", says=("Streamlit",),
    ),
    Case(
        name="Gradio without a Dockerfile",
        files={"app.py": "import gradio as gr\ngr.Interface(fn=len, inputs='text', outputs='text').launch()\n"},
        error="UnsupportedApp", says=("Gradio", "app.py:1"),
    ),
    Case(
        name="aiohttp",
        files={
            "main.py": "from aiohttp import web\napp = web.Application()\nweb.run_app(app)\n",
            "Dockerfile": _DOCKER + "CMD python main.py\n",
        },
        error="UnsupportedApp", says=("aiohttp",),
    ),
    Case(
        name="gRPC",
        files={
            "server.py": "import grpc\nfrom concurrent import futures\ns = grpc.server(futures.ThreadPoolExecutor())\n",
            "Dockerfile": _DOCKER + "CMD python server.py\n",
        },
        error="UnsupportedApp", says=("gRPC",),
    ),
    Case(
        name="Tornado",
        files={"main.py": "import tornado.ioloop\nimport tornado.web\napp = tornado.web.Application([])\n"},
        error="UnsupportedApp", says=("Tornado",),
    ),
    Case(
        name="Gradio mounted on FastAPI is FastAPI",
        files={
            "main.py": "import gradio as gr\nfrom fastapi import FastAPI\napp = FastAPI()\n"
                "app = gr.mount_gradio_app(app, gr.Blocks(), path='/')\n",
            "Dockerfile": _DOCKER + "CMD uvicorn main:app\n",
        },
        app="main:app", framework="fastapi",
    ),
    Case(
        name="an app that the image does not hold",
        files={"app.py": _FLASK, ".dockerignore": "*.py\n", "Dockerfile": _DOCKER + "CMD gunicorn app:app\n"},
        error="NotAService", says=("app:app is started, and no file of the image makes it", ".dockerignore"),
    ),
    Case(
        name="a Dockerfile that does not parse",
        files={"app.py": _FLASK, "Dockerfile": "FROM python:3.11\nRUN pip install \\\n  flask\nWORKDRI /app\n"},
        error="DockerfileUnreadable", says=("Dockerfile:4", "did you mean WORKDIR"),
    ),
    Case(
        name="a damaged model",
        files={
            "app.py": _FLASK,
            **hf_folder("model"),
            "model/model.safetensors": safetensors()[:-10],
            "Dockerfile": _DOCKER + "CMD gunicorn app:app\n",
        },
        error="ModelUnreadable", says=("cut off", "model.safetensors"),
    ),
    Case(
        name="a model that Git LFS did not bring",
        files={
            "app.py": _FLASK,
            **hf_folder("model"),
            "model/model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 9\n",
            "Dockerfile": _DOCKER + "CMD gunicorn app:app\n",
        },
        app="app:app", models=(), noted=("git lfs pull",),
    ),
    Case(
        name="text in many encodings, a binary .py and files of no use",
        files={
            "app.py": _FLASK + "import helper, latin, big\n",
            "helper.py": b"\x00\x01\x02\xff" * 50,
            "latin.py": "# caf\u00e9\nNAME = 'x'\n".encode("latin-1"),
            "big.py": "x = 1\n" * 500_000,
            "requirements.txt": "flask\r\ntorch\r\n".encode("utf-16"),
            "Dockerfile": b"FROM python:3.11\r\n# caf\xe9\r\nWORKDIR /a\r\nCOPY . .\r\n"
                b"RUN pip install -r requirements.txt\r\nCMD gunicorn app:app\r\n",
        },
        app="app:app", requirements=("flask", "torch"),
        noted=("helper.py:1 does not parse", "big.py is longer than 2 MB"),
    ),
    Case(
        name="installs that depend on a condition or on the build",
        files={
            "app.py": _FLASK,
            "Dockerfile": "FROM python:3.11\nARG EXTRA\nARG TOOL=flask\nWORKDIR /a\nCOPY . .\n"
            "RUN if [ \"$GPU\" = 1 ]; then pip install torch; else pip install torch-cpu; fi\n"
            "RUN pip install $TOOL $EXTRA gunicorn\n"
            "RUN pip install git+https://github.com/openai/whisper.git -r missing.txt\n"
            "CMD gunicorn app:app\n",
        },
        app="app:app", requirements=("flask", "gunicorn"),
        noted=("only under a condition", "$EXTRA is worked out", "missing.txt is not in the folder"),
        extra={"direct": ("git+https://github.com/openai/whisper.git",)},
    ),
    Case(
        name="secrets in options are not repeated",
        files={
            "app.py": _FLASK,
            "Dockerfile": _DOCKER + "ENV PIP_EXTRA_INDEX_URL=https://me:pw1@index.example/simple\n"
            "RUN pip install flask -i https://you:pw2@other.example/simple\nCMD gunicorn app:app\n",
        },
        app="app:app",
        index=("--extra-index-url https://index.example/simple", "--index-url https://other.example/simple"),
        extra={"without": ("pw1@", "pw2@")},
    ),
    Case(
        name="ENTRYPOINT of the last stage forgets the CMD of its base",
        files={
            "app.py": _FLASK,
            "Dockerfile": _DOCKER.replace("FROM python:3.11", "FROM python:3.11 AS base")
            + 'CMD ["gunicorn", "wrong:app"]\nFROM base\nENTRYPOINT ["gunicorn", "-b", ":81", "app:app"]\n',
        },
        app="app:app", port=81,
    ),
    Case(
        name="a Dockerfile that is no Dockerfile of ours beside the real one",
        files={
            "Dockerfile": _DOCKER + "CMD gunicorn app:app\n",
            "Dockerfile.gpu": "FROM nvidia/cuda\n",
            "Dockerfile.dockerignore": "x\n",
            "app.py": _FLASK,
        },
        app="app:app", noted=("Dockerfile.gpu stand there too",),
    ),
]  # fmt: skip
