"""Dockerfiles and requirements that nobody wrote: pieces as people use them, put together as nobody would."""

from __future__ import annotations

from hypothesis import strategies as st

BASES = (
    "python:3.12-slim", "python:3.9", "python", "python:3.11-alpine", "debian:12", "ubuntu:22.04", "scratch",
    "nvidia/cuda:12.1.0-cudnn8-devel-ubuntu22.04", "pytorch/pytorch:2.2.0-cuda12.1-cudnn8-runtime",
    "tensorflow/tensorflow:2.15.0-gpu", "continuumio/miniconda3", "mambaforge:latest", "$BASE", "${BASE:-python:3.11}",
    "mcr.microsoft.com/azure-functions/python:4-python3.11", "public.ecr.aws/lambda/python:3.11", "0", "build",
    "python@sha256:2199a62885a12290dc9c5be3ca0681d367576ab7bf037da120e564723292a2f0", "jupyter/scipy-notebook",
)  # fmt: skip
PACKAGES = (
    "torch", "torch==2.3.1", "torch>=2,<3", "torch==2.3.1+cpu", "torchvision", "tensorflow", "tensorflow-gpu==2.4.1",
    "onnxruntime-gpu", "opencv-python", "sentence-transformers", "flask", "fastapi[all]", "numpy<2", "jupyter", "pytest",
    "git+https://github.com/openai/whisper.git", "./wheels/a.whl", "-e .", "xgboost", "transformers[torch]", "$EXTRA",
    "nvidia-cudnn-cu12", "triton", "easyocr ; python_version < '3.12'", "boto3", "uvicorn", "gunicorn", "'a b'", '"x>1"',
)  # fmt: skip
OPTIONS = (
    "--no-cache-dir", "--upgrade", "-U", "-r requirements.txt", "-r /app/requirements.txt", "-q", "--no-deps", "--user",
    "--index-url https://download.pytorch.org/whl/cpu", "--extra-index-url=https://download.pytorch.org/whl/cu121",
    "-t /deps", "--break-system-packages", "--no-compile",
)  # fmt: skip
COMMANDS = (
    "apt-get update", "apt-get install -y curl git", "apt-get install --no-install-recommends -y libgl1 build-essential",
    "apt-get clean", "rm -rf /var/lib/apt/lists/*", "apk add --no-cache gcc musl-dev", "yum install -y gcc", "cd /app",
    "useradd -m app", "chown -R app:app /app", "chmod -R 777 /app", "conda install -y -c pytorch pytorch cpuonly",
    "conda env create -f environment.yml", "conda clean -afy", "uv sync --frozen", "uv pip install --system torch",
    "poetry install --no-root", "poetry config virtualenvs.create false", "pipenv install --deploy --system",
    "git clone https://github.com/a/b", "wget https://example.com/model.bin", "curl -L https://example.com/a | tar xz",
    "huggingface-cli download bert-base-uncased --local-dir /model", "mv /model /m", "python setup.py install",
    "python -c \"from transformers import pipeline; pipeline('x')\"", "python -m spacy download en_core_web_sm",
    "rm -rf ~/.cache/pip", "pip cache purge", "export A=1", "A=1 env", "sudo ls", "echo 'it''s'", "echo \"$HOME\"", "true",
    "sh -c 'pip install torch'", "set -ex", "source /venv/bin/activate", "$(which pip) install x", "exit 0", ":", "[ -f a ]",
    "find / -name '*.pyc' -delete", "strip --strip-unneeded /usr/lib/*.so", "echo $((1+2)) ${A:+b}", "cat <<< x", "{ ls; }",
)  # fmt: skip
LINES = (
    "COPY . .", "COPY . /app", "ADD . /app", "COPY requirements.txt .", "COPY requirements*.txt ./", "COPY --chown=app . /app",
    "COPY --from=0 /a /b", "COPY --from=build /app /app", "COPY --link --chmod=755 a b /c/", 'COPY ["a b", "/c"]',
    "ADD https://example.com/model.tar.gz /opt/", "ADD model.tar.gz /opt/", "ENV A=1 B='x y' C=a\\ b", "ENV OLD form here",
    "ENV HF_TOKEN=hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ENV PIP_NO_CACHE_DIR=1", "ENV PATH=/venv/bin:$PATH", "ARG X",
    "ENV PYTHONDONTWRITEBYTECODE 1", "ARG X=1 Y", "ARG TOKEN", "WORKDIR /app", "WORKDIR sub", "WORKDIR $HOME", "USER root",
    "USER app", "USER 1000:1000", "EXPOSE 80 443/tcp", "VOLUME /data", 'VOLUME ["/a","/b"]', "STOPSIGNAL SIGINT",
    'CMD ["python", "app.py"]', "CMD python app.py", "CMD flask run --host 127.0.0.1", 'ENTRYPOINT ["gunicorn"]',
    "CMD uvicorn a:app --reload", 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]', "LABEL a=b", "MAINTAINER me",
    "HEALTHCHECK NONE", "HEALTHCHECK --interval=5s CMD curl -f http://localhost/", "ONBUILD RUN pip install torch",
    "ONBUILD COPY . /app", 'RUN ["pip", "install", "torch"]', 'RUN ["sh", "-c", "pip install torch && ls"]',
    "RUN <<EOF\npip install torch\napt-get update\nEOF", "RUN <<-'A' <<B\n\tx\n\tA\ny\nB", "COPY <<x /y\nz\nx", "# a remark",
    "# jettison ignore=L01", "# hadolint ignore=DL3008,DL3042", "# check=skip=all", "# syntax=docker/dockerfile:1", "",
    "RUN --mount=type=cache,target=/root/.cache/pip pip install flask", "RUN --network=none true",
    "RUN --mount=type=secret,id=a --mount=type=bind,target=/r,source=requirements.txt pip install -r /r", "  ", "\t",
)  # fmt: skip

