"""Pictures to arrays as transformers' image processors make them, and labels as its pipeline gives them.

Expected numbers were recorded from transformers 4.57.6 (its processors in Python, Pillow 13) on the picture that
`picture` makes.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import jettison_runtime
from jettison.convert.graphs import writing
from jettison.convert.graphs.entries import entries_of
from jettison.convert.graphs.pictures import of_timm, preprocessing
from jettison_runtime.pictures import Preprocessing, cropped, opened
from tests import onnx_graphs


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """Waves and edges, the same everywhere."""
    y, x = np.mgrid[:height, :width]
    waves = [127 + 120 * np.sin(y / 7 + channel) * np.cos(x / (5 + channel)) for channel in range(3)]
    array = np.stack(waves, axis=-1)
    array[height // 3 : height // 2, width // 4 : width // 2] = [250, 20, 90]
    return array.astype(np.uint8)


CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "pictures.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['processor']['image_processor_type']}-{case['shape']}")
def test_every_step_is_that_of_transformers(case: dict[str, Any]) -> None:
    steps = preprocessing(case["processor"])
    assert steps is not None
    got = Preprocessing.read(json.loads(json.dumps(steps))).arrays([picture(*case["shape"])])
    assert list(got.shape) == case["size"]
    places = np.linspace(0, got.size - 1, len(case["numbers"]), dtype=int)
    assert np.allclose(got.reshape(-1)[places], case["numbers"], rtol=0, atol=1e-6)
    assert float(got.astype(np.float64).sum()) == pytest.approx(case["sum"], rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(
    "facts",
    [
        {"image_processor_type": "SamImageProcessor"},
        {"image_processor_type": "ViTImageProcessor", "do_pad": True},
        {"image_processor_type": "EfficientNetImageProcessor"},
        {},
    ],
)
def test_steps_that_are_not_known_are_left_to_the_service(facts: dict[str, Any]) -> None:
    assert preprocessing(facts) is None


def test_a_small_picture_has_zeros_around_it() -> None:
    whole = cropped(np.ones((2, 3, 1), np.uint8), (5, 5))[..., 0]
    assert whole.tolist() == [[0] * 5, [0] * 5, [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0] * 5]
    assert cropped(np.arange(9).reshape(3, 3, 1), (1, 1)).reshape(-1).tolist() == [4]


def test_the_middle_of_an_odd_rest_is_where_torchvision_has_it() -> None:
    for rest, first in ((1, 0), (2, 1), (3, 2), (4, 2), (5, 2), (7, 4)):
        row = np.arange(5 + rest).reshape(1, -1, 1)
        assert cropped(row, (1, 5), rounded=True)[0, 0, 0] == first


TIMM: dict[str, Any] = {"input_size": [3, 160, 160], "crop_pct": 0.95, "interpolation": "bicubic"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"shortest": 168, "size": None, "crop": [160, 160], "resample": 3}),
        ({"crop_mode": "squash"}, {"shortest": None, "size": [168, 168]}),
        ({"crop_pct": None, "interpolation": None}, {"shortest": 182, "resample": 3}),
        ({"interpolation": "bilinear", "mean": [0.5, 0.5, 0.5]}, {"resample": 2, "mean": [0.5, 0.5, 0.5]}),
        ({"crop_mode": "border"}, None),
        ({"input_size": [1, 28, 28]}, None),
        ({"input_size": [3, 224, 192]}, None),
        ({"interpolation": "random"}, None),
    ],
)
def test_what_timm_says_of_its_transform(change: dict[str, Any], expected: dict[str, Any] | None) -> None:
    found = of_timm(TIMM | change)
    assert (found is None) == (expected is None)
    assert found is None or {name: found[name] for name in expected or {}} == expected


@pytest.mark.parametrize("flat", [False, True])
def test_a_folder_of_timm(flat: bool, tmp_path: Path) -> None:
    config: dict[str, Any] = {"architecture": "resnet18", "num_classes": 2, "label_names": ["cat", "dog"]}
    (tmp_path / "config.json").write_text(json.dumps(config | (TIMM if flat else {"pretrained_cfg": TIMM})))
    found = entries_of(tmp_path)
    assert found["task"] == "image-classification"
    assert found["config"]["id2label"] == {"0": "cat", "1": "dog"}
    assert found["config"]["preprocessing"] == of_timm(TIMM)
    (tmp_path / "config.json").write_text(json.dumps({**config, "num_classes": 0, "pretrained_cfg": TIMM}))
    assert entries_of(tmp_path)["task"] == "image-feature-extraction"


def test_every_way_to_give_a_picture(tmp_path: Path) -> None:
    array = picture(20, 30)
    image = Image.fromarray(array)
    image.save(tmp_path / "picture.png")
    raw = io.BytesIO()
    image.save(raw, "png")
    for given in (array, image, tmp_path / "picture.png", str(tmp_path / "picture.png"), raw.getvalue()):
        assert np.array_equal(np.asarray(opened(given)), array)
    assert opened(image.convert("L")).mode == "RGB"
    with pytest.raises(TypeError, match="no picture"):
        opened(3)


def encoded(kind: str) -> bytes:
    raw = io.BytesIO()
    Image.fromarray(picture(40, 60)).save(raw, kind)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (b"", ValueError, "it is empty"),
        (b"no picture", ValueError, "no known format"),
        (encoded("png")[:400], ValueError, "truncated"),
        (encoded("jpeg")[:700], ValueError, "truncated"),
        (encoded("png")[:20], ValueError, "cannot be read"),
        (np.full((4, 4, 3), np.nan), TypeError, "uint8, not float64"),
        (np.zeros((0, 4, 3), np.uint8), TypeError, "uint8"),
        (np.zeros((2, 2, 4, 3), np.uint8), TypeError, "height, width, 3"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_that_cannot_be_read_says_why(given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        opened(given)


def test_a_picture_of_too_many_points_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ValueError, match="pixels"):
        opened(encoded("png"))
    with pytest.raises(FileNotFoundError):
        opened("gone.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as transformers saves one, and the graph of its model in the form that jettison writes."""
    source = tmp_path / "source"
    source.mkdir()
    config = {
        "architectures": ["ResNetForImageClassification"],
        "model_type": "resnet",
        "id2label": {str(place): f"kind {place}" for place in range(10)},
    }
    (source / "config.json").write_text(json.dumps(config))
    steps: dict[str, Any] = {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16}}
    steps |= {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (source / "preprocessor_config.json").write_text(json.dumps(steps))
    made = tmp_path / "made"
    made.mkdir()
    model = onnx_graphs.residual_network()
    writing.write_graph(model, made, half=False)
    entries = {"name": "kinds", **entries_of(source)}
    writing.write_manifest(made, entries=entries, form="fp32", model=model, canary={})
    return made


def test_labels_of_a_picture_best_first(folder: Path) -> None:
    classifier = jettison_runtime.load(folder, threads=1)
    array = picture(40, 30)
    (all_of_them,) = classifier.classify([array], top_k=None)
    assert sorted(each["label"] for each in all_of_them) == [f"kind {place}" for place in range(10)]
    assert sum(each["score"] for each in all_of_them) == pytest.approx(1.0)
    assert classifier.classify([array, array], top_k=2) == [all_of_them[:2]] * 2
    with pytest.raises(ValueError, match="top_k"):
        classifier.classify([array], top_k=-1)
    small = np.asarray(Image.fromarray(array).resize((16, 16), Image.Resampling.BILINEAR), np.float32)
    logits = classifier.model.run({"input": ((small / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None]})["logits"][0]
    assert all_of_them[0]["label"] == f"kind {logits.argmax()}"
    assert all_of_them[0]["score"] == pytest.approx(float(np.exp(logits.max()) / np.exp(logits).sum()), rel=1e-4)
    (raw,) = classifier.classify([array], function_to_apply="none")
    assert raw[0]["score"] == pytest.approx(float(logits.max()), rel=1e-4)
    with pytest.raises(TypeError, match="list"):
        classifier.classify("picture.png")


@pytest.mark.parametrize(
    ("named", "processor", "pooled"),
    [
        ("ViTModel", "ViTImageProcessor", "pooler_output"),
        ("Dinov2Model", "BitImageProcessor", "pooler_output"),
        ("CLIPVisionModelWithProjection", "CLIPImageProcessor", "image_embeds"),
        ("ViTMAEForPreTraining", "ViTImageProcessor", None),
        ("SamModel", "SamImageProcessor", None),
    ],
)
def test_a_folder_is_for_embeddings_or_for_tensors(
    named: str, processor: str, pooled: str | None, tmp_path: Path
) -> None:
    steps = {"image_processor_type": processor, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [named]}))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(steps))
    found = entries_of(tmp_path)
    assert found.get("task") == ("image-feature-extraction" if pooled else None)
    assert found.get("config", {}).get("pooled") == pooled


def test_a_vector_for_each_picture(folder: Path) -> None:
    """The same graph, its last numbers taken for a vector."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["task"], manifest["config"]["pooled"] = "image-feature-extraction", "logits"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    embedder = jettison_runtime.load(folder, threads=1)
    one, other = picture(40, 30), picture(20, 50)
    vectors = embedder.encode([one, other])
    assert vectors.shape == (2, 10)
    assert vectors[1].tolist() == embedder.encode([other])[0].tolist()
    lengths = np.linalg.norm(embedder.encode([one, other], normalize=True), axis=1)
    assert lengths.tolist() == pytest.approx([1, 1])
    assert embedder.encode([]).shape == (0, 10)
