"""Models of other frameworks: told apart by what they are, exported by their own framework, held against it."""

from __future__ import annotations

import json
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.convert.exporters import (
    FROZEN,
    KERAS,
    MODULE,
    SAVED,
    SCRIPT,
    TIMM,
    TRANSFORMERS,
    Export,
    Exporter,
    is_graph,
    kind_of,
)
from jettison.convert.graphs import Origin, graph_candidates
from jettison.environments import Prepared
from jettison.errors import ConversionWrong, JettisonError, ModelMissing, ModelUnreadable, UnsafeModel, UnsupportedModel
from jettison.records import Candidate, finished
from jettison.workspace import Workspace
from tests import onnx_graphs


def zipped(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"{}")

    return write


def content(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def folder(**files: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.mkdir()
        for name, text in files.items():
            (path / name.replace("_json", ".json").replace("_pb", ".pb")).write_text(text)

    return write


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        ("m.onnx", content(b"\x08\x07"), None),
        ("m", content(b"\x08\x07"), None),
        ("m.pb", content(b"\x0a\x10"), FROZEN),
        ("m.h5", content(b"\x89HDF\r\n\x1a\n"), KERAS),
        ("m.keras", zipped("metadata.json", "config.json", "model.weights.h5"), KERAS),
        ("m.pt", zipped("m/constants.pkl", "m/code/__torch__.py", "m/data.pkl"), SCRIPT),
        ("saved", folder(saved_model_pb=""), SAVED),
        ("vit", folder(config_json='{"model_type": "vit"}'), TRANSFORMERS),
        ("timm", folder(config_json='{"architecture": "resnet18"}'), TIMM),
    ],
)
def test_a_model_is_told_by_what_it_is(
    name: str, write: Callable[[Path], None], expected: Exporter | None, tmp_path: Path
) -> None:
    write(tmp_path / name)
    assert kind_of(str(tmp_path / name)) == expected


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        ("m.onnx", content(b""), True),
        ("gone.onnx", lambda path: None, True),
        ("gone", lambda path: None, False),
        ("nets.py:make", lambda path: None, True),
        ("saved", folder(saved_model_pb=""), True),
        ("vit", folder(config_json='{"model_type": "vit"}', preprocessor_config_json="{}"), True),
        ("clip", folder(config_json="{}", preprocessor_config_json="{}", tokenizer_json="{}"), False),
        ("bert", folder(config_json='{"model_type": "bert"}'), False),
        ("timm", folder(config_json='{"architecture": "resnet18"}'), True),
    ],
)
def test_a_model_is_a_graph_or_one_of_texts(
    name: str, write: Callable[[Path], None], expected: bool, tmp_path: Path
) -> None:
    write(tmp_path / name)
    assert is_graph(tmp_path / name) == expected


def test_a_factory_is_told_by_its_name() -> None:
    assert kind_of("nets/model.py:make") == MODULE
    assert kind_of("package.module:make") == MODULE


@pytest.mark.parametrize(
    ("name", "write", "error", "words"),
    [
        ("m.pth", zipped("m/data.pkl", "m/data/0"), UnsupportedModel, "without the code"),
        ("m.zip", zipped("readme.txt"), UnsupportedModel, "no known kind"),
        ("m.pt", content(b"PK\x03\x04 and no more"), ModelUnreadable, "truncated"),
        ("m.pkl", content(b"\x80\x04\x95"), UnsafeModel, "not read"),
        ("empty", folder(), UnsupportedModel, "neither"),
        ("broken", folder(config_json="{"), ModelUnreadable, "not JSON"),
        ("deep", folder(config_json="[" * 100_000), ModelUnreadable, "nested too deeply"),
        ("huge", folder(config_json='"' + "a" * 34_000_000 + '"'), ModelUnreadable, "holds settings"),
        ("twisted", folder(config_json='{"architecture": ["resnet18"]}'), UnsupportedModel, "neither"),
        ("gone", lambda path: None, ModelMissing, "not there"),
    ],
)
def test_what_cannot_be_exported_says_why(
    name: str, write: Callable[[Path], None], error: type[JettisonError], words: str, tmp_path: Path
) -> None:
    write(tmp_path / name)
    with pytest.raises(error, match=words):
        kind_of(str(tmp_path / name))


