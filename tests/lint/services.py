"""Services as people lay them out, with what the rules about requirements have to say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Service:
    """A folder, and what is found in it: code and the name that the place holds."""

    files: Mapping[str, str]
    found: frozenset[tuple[str, str]] = frozenset()
    targets: tuple[str, ...] = ("cpu",)
    sizes: Mapping[str, int] = field(default_factory=dict)


_FLASK = "from flask import Flask, request\napp = Flask(__name__)\n"
_FASTAPI = "from fastapi import FastAPI, UploadFile\napp = FastAPI()\n"
_PIP = "WORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n"
_SLIM = "FROM python:3.12-slim\n" + _PIP

SERVICES: Mapping[str, Service] = {
    "flask and a pickled pipeline": Service(
        files={
            "app.py": _FLASK + "import pickle\nmodel = pickle.load(open('model.pkl', 'rb'))\n",
            "train.py": "import pandas as pd\nfrom sklearn.pipeline import Pipeline\nimport xgboost\n",
            "Dockerfile": _SLIM + 'CMD ["gunicorn", "app:app"]\n',
            "requirements.txt": "flask==3.1\ngunicorn==23.0\nscikit-learn==1.5.2\nlightgbm==4.5\npandas==2.2.3\n"
            "matplotlib==3.9.2\njupyter==1.1.1\n",
        },
        found=frozenset({("W14", "matplotlib==3.9.2"), ("W14", "jupyter==1.1.1")}),
    ),
    "fastapi, uvicorn's parts, forms, settings": Service(
        files={
            "app/main.py": _FASTAPI + "from pydantic_settings import BaseSettings\nfrom transformers import pipeline\n"
            "from fastapi.responses import ORJSONResponse\npipe = pipeline('summarization')\n",
            "Dockerfile": _SLIM + "CMD uvicorn app.main:app --host 0.0.0.0\n",
            "requirements.txt": "fastapi==0.115\nuvicorn[standard]==0.30\npython-multipart==0.0.9\norjson==3.10\n"
            "pydantic-settings==2.5\npython-dotenv==1.0\ntransformers==4.45\nsentencepiece==0.2\nprotobuf==5\ntorch==2.4\n"
            "accelerate==1.0\ntiktoken==0.8\nuvloop==0.21\nhttptools==0.6\nemail-validator==2.2\nitsdangerous==2.2\n"
            "jinja2==3.1\naiofiles==24.1\nsafetensors==0.4\nhuggingface-hub==0.25\nnumpy<2\n",
        },
    ),
    "celery with redis, named in settings": Service(
        files={
            "worker/tasks.py": "import os\nfrom celery import Celery\napp = Celery('w', broker=os.environ['BROKER'])\n",
            "worker/db.py": "from sqlalchemy import create_engine\ne = create_engine('postgresql+psycopg2://x')\n",
            "docker-compose.yml": "services:\n  worker:\n    build: .\n    command: celery -A worker.tasks flower\n",
            "Dockerfile": _SLIM + "CMD celery -A worker.tasks worker\n",
            "requirements.txt": "celery==5.4\nredis==5.0\nflower==2.0\nsqlalchemy==2.0\npsycopg2-binary==2.9\n"
            "boto3==1.35\ngevent==24.2\n",
        },
    ),
    "yolo with opencv of its own": Service(
        files={
            "detect.py": _FASTAPI + "import cv2\nfrom ultralytics import YOLO\nmodel = YOLO('yolov8n.pt')\n",
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y libgl1 libglib2.0-0 "
            "&& rm -rf /var/lib/apt/lists/*\n" + _PIP + "CMD uvicorn detect:app\n",
            "requirements.txt": "ultralytics==8.3\nopencv-python==4.10.0.84\nfastapi==0.115\nuvicorn==0.30\n"
            "python-multipart==0.0.9\nmatplotlib==3.9\npandas==2.2\nseaborn==0.13\ntorch==2.4\ntorchvision==0.19\n",
        },
    ),
    "yolo with a headless opencv beside the other": Service(
        files={
            "detect.py": "import cv2\nfrom ultralytics import YOLO\n",
            "Dockerfile": "FROM python:3.11-slim\n" + _PIP + "CMD python detect.py\n",
            "requirements.txt": "ultralytics==8.3\nopencv-python-headless==4.10.0.84\n",
        },
        found=frozenset({("W13", "opencv-python-headless==4.10.0.84")}),
    ),
    "a face service": Service(
        files={
            "app.py": _FLASK + "import cv2\nimport numpy as np\nfrom PIL import Image\n",
            "Dockerfile": "FROM python:3.10-slim\nRUN apt-get update && apt-get install -y --no-install-recommends "
            "libgl1-mesa-glx libsm6 libxext6 ffmpeg && rm -rf /var/lib/apt/lists/*\n" + _PIP + "CMD gunicorn app:app\n",
            "requirements.txt": "flask==3.0\ngunicorn==23.0\nnumpy==1.26\nopencv-python==4.8.0.74\npillow==10.4\n",
        },
        found=frozenset({("W13", "opencv-python==4.8.0.74")}),
    ),
    "whisper, with ffmpeg and a cli": Service(
        files={
            "main.py": _FASTAPI + "import whisper\nmodel = whisper.load_model('base')\n",
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y ffmpeg gcc git\n"
            + _PIP
            + "CMD uvicorn main:app\n",
            "requirements.txt": "fastapi==0.115\nuvicorn==0.30\npython-multipart==0.0.9\n"
            "git+https://github.com/openai/whisper.git\ntorch==2.4\ntorchaudio==2.4\n",
        },
        found=frozenset({("W15", "torchaudio==2.4")}),
    ),
    "a uv project": Service(
        files={
            "src/service/__init__.py": "",
            "src/service/api.py": _FASTAPI + "import onnxruntime as ort\nfrom tokenizers import Tokenizer\n",
            "tests/test_api.py": "import pytest\nfrom httpx import AsyncClient\n",
            "pyproject.toml": "[project]\nname = 'service'\nversion = '1'\ndependencies = ['fastapi', 'uvicorn', "
            "'onnxruntime>=1.20', 'tokenizers', 'pandas']\n[dependency-groups]\ndev = ['pytest', 'ruff', 'httpx']\n",
            "uv.lock": 'version = 1\n[[package]]\nname = "onnxruntime"\nversion = "1.22.0"\n',
            "Dockerfile": "FROM python:3.12-slim AS build\nWORKDIR /app\n"
            "RUN --mount=type=bind,source=uv.lock,target=uv.lock "
            "--mount=type=bind,source=pyproject.toml,target=pyproject.toml uv sync --frozen --no-install-project\n"
            "COPY . .\nRUN uv sync --frozen\nFROM python:3.12-slim\nCOPY --from=build /app /app\n"
            'CMD ["/app/.venv/bin/uvicorn", "service.api:app"]\n',
        },
        found=frozenset(
            {
                ("W12", '[[package]]\nname = "onnxruntime"\nversion = "1.22.0"'),
                ("W15", "'pandas'"),
                ("W16", "uv sync --frozen --no-install-project"),
                ("W16", "uv sync --frozen"),
            }
        ),
    ),
    "poetry with groups": Service(
        files={
            "api/main.py": _FASTAPI + "from sentence_transformers import SentenceTransformer\n",
            "pyproject.toml": "[tool.poetry]\nname = 'api'\n[tool.poetry.dependencies]\npython = '^3.11'\n"
            "fastapi = '*'\n"
            "sentence-transformers = '^3'\nuvicorn = {version = '*', extras = ['standard']}\n"
            "scikit-learn = '*'\n[tool.poetry.group.dev.dependencies]\npytest = '*'\nblack = '*'\n",
            "poetry.lock": "",
            "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY pyproject.toml poetry.lock ./\n"
            "RUN pip install poetry==1.8.3 && poetry config virtualenvs.create false && poetry install --no-root\n"
            "COPY api api\nCMD uvicorn api.main:app\n",
        },
        found=frozenset({("W16", "poetry install --no-root")}),
    ),
    "a conda environment with a dashboard": Service(
        files={
            "app.py": "import streamlit as st\nimport pandas as pd\ndf = pd.read_csv('x')\ndf.plot()\n",
            "environment.yml": "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.10\n  - pandas=2.1\n"
            "  - matplotlib\n  - pip\n  - pip:\n      - streamlit==1.38\n      - plotly==5.24\n      - altair==5\n",
            "Dockerfile": "FROM continuumio/miniconda3\nCOPY . .\nRUN conda env create -f environment.yml\n"
            "CMD streamlit run app.py\n",
        },
        found=frozenset({("W15", "plotly==5.24"), ("W19", "matplotlib")}),
    ),
    "a notebook image": Service(
        files={
            "Dockerfile": "FROM python:3.12-slim\nCOPY helpers.py .\nRUN pip install jupyterlab==4.2 pandas==2.2 "
            "matplotlib==3.9\nCMD jupyter lab --ip 0.0.0.0\n",
            "helpers.py": "import pandas\nimport matplotlib.pyplot as plt\n",
        },
    ),
    "an azure function": Service(
        files={
            "function_app.py": "import azure.functions as func\nimport logging\nfrom openai import AzureOpenAI\n",
            "host.json": "{}",
            "Dockerfile": "FROM mcr.microsoft.com/azure-functions/python:4-python3.11\nCOPY requirements.txt /\n"
            "RUN pip install -r /requirements.txt\nCOPY . /home/site/wwwroot\n",
            "requirements.txt": "azure-functions==1.21\nazure-identity==1.18\nopenai==1.50\n"
            "azure-storage-blob==12.23\n",
        },
        found=frozenset({("W15", "azure-storage-blob==12.23")}),
    ),
    "a pip freeze": Service(
        files={
            "app.py": _FLASK,
            "Dockerfile": _SLIM + "CMD flask run\n",
            "requirements.txt": "blinker==1.8\nboto3==1.35\nclick==8.1\nFlask==3.0\nipython==8.27\nitsdangerous==2.2\n"
            "Jinja2==3.1\nMarkupSafe==2.1\nmatplotlib==3.9\npandas==2.2\npytest==8.3\nrequests==2.32\nWerkzeug==3.0\n",
        },
    ),
    "pip-compile": Service(
        files={
            "app.py": _FLASK,
            "Dockerfile": _SLIM + "CMD flask run\n",
            "requirements.in": "flask\nboto3\n",
            "requirements.txt": "#\n# This file is autogenerated by pip-compile with Python 3.12\n#\nboto3==1.35\n"
            "    # via -r requirements.in\nflask==3.0\n",
        },
    ),
    "no sources at all": Service(
        files={
            "Dockerfile": "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gcc libgl1\n"
            "RUN pip install mlflow==2.16 boto3==1.35 psycopg2-binary==2.9 pandas==2.2 matplotlib==3.9 pytest==8\n"
            "CMD mlflow server\n"
        }
    ),
    "code from a repository": Service(
        files={
            "patch.py": "import os\n",
            "Dockerfile": "FROM python:3.12-slim\nCOPY patch.py .\nRUN git clone https://example.org/x.git\n"
            "RUN pip install flask==3 pandas==2.2 matplotlib==3.9\n",
        }
    ),
    "plug-ins by name": Service(
        files={
            "app.py": "import importlib\n" + _FLASK + "def load(name):\n    return importlib.import_module(name)\n",
            "Dockerfile": _SLIM + "CMD flask run\n",
            "requirements.txt": "flask==3\npandas==2.2\nredis==5\nmatplotlib==3.9\n",
        }
    ),
    "remote model code": Service(
        files={
            "app.py": _FLASK + "from transformers import AutoModel\nm = AutoModel.from_pretrained('x', "
            "trust_remote_code=True)\n",
            "Dockerfile": _SLIM + "CMD flask run\n",
            "requirements.txt": "flask==3\ntransformers==4.45\ntorch==2.4\ntorchvision==0.19\nmatplotlib==3.9\n",
        }
    ),
    "two services in one folder": Service(
        files={
            "api/app.py": _FLASK + "import redis\n",
            "api/requirements.txt": "flask==3\nredis==5\nrq==1.16\n",
            "api/Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
            "COPY . .\nCMD flask run\n",
            "worker/work.py": "import torch\nimport pandas\n",
            "worker/requirements.txt": "torch==2.4\npandas==2.2\nopenai==1.50\n",
            "worker/Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
            "COPY . .\nCMD python work.py\n",
        },
        found=frozenset({("W15", "openai==1.50")}),
    ),
    "torch and tensorflow for one model": Service(
        files={
            "main.py": _FASTAPI + "from transformers import AutoTokenizer, AutoModelForSequenceClassification\n",
            "Dockerfile": _SLIM + "CMD uvicorn main:app\n",
            "requirements.txt": "fastapi==0.115\nuvicorn==0.30\ntransformers==4.45\ntorch==2.4\ntensorflow==2.17\n"
            "keras==3.5\n",
        },
        found=frozenset({("W09", "tensorflow==2.17"), ("W09", "keras==3.5")}),
    ),
    "onnx with tensors of torch": Service(
        files={
            "main.py": _FASTAPI + "import onnxruntime, torch\nfrom transformers import AutoTokenizer\n"
            "def run(x):\n    return torch.softmax(torch.tensor(x), -1)\n",
            "Dockerfile": _SLIM + "CMD uvicorn main:app\n",
            "requirements.txt": "fastapi==0.115\nuvicorn==0.30\ntransformers==4.45\ntorch==2.4\nonnxruntime==1.19\n",
        },
        found=frozenset({("W11", "torch==2.4")}),
    ),
    "an image for training": Service(
        files={
            "train.py": "import wandb\nfrom datasets import load_dataset\nfrom transformers import Trainer\n",
            "Dockerfile": _SLIM + "CMD python train.py\n",
            "requirements.txt": "wandb==0.18\ndatasets==3\ntransformers==4.45\naccelerate==1\ntensorboard==2.18\n"
            "evaluate==0.4\ntorch==2.4\n",
        }
    ),
    "a lambda with a server's parts": Service(
        files={
            "handler.py": _FASTAPI + "from mangum import Mangum\nhandler = Mangum(app)\n",
            "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\n"
            'CMD ["handler.handler"]\n',
            "requirements.txt": "fastapi==0.115\nmangum==0.19\nuvicorn[standard]==0.30\nboto3==1.35\n",
        },
        targets=("cpu", "aws-lambda"),
        found=frozenset({("W18", "uvicorn[standard]==0.30"), ("W15", "boto3==1.35")}),
    ),
    "django, with apps named in its settings": Service(
        files={
            "site/settings.py": "INSTALLED_APPS = ['django.contrib.auth', 'rest_framework', 'corsheaders']\n"
            "CACHES = {'default': {'BACKEND': 'django_redis.cache.RedisCache'}}\n",
            "site/views.py": "from django.http import JsonResponse\nimport joblib\nmodel = joblib.load('m')\n",
            "manage.py": "from django.core.management import execute_from_command_line\n",
            "Dockerfile": _SLIM + "CMD gunicorn site.wsgi\n",
            "requirements.txt": "django==5.1\ndjangorestframework==3.15\ndjango-cors-headers==4.4\ndjango-redis==5.4\n"
            "redis==5\npsycopg2-binary==2.9\nwhitenoise==6.7\ngunicorn==23\nscikit-learn==1.5\npandas==2.2\nboto3==1.35\n"
            "django-storages==1.14\nsentry-sdk==2.14\n",
        }
    ),
    "rag with langchain": Service(
        files={
            "app.py": "import gradio as gr\nfrom langchain_community.document_loaders import PyPDFLoader\n"
            "from langchain_huggingface import HuggingFaceEmbeddings\n"
            "from langchain_community.vectorstores import FAISS\n",
            "Dockerfile": _SLIM + "CMD python app.py\n",
            "requirements.txt": "gradio==4.44\nlangchain==0.3\nlangchain-community==0.3\nlangchain-huggingface==0.1\n"
            "faiss-cpu==1.8\npypdf==5\nsentence-transformers==3.1\nunstructured[all-docs]==0.15\nopenai==1.50\n"
            "beautifulsoup4==4.12\n",
        },
        found=frozenset({("W18", "unstructured[all-docs]==0.15")}),
    ),
}
