"""Dockerfiles of AI services as people write them."""

from __future__ import annotations

SERVICES: list[tuple[str, str]] = [
    (
        "many RUN lines, full base",
        "FROM python:3.11\n\nRUN apt-get update\nRUN apt-get install -y build-essential cmake git vim\n\n"
        "WORKDIR /app\n\nCOPY requirements.txt .\nRUN pip install --upgrade pip\n"
        "RUN pip install -r requirements.txt\n\nCOPY . .\n\nENV PYTHONUNBUFFERED=1\nEXPOSE 8080\n\n"
        "CMD gunicorn --bind 0.0.0.0:8080 --workers 1 app:app\n",
    ),
    (
        "slim, exec form",
        "FROM python:3.10-slim\nWORKDIR /code\nCOPY ./requirements.txt /code/requirements.txt\n"
        "RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt\nCOPY ./app /code/app\n"
        'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "80"]\n',
    ),
    (
        "CUDA base with continuations",
        "FROM nvidia/cuda:12.1.0-cudnn8-runtime-ubuntu22.04\n\nENV DEBIAN_FRONTEND=noninteractive \\\n"
        '    LANG=C.UTF-8 \\\n    PATH="/opt/venv/bin:$PATH"\n\n'
        "RUN apt-get update && apt-get install -y --no-install-recommends \\\n        python3 \\\n"
        "        python3-pip \\\n    && rm -rf /var/lib/apt/lists/*\n\nRUN pip3 install torch==2.1.0\n"
        'ENTRYPOINT ["python3"]\nCMD ["server.py"]\n',
    ),
    (
        "virtual environment carried over from a builder",
        "FROM python:3.11 AS builder\nRUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\n\nFROM python:3.11-slim\n"
        "COPY --from=builder /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nCOPY . /app\nWORKDIR /app\n"
        'USER 1000\nCMD ["python", "app.py"]\n',
    ),
    (
        "uv with cache and bind mounts",
        "# syntax=docker/dockerfile:1\nFROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS builder\n"
        "ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy\nWORKDIR /app\n"
        "RUN --mount=type=cache,target=/root/.cache/uv \\\n    --mount=type=bind,source=uv.lock,target=uv.lock \\\n"
        "    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\\n"
        "    uv sync --frozen --no-install-project --no-dev\nADD . /app\n"
        "RUN --mount=type=cache,target=/root/.cache/uv \\\n    uv sync --frozen --no-dev\n\n"
        "FROM python:3.12-slim-bookworm\nCOPY --from=builder --chown=app:app /app /app\n"
        'ENV PATH="/app/.venv/bin:$PATH"\nCMD ["fastapi", "run", "--host", "0.0.0.0", "/app/src/service"]\n',
    ),
    (
        "uv from another image",
        "FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:0.5.1 /uv /uvx /bin/\nADD . /app\nWORKDIR /app\n"
        'RUN uv sync --frozen\nCMD ["uv", "run", "my-app"]\n',
    ),
    (
        "poetry",
        "FROM python:3.9-slim as base\nENV POETRY_VERSION=1.4.2 \\\n  POETRY_NO_INTERACTION=1\n"
        'RUN pip install "poetry==$POETRY_VERSION"\nWORKDIR /app\nCOPY pyproject.toml poetry.lock ./\n'
        "RUN poetry config virtualenvs.create false \\\n  && poetry install --no-dev --no-root\nCOPY . .\n"
        "CMD poetry run gunicorn -k uvicorn.workers.UvicornWorker -b :$PORT main:app\n",
    ),
    (
        "pipenv",
        "FROM python:3.8\nRUN pip install pipenv\nCOPY Pipfile* /tmp/\n"
        "RUN cd /tmp && pipenv lock --requirements > r.txt\nRUN pip install -r /tmp/r.txt\nCOPY . /srv/app\n"
        'WORKDIR /srv/app\nCMD ["flask", "run", "--host=0.0.0.0"]\n',
    ),
    (
        "conda",
        "FROM continuumio/miniconda3:4.12.0\nCOPY environment.yml .\n"
        "RUN conda env create -f environment.yml && conda clean -afy\n"
        'SHELL ["conda", "run", "-n", "ml", "/bin/bash", "-c"]\nCOPY . .\n'
        'ENTRYPOINT ["conda", "run", "--no-capture-output", "-n", "ml", "python", "run.py"]\n',
    ),
    (
        "micromamba",
        "FROM mambaorg/micromamba:1.5.1\nCOPY --chown=$MAMBA_USER:$MAMBA_USER env.yaml /tmp/env.yaml\n"
        "RUN micromamba install -y -n base -f /tmp/env.yaml && \\\n    micromamba clean --all --yes\n"
        "ARG MAMBA_DOCKERFILE_ACTIVATE=1\nRUN python -c 'import torch; print(torch.__version__)'\n",
    ),
    (
        "Whisper with ffmpeg",
        "FROM python:3.10-slim\n\n"
        "RUN apt-get update && apt-get install -y ffmpeg git && rm -rf /var/lib/apt/lists/*\n"
        'RUN pip install --no-cache-dir "git+https://github.com/openai/whisper.git"\n'
        "RUN python -c \"import whisper; whisper.load_model('base')\"\nCOPY app.py .\nEXPOSE 5000/tcp\n"
        "CMD python app.py\n",
    ),
    (
        "YOLO with OpenCV libraries",
        "FROM ultralytics/yolov5:latest\nWORKDIR /usr/src/app\n"
        "RUN apt update && apt install -y libgl1-mesa-glx libglib2.0-0\n"
        "ADD https://example.com/weights/yolov5s.pt /weights/\nCOPY requirements.txt ./\n"
        "RUN pip install --no-cache -r requirements.txt\n"
        'CMD ["python", "detect.py", "--weights", "/weights/yolov5s.pt"]\n',
    ),
    (
        "Azure Functions",
        "# To enable ssh & remote debugging on app service change the base image\n"
        "FROM mcr.microsoft.com/azure-functions/python:4-python3.10\n\n"
        "ENV AzureWebJobsScriptRoot=/home/site/wwwroot \\\n"
        "    AzureFunctionsJobHost__Logging__Console__IsEnabled=true\n\nCOPY requirements.txt /\n"
        "RUN pip install -r /requirements.txt\n\nCOPY . /home/site/wwwroot\n",
    ),
    (
        "AWS Lambda",
        "FROM public.ecr.aws/lambda/python:3.9\nCOPY requirements.txt ${LAMBDA_TASK_ROOT}\n"
        'RUN pip install -r requirements.txt --target "${LAMBDA_TASK_ROOT}"\n'
        'COPY lambda_function.py ${LAMBDA_TASK_ROOT}\nCMD [ "lambda_function.handler" ]\n',
    ),
    (
        "Alpine",
        "FROM python:3.9-alpine3.15\nRUN apk add --no-cache --virtual .build-deps gcc musl-dev \\\n"
        ' && pip install numpy \\\n && apk del .build-deps\nCOPY . /app\nENTRYPOINT ["/app/docker-entrypoint.sh"]\n'
        'CMD ["gunicorn", "wsgi:app"]\n',
    ),
    (
        "build arguments in FROM",
        "ARG PYTHON_VERSION=3.11\nARG VARIANT=slim\nFROM python:${PYTHON_VERSION}-${VARIANT}\nARG PYTHON_VERSION\n"
        "LABEL org.opencontainers.image.title=service python=$PYTHON_VERSION\nRUN echo ${PYTHON_VERSION:-none}\n",
    ),
    (
        "platform flag and target arguments",
        "FROM --platform=$BUILDPLATFORM python:3.12 AS build\nARG TARGETARCH TARGETOS=linux\nRUN echo $TARGETARCH\n"
        "FROM --platform=linux/amd64 scratch\nCOPY --link --from=build /out /\n",
    ),
    (
        "requirements by heredoc",
        "# syntax=docker/dockerfile:1.4\nFROM python:3.11-slim\nCOPY <<EOF /app/requirements.txt\nflask==2.3\n"
        "torch\nEOF\nRUN <<EOF\nset -e\napt-get update\napt-get install -y libgomp1\n"
        'pip install -r /app/requirements.txt\nEOF\nCMD ["python"]\n',
    ),
    (
        "two files by heredoc in one COPY",
        "FROM alpine\nCOPY <<one.txt <<two.txt /dest/\nfirst\none.txt\nsecond\ntwo.txt\nRUN cat /dest/one.txt\n",
    ),
    (
        "a Python script by heredoc",
        "FROM python:3.11\nRUN python3 <<'EOF'\nimport os\nprint(f\"{os.getcwd()} $HOME\")\nEOF\n",
    ),
    (
        "heredoc with a shebang",
        "FROM python:3.11\nRUN <<EOF\n#!/usr/bin/env python\nprint('hello')\nEOF\nWORKDIR /x\n",
    ),
    (
        "heredoc with tabs and redirect",
        "FROM debian\nRUN cat <<-EOT > /etc/app.conf\n\t[app]\n\tmodel = /models\n\tEOT\nRUN echo done\n",
    ),
    (
        "health check",
        "FROM python:3.11\nHEALTHCHECK --interval=30s --timeout=3s --start-period=60s --retries=3 \\\n"
        '  CMD curl -f http://localhost:8000/health || exit 1\nCMD ["python", "app.py"]\n',
    ),
    (
        "health check in JSON",
        'FROM python\nHEALTHCHECK CMD ["curl", "-f", "http://localhost/"]\n',
    ),
    (
        "no health check",
        "FROM python\nHEALTHCHECK NONE\n",
    ),
    (
        "onbuild image",
        "FROM python:3.7\nONBUILD COPY requirements.txt /usr/src/app/\n"
        "ONBUILD RUN pip install -r requirements.txt\nONBUILD COPY --chown=1000:1000 . /usr/src/app\n"
        'ONBUILD CMD ["python", "-m", "app"]\n',
    ),
    (
        "Jupyter base",
        "FROM jupyter/tensorflow-notebook:2023-01-01\nUSER root\nRUN fix-permissions /home/$NB_USER\n"
        'USER ${NB_UID}\nVOLUME ["/data", "/models"]\nVOLUME /logs /tmp/x\nSTOPSIGNAL SIGINT\n',
    ),
    (
        "tensorflow serving",
        "FROM tensorflow/serving:2.11.0\nCOPY models/ /models/\nENV MODEL_NAME=classifier\nEXPOSE 8500 8501\n"
        'ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]\n',
    ),
    (
        "supervisor and nginx",
        "FROM tiangolo/uwsgi-nginx-flask:python3.8\nENV LISTEN_PORT 8080\nENV UWSGI_INI /app/uwsgi.ini\n"
        "MAINTAINER Somebody <somebody@example.com>\nCOPY ./app /app\nEXPOSE 8080\n",
    ),
    (
        "model downloaded at build time",
        "FROM huggingface/transformers-pytorch-cpu:4.18.0\nARG HF_TOKEN\nENV TRANSFORMERS_CACHE=/cache\n"
        'RUN --mount=type=secret,id=hf,target=/run/secrets/hf python - <<"PY"\nfrom transformers import pipeline\n'
        "pipeline('sentiment-analysis')\nPY\nCMD exec gunicorn app:app\n",
    ),
    (
        "wheels from a builder",
        "FROM python:3.10 as wheels\nWORKDIR /wheels\nCOPY requirements.txt .\n"
        "RUN pip wheel -r requirements.txt -w /wheels\nFROM python:3.10-slim\nCOPY --from=wheels /wheels /wheels\n"
        "RUN pip install --no-index --find-links=/wheels app \\\n  # the wheels are not needed any more\n"
        "  && rm -rf /wheels\n",
    ),
    (
        "debug, test and production targets",
        "FROM python:3.11 AS base\nENV A=1\nFROM base AS test\nRUN pytest\nFROM base AS production\n"
        "COPY --from=test /r /r\nCMD python -m service\n",
    ),
    (
        "apt with versions, quotes and a loop",
        'FROM ubuntu:20.04\nRUN set -eux; for p in git curl; do apt-get install -y "$p"; done; \\\n'
        "    if [ -n \"$GPU\" ]; then pip install torch; else pip install 'torch==2.0.0+cpu' \\\n"
        "      -f https://download.pytorch.org/whl/torch_stable.html; fi\n",
    ),
    (
        "add of archives and repositories",
        "FROM debian:bookworm\nADD model.tar.gz /models/\nADD --checksum=sha256:abc https://example.com/a.bin /b/\n"
        "ADD --keep-git-dir=true https://github.com/moby/buildkit.git#v0.10.1 /buildkit\nADD a b c /d/\n",
    ),
    (
        "copy with exclusions and parents",
        "# syntax=docker/dockerfile:1.7-labs\nFROM scratch\n"
        "COPY --exclude=*.ipynb --exclude=data --parents ./src ./models /app/\n"
        'COPY ["a file.txt", "b file.txt", "/with space/"]\nCOPY *.py src/**/*.txt /app/\n',
    ),
    (
        "gradio space",
        "FROM python:3.10\nRUN useradd -m -u 1000 user\nUSER user\nENV HOME=/home/user \\\n"
        "\tPATH=/home/user/.local/bin:$PATH\nWORKDIR $HOME/app\nCOPY --chown=user . $HOME/app\n"
        'CMD ["python", "app.py"]\n',
    ),
    (
        "network and security flags",
        "FROM alpine\nRUN --network=none --security=insecure ls\n"
        "RUN --mount=type=ssh git clone git@example.com:x.git\n"
        "RUN --mount=type=cache,id=pip,target=/root/.cache/pip,sharing=locked pip install x\n",
    ),
    (
        "torch from the CPU index",
        "FROM python:3.11-slim\nRUN pip install --no-cache-dir torch==2.3.0 torchvision \\\n"
        "    --index-url https://download.pytorch.org/whl/cpu\n"
        "RUN pip install -r requirements.txt && pip cache purge\n",
    ),
    (
        "environment in all its forms",
        'FROM a\nENV ONE 1\nENV TWO  two words   here\nENV THREE=3 FOUR="four and" FIVE=\'5 "\' SIX=six\\ six\n'
        "ENV SEVEN=$ONE$TWO\nENV EIGHT=${NOPE:-eight} NINE=${ONE:+nine} TEN=\\$ONE\nENV abc=hello\n"
        "ENV abc=bye def=$abc\nENV ghi=$abc\n",
    ),
    (
        "labels over many lines",
        'FROM a\nLABEL "com.example.vendor"="ACME Incorporated"\nLABEL description="This text illustrates \\\n'
        'that label-values can span multiple lines."\nLABEL multi.label1="value1" \\\n'
        "      multi.label2=\"value2\" other='v'\n",
    ),
    (
        "deepspeech of old",
        "from ubuntu:16.04\nmaintainer someone\nrun apt-get update && \\\n\n    apt-get install -y python-pip\n"
        "# a comment\n\nadd . /app\nworkdir /app\nrun pip install -r requirements.txt\nexpose 80\n"
        "cmd python app.py\n",
    ),
]