def exported(
    kind: Exporter, model: str, torch: Prepared, workspace: Workspace, data: Path | None
) -> tuple[Candidate, ...]:
    made = Export(exporter=kind, model=model, environment=torch, workspace=workspace, data=data)
    graph = finished(made.graph())
    candidates, rejected = finished(
        graph_candidates(
            graph,
            name="m",
            data=data,
            workspace=workspace,
            forms=["fp32"],
            origin=Origin(words=f"the {kind.kind}", answered=made.answers),
        )
    )
    assert not rejected
    return candidates


NETWORK = """
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.PReLU(8))
            self.last = torch.nn.Linear(8, 5)

        def forward(self, image):
            seen = self.first(image).mean((2, 3))
            return {"scores": self.last(seen), "seen": seen}

    def make():
        torch.manual_seed(0)
        return Network()

    def make_with_a_sample():
        return make(), {"image": torch.randn(2, 3, 16, 16)}

    class Noisy(Network):
        def forward(self, image):
            return super().forward(torch.nn.functional.dropout(image, 0.5, training=True))

    def noisy():
        return Noisy()

    def curious():
        for place in ("/etc/made-by-a-model", "HERE/made-by-a-model"):
            try:
                open(place, "w")
            except OSError:
                pass
        raise ValueError("no weights today")
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "nets" / "network.py"
    path.parent.mkdir()
    path.write_text(textwrap.dedent(NETWORK).replace("HERE", str(path.parent)))
    return path


def test_a_module_that_a_factory_makes(
    module: Path, tmp_path: Path, torch: Prepared, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = onnx_graphs.samples(tmp_path, image=onnx_graphs.pictures(6))
    monkeypatch.chdir(tmp_path)
    (made,) = exported(MODULE, f"{module.relative_to(tmp_path)}:make", torch, workspace, data)
    assert made.check
    assert made.check.worst_difference < 1e-4
    assert "torch module" in made.check.reference
    assert made.model
    manifest = json.loads((made.model.path / "manifest.json").read_text())
    assert [each["name"] for each in manifest["config"]["inputs"]] == ["image"]
    assert manifest["config"]["inputs"][0]["shape"][0] == "batch"
    assert [each["name"] for each in manifest["config"]["outputs"]] == ["scores", "seen"]


def test_a_module_that_draws_random_numbers_is_refused(
    module: Path, tmp_path: Path, torch: Prepared, workspace: Workspace
) -> None:
    data = onnx_graphs.samples(tmp_path, image=onnx_graphs.pictures(6))
    with pytest.raises(ConversionWrong, match="torch module"):
        exported(MODULE, f"{module}:noisy", torch, workspace, data)


def test_a_module_cannot_touch_anything_and_its_reason_is_told(
    module: Path, torch: Prepared, workspace: Workspace
) -> None:
    with pytest.raises(UnsupportedModel, match="no weights today"):
        exported(MODULE, f"{module}:curious", torch, workspace, None)
    assert not Path("/etc/made-by-a-model").exists()
    assert not (module.parent / "made-by-a-model").exists()


def test_torchscript_from_a_file(module: Path, tmp_path: Path, torch: Prepared, workspace: Workspace) -> None:
    import subprocess

    code = (
        f"import sys, torch; sys.path.insert(0, {str(module.parent)!r}); import network\n"
        "traced = torch.jit.trace(network.make().first, torch.randn(1, 3, 16, 16))\n"
        f"traced.save({str(tmp_path / 'network.pt')!r})"
    )
    subprocess.run([str(torch.python), "-c", code], check=True, capture_output=True)
    assert kind_of(str(tmp_path / "network.pt")) == SCRIPT
    data = onnx_graphs.samples(tmp_path, image=onnx_graphs.pictures(6))
    (made,) = exported(SCRIPT, str(tmp_path / "network.pt"), torch, workspace, data)
    assert made.check
    assert made.check.worst_difference < 1e-4
    assert made.model
    manifest = json.loads((made.model.path / "manifest.json").read_text())
    assert [each["name"] for each in manifest["config"]["outputs"]] == ["output"]
