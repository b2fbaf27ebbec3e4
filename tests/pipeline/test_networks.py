"""Services around a network that is a graph: what is set aside, what stands where the file was, what is asked of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jettison.errors import EnvironmentUnusable
from jettison.intake import deployment
from jettison.measure import Subject
from jettison.pipeline.alone import adapted
from jettison.pipeline.asking import identity
from jettison.pipeline.networks import network_forms, parted
from jettison.pipeline.sides import Sides
from jettison.pipeline.wish import is_converted_as_graph
from jettison.records import Deployment, Environment, Report, Request, finished, from_json
from jettison.replay.observation import SAMPLES, asked
from jettison.replay.service import Launch
from jettison.sandbox.container import Mount
from jettison.workspace import Workspace
from tests import onnx_graphs
from tests.t5_folders import safetensors

ON_ONNXRUNTIME = """
import numpy as np
import onnxruntime
from flask import Flask, jsonify, request

with open("model/net.onnx", "rb") as file:
    session = onnxruntime.InferenceSession(file.read())
app = Flask(__name__)


@app.post("/")
def answer():
    picture = np.random.default_rng(request.get_json()["seed"]).standard_normal((1, 3, 16, 16)).astype(np.float32)
    return jsonify(session.run(["logits"], {"input": picture})[0].tolist())
"""
ON_TENSORFLOW = """
import numpy as np
import tensorflow as tf
from flask import Flask, jsonify, request

model = tf.keras.models.load_model("model/net.keras")
app = Flask(__name__)


@app.post("/")
def answer():
    return jsonify(model.predict(np.array(request.get_json()["rows"])).tolist())
"""
ON_TRANSFORMERS = """
from flask import Flask, request
from PIL import Image
from transformers import AutoImageProcessor, {loader}

processor = AutoImageProcessor.from_pretrained("model")
model = {loader}.from_pretrained("model")
app = Flask(__name__)


@app.post("/")
def answer():
    pixels = processor(Image.open(request.files["file"]), return_tensors="pt")
    return model(**pixels)[0].tolist()