_installs = st.builds(
    lambda start, options, packages: " ".join([start, "install", *options, *packages]),
    st.sampled_from(["pip", "pip3", "python -m pip", "python3.11 -m pip --quiet", "/venv/bin/pip", "pipx", "uv pip"]),
    st.lists(st.sampled_from(OPTIONS), max_size=2),
    st.lists(st.sampled_from(PACKAGES), max_size=4),
)
_commands = st.one_of(_installs, st.sampled_from(COMMANDS))
_joins = st.sampled_from(
    [" && ", " && \\\n    ", "; ", " ;\\\n", " || ", " | ", " & ", "\\\n && ", " && \\\n# why\n  ", " && \\\n\n "]
)


@st.composite
def _runs(draw: st.DrawFn) -> str:
    made = draw(_commands)
    for _ in range(draw(st.integers(0, 4))):
        made += draw(_joins) + draw(_commands)
    around = draw(st.sampled_from(["", "", "", "", "()", "if", "for", "{}", "'"]))
    if around == "if":
        made = f"if [ -z $X ]; then {made}; else {draw(_commands)}; fi"
    elif around == "for":
        made = f"for a in b c; do {made}; done"
    elif around:
        made = {"()": f"( {made} )", "{}": f"{{ {made}; }}", "'": f"{made} '"}[around]
    return draw(st.sampled_from(["RUN ", "run ", "RUN  ", "RUN\t", "  RUN ", "ONBUILD RUN "])) + made


@st.composite
def _stages(draw: st.DrawFn) -> str:
    flag = draw(st.sampled_from(["", "", "", "--platform=linux/amd64 "]))
    name = draw(st.sampled_from(["", "", " AS build", " as base", " AS Final"]))
    lines = draw(st.lists(st.one_of(_runs(), _runs(), st.sampled_from(LINES)), max_size=10))
    return "\n".join([f"FROM {flag}{draw(st.sampled_from(BASES))}{name}", *lines])


_noise = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "RUN",
            "FROM",
            "COPY x",
            "ENV",
            "\\",
            "RUN \\",
            "<<EOF",
            "RUN <<EOF",
            "EOF",
            "\x00",
            "\ufeff",
            "ONBUILD FROM x",
        ]
    ),
)


@st.composite
def dockerfiles(draw: st.DrawFn) -> bytes:
    """Bytes of a Dockerfile; most of them parse."""
    head = draw(
        st.sampled_from(["", "", "# syntax=docker/dockerfile:1\n", "# escape=`\n", "# check=skip=all\n", "\n\n"])
    )
    args = draw(st.sampled_from(["", "", "ARG BASE=python:3.12\n", "ARG A B=c\n# x\n"]))
    text = head + args + "\n".join(draw(st.lists(_stages(), min_size=1, max_size=3)))
    if draw(st.integers(0, 7)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(_noise) + text[at:]
    text += draw(st.sampled_from(["\n", "\n", "", "\n\n", " ", "\\"]))
    text = draw(st.sampled_from([text, text, text, text.replace("\n", "\r\n"), "\ufeff" + text]))
    data = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 15)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at:]
    return data


_endings = st.sampled_from(
    ["", "", "  # a remark", " ; python_version < '3.12'", " \\\n    --hash=sha256:00", "  # jettison ignore=W01"]
)
requirements = st.lists(
    st.one_of(
        st.builds(str.__add__, st.sampled_from(PACKAGES), _endings),
        st.sampled_from(OPTIONS),
        st.sampled_from(["", "# torch", "-c constraints.txt", "-r requirements.txt", "\\", "\ufefftorch"]),
        st.text(max_size=20),
    ),
    max_size=12,
).map("\n".join)
"""A requirements file."""
