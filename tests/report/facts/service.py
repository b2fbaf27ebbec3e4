"""The service as found, and the machine."""

from __future__ import annotations

from pathlib import Path

from jettison.records import (
    Checkpoint,
    Deployment,
    EntryPoint,
    Host,
    Labelled,
    Limits,
    PythonInstall,
    Request,
    Start,
    SystemInstall,
    Truth,
)

MB = 1_000_000

HOST = Host(
    cpu="Intel Xeon Platinum 8481C @ 2.70GHz",
    flags=("avx2", "avx512f", "avx512_vnni", "amx_int8"),
    cores=2,
    memory_bytes=25_269 * MB,
    system="Linux 6.1, glibc 2.36, x86_64",
    python="3.11.7",
    load_average=0.31,
)
LIMITS = Limits(loss_points=0.5)
TRUTH = Truth(
    metric="token_error_rate",
    answer="phonemes",
    selection=(
        Labelled(request=Request(method="POST", path="/pronounce", body='{"word":"pitney"}'), target="P IH T N IY"),
    ),
    verdict=(
        Labelled(request=Request(method="POST", path="/pronounce", body='{"word":"vinca"}'), target="V IH NG K AH"),
    ),
)
WORDS = {118: "kronor", 402: "scioscia"}
REQUESTS = tuple(
    Request(method="POST", path="/pronounce", body=f'{{"word":"{WORDS.get(index, f"word{index}")}"}}')
    for index in range(600)
)
DEPLOYMENT = Deployment(
    name="pronounce",
    root=Path("/srv/pronounce"),
    dockerfile=Path("Dockerfile"),
    base_image="python:3.11",
    python="3.11",
    workdir="/app",
    environment=(("PYTHONUNBUFFERED", "1"),),
    entry=EntryPoint(module="app", variable="app", framework="flask", kind="wsgi", file=Path("app.py"), line=20),
    start=Start(argv=("gunicorn", "app:app"), server="gunicorn", form="shell", threads=4),
    files=(),
    python_installs=(
        PythonInstall(
            tool="pip", requirements=("flask", "gunicorn", "torch", "transformers", "sentencepiece"), line=10
        ),
    ),
    system_installs=(SystemInstall(packages=("build-essential", "cmake", "git", "vim"), line=4),),
    checkpoints=(
        Checkpoint(
            name="model",
            path=Path("/srv/pronounce/model"),
            image_path="/app/model",
            format="safetensors",
            architecture="t5",
            size_bytes=11_874_666,
            place="app.py:14",
        ),
    ),
    requests=REQUESTS,
    truth=TRUTH,
    limits=LIMITS,
    notes=("The number of gunicorn workers is read from the CMD line: 1.",),
)