"""
DOCKERFILE = """
FROM python:3.11-slim
WORKDIR /srv
COPY . .
RUN pip install {}
CMD ["gunicorn", "app:app"]
"""


def service(folder: Path, code: str, packages: str) -> Deployment:
    (folder / "app.py").write_text(code)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(packages))
    requests = [{"method": "POST", "path": "/", "json": {"seed": seed}} for seed in range(40)]
    (folder / "requests.jsonl").write_text("".join(json.dumps(each) + "\n" for each in requests))
    return deployment(folder)


@pytest.fixture
def on_onnxruntime(tmp_path: Path) -> Deployment:
    onnx_graphs.written(tmp_path / "model", onnx_graphs.residual_network(), "net.onnx")
    return service(tmp_path, ON_ONNXRUNTIME, "gunicorn flask onnxruntime numpy")


def test_a_third_of_the_requests_is_set_aside_and_measures_nothing(on_onnxruntime: Deployment) -> None:
    kept, aside = parted(on_onnxruntime)
    assert 5 < len(aside) < 20
    assert not {each.body for each in kept.requests} & {each.body for each in aside}
    assert len(kept.requests) + len(aside) == 40
    assert parted(replace(on_onnxruntime, requests=on_onnxruntime.requests[::-1]))[1] == aside[::-1]
    assert f"{len(aside)} of 40 recorded requests were set aside" in kept.notes[-1]
    few = replace(on_onnxruntime, requests=(Request(method="GET", path="/health"),))
    assert parted(few) == (few, ())


def test_of_an_app_on_onnx_runtime_only_the_file_changes(on_onnxruntime: Deployment, workspace: Workspace) -> None:
    (checkpoint,) = on_onnxruntime.checkpoints
    assert (checkpoint.name, checkpoint.format) == ("model/net.onnx", "onnx")
    app = adapted(on_onnxruntime)
    assert (app.files, app.removed, app.complete) == ((), (), True)
    sides = Sides(deployment=on_onnxruntime, adaptation=app, workspace=workspace)
    assert sides.light_requirements == on_onnxruntime.requirements
    asked = replace(
        on_onnxruntime.python_installs[0], requirements=("flask", "onnxruntime-gpu[cuda]>=1.20; python_version>'3'")
    )
    on_gpu = replace(sides, deployment=replace(on_onnxruntime, python_installs=(asked,)))
    assert on_gpu.light_requirements == ("flask", 'onnxruntime>=1.20; python_version > "3"')
    tree = finished(sides.adapted_stage(checkpoint).tree(workspace))
    assert (tree / "srv" / "app.py").read_text() == ON_ONNXRUNTIME
    assert str((tree / "srv/model/net.onnx").readlink()) == "/models/model--net.onnx/model.onnx"
    original = finished(sides.original_stage().tree(workspace))
    assert (original / "srv/model/net.onnx").read_bytes() == (on_onnxruntime.root / "model/net.onnx").read_bytes()


def test_weights_beside_the_file_count_and_go_with_it(tmp_path: Path, workspace: Workspace) -> None:
    onnx_graphs.written(tmp_path / "model", onnx_graphs.residual_network(), "net.onnx")
    (tmp_path / "model" / "net.onnx.data").write_bytes(bytes(1000))
    found = service(tmp_path, ON_ONNXRUNTIME, "gunicorn flask onnxruntime")
    (checkpoint,) = found.checkpoints
    assert checkpoint.size_bytes == (tmp_path / "model" / "net.onnx").stat().st_size + 1000
    sides = Sides(deployment=found, adaptation=adapted(found), workspace=workspace)
    assert not (finished(sides.adapted_stage(checkpoint).tree(workspace)) / "srv/model/net.onnx.data").exists()
    assert (finished(sides.original_stage().tree(workspace)) / "srv/model/net.onnx.data").exists()


def test_of_an_app_on_tensorflow_a_line_leads_to_the_converted_folder(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "net.keras").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200_000))
    found = service(tmp_path, ON_TENSORFLOW, "gunicorn flask tensorflow-cpu keras h5py")
    (checkpoint,) = found.checkpoints
    sides = Sides(deployment=found, adaptation=adapted(found), workspace=workspace)
    assert sides.light_requirements == ("gunicorn", "flask", "onnxruntime", "numpy")
    tree = finished(sides.adapted_stage(checkpoint).tree(workspace))
    assert (tree / "srv/model/net.keras").read_text() == "jettison model folder: /models/model--net.keras\n"
    assert "from jettison_runtime import tensorflow as tf" in (tree / "srv/app.py").read_text()


def around_pictures(folder: Path, loader: str, processor: str) -> Deployment:
    """A service around a folder of a classifier of pictures, whose weights nobody reads."""
    model = folder / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "vit", "architectures": ["ViTForImageClassification"]}')
    steps = {"image_processor_type": processor, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (model / "preprocessor_config.json").write_text(json.dumps(steps))
    safetensors(model / "model.safetensors", {"w": np.zeros(20_000, np.float32)})
    return service(
        folder, ON_TRANSFORMERS.format(loader=loader), "gunicorn flask pillow torch torchvision transformers"
    )


def test_of_an_app_around_pictures_the_folder_is_converted_in_its_place(tmp_path: Path, workspace: Workspace) -> None:
    found = around_pictures(tmp_path, "AutoModelForImageClassification", "ViTImageProcessor")
    (checkpoint,) = found.checkpoints
    assert is_converted_as_graph(checkpoint)
    assert checkpoint.task == "image-classification"
    sides = Sides(deployment=found, adaptation=adapted(found), workspace=workspace)
    assert sides.adaptation.complete
    assert sides.light_requirements == ("gunicorn", "flask", "pillow", "onnxruntime", "numpy")
    tree = finished(sides.adapted_stage(checkpoint).tree(workspace))
    assert not list((tree / "srv/model").iterdir())
    assert "from jettison_runtime.transformers import AutoImageProcessor" in (tree / "srv/app.py").read_text()


@pytest.mark.parametrize(
    ("loader", "processor", "says"),
    [
        ("AutoModelForImageClassification", "SamImageProcessor", "what is done to an input of model"),
        (
            "AutoModel",
            "ViTImageProcessor",
            "saved for image-classification, and the code loads it for feature-extraction",
        ),
    ],
)
def test_a_folder_of_pictures_that_cannot_serve_the_app_is_rejected_with_the_reason(
    tmp_path: Path, workspace: Workspace, loader: str, processor: str, says: str
) -> None:
    found = around_pictures(tmp_path, loader, processor)
    (checkpoint,) = found.checkpoints
    sides = Sides(deployment=found, adaptation=adapted(found), workspace=workspace)
    made, (rejected,) = finished(network_forms(sides, checkpoint, ()))
    assert not made
    assert says in rejected.reason
    assert rejected.place.startswith("app.py:")


def test_what_the_service_asks_the_network_is_written_down_once(on_onnxruntime: Deployment, tmp_path: Path) -> None:
    launch = Launch(
        root=Path("/"),
        command=(sys.executable, "-m", "jettison_server", "app:app"),
        workdir="/srv",
        environment=(("PATH", "/usr/bin:/bin"),),
        mounts=(Mount(source=on_onnxruntime.root, target="/srv"),),
        installed=(Path(sys.prefix),),
    )
    into = tmp_path / "observed"
    into.mkdir()
    requests = on_onnxruntime.requests[:3]
    model = on_onnxruntime.root / "model" / "net.onnx"
    assert finished(asked(launch, model, (*requests, requests[0]), into)) == 3
    with np.load(into / SAMPLES) as found:
        assert found.files == ["input"]
        assert found["input"].shape == (3, 1, 3, 16, 16)
        first = np.random.default_rng(0).standard_normal((1, 3, 16, 16)).astype(np.float32)
        assert np.array_equal(found["input"][0], first)


def test_another_network_in_the_same_place_is_watched_anew(tmp_path: Path) -> None:
    """Single files are mounts of their own where the host has their folder too."""
    network = tmp_path / "net.onnx"
    launch = Launch(
        root=Path("/"),
        command=("python",),
        workdir="/",
        environment=(),
        mounts=(Mount(source=network, target="/net.onnx"),),
        installed=(),
    )
    kept = Environment(name="original", python="3.11", packages=())
    subject = Subject(candidate="original", level="service", environment=kept, model_bytes=3, launch=launch)
    found = []
    for content in (b"one", b"two"):
        network.write_bytes(content)
        found.append(identity(subject))
    assert found[0] != found[1]


def test_an_app_that_cannot_run_here_is_converted_without_being_watched(
    on_onnxruntime: Deployment, workspace: Workspace
) -> None:
    lines = replace(on_onnxruntime.python_installs[0], index_options=("--no-index",))
    there = replace(on_onnxruntime, python_installs=(lines,))
    sides = Sides(deployment=there, adaptation=adapted(there), workspace=workspace)
    with pytest.raises(EnvironmentUnusable):
        finished(sides.original())
    (checkpoint,) = there.checkpoints
    assert checkpoint.path is not None
    checkpoint.path.write_bytes(b"no network: that is as far as it has to come, and quick")
    made, rejected = finished(network_forms(sides, checkpoint, there.requests[:2]))
    assert made == () and "net.onnx" in rejected[0].place


@pytest.mark.slow
@pytest.mark.online
def test_all_of_it_for_an_app_on_onnx_runtime(
    on_onnxruntime: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Coarsely: which form wins is the machine's business, and that all of them were asked is ours."""
    out = tmp_path_factory.mktemp("optimized") / "out"
    command = [sys.executable, "-m", "jettison", "optimize", str(on_onnxruntime.root), "--quick", "--json"]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode in (3, 4), done.stderr[-2000:]
    report = from_json(done.stdout.encode(), Report)
    assert report.adaptation == adapted(on_onnxruntime)
    assert report.deployment.requests == parted(on_onnxruntime)[0].requests
    made = {each.name: each for each in report.candidates if each.check and each.model}
    assert {"fp32", "int8-static"} <= made.keys() | {each.name for each in report.rejected}
    plain = made["fp32"]
    assert plain.check
    assert "samples that nothing was chosen by" in plain.check.reference
    assert plain.model
    assert dict(plain.model.file_bytes).keys() == {"manifest.json", "model.onnx"}
    measured = {each.candidate: each for each in report.measurements}
    assert measured.keys() == {"original", *made}
    assert measured["fp32"].outputs == measured["original"].outputs
    assert len(measured["fp32"].outputs) == len(report.deployment.requests)
