"""Pictures and sounds: services as people write them (`perceiving_services`), and the facade against transformers 4.57."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jettison.adapt import adaptation
from jettison.answers import same
from jettison.convert.graphs import Origin, graph_candidates
from jettison.convert.graphs.entries import entries_of
from jettison.intake.requests import requests_at
from jettison.records import Adaptation, finished
from jettison.workspace import Workspace
from jettison_runtime import transformers as facade
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import NAME
from tests.adapt import perceiving_peer
from tests.adapt.answering import answers, with_onnx, with_torch, without_torch
from tests.adapt.services import Refused
from tests.adapt.services import adapted as in_text
from tests.adapt.test_encoder_services import answer
from tests.runtime.expressions_of import near

SERVICES = Path(__file__).parent / "perceiving_services"
PEER = Path(perceiving_peer.__file__)
REFUSED = {
    "attention": ([9], "output_attentions"),
    "torchvision": ([6], "torchvision needs torch"),
    "zero_shot": ([8, 9], "CLIP"),
}
"""The lines that stand in the way, and a word of the reasons."""
FILES = ("wide.png", "tall.jpg", "grey.png", "alpha.png", "turned.jpg", "broken.png")


def uploads(path: str, field: str) -> list[dict[str, Any]]:
    """A request for each file, and one with another field."""
    return [{"path": path, "files": {field: f"files/{name}"}} for name in (*FILES, "wide.png")]


def in_base64(files: Path, *names: str) -> list[str]:
    return [base64.b64encode((files / name).read_bytes()).decode() for name in names]


def asked(files: Path) -> dict[str, list[dict[str, Any]]]:
    """What each service is asked."""
    wide = in_base64(files, "wide.png")
    return {
        "base64_batch": [
            {"path": "/batch", "json": {"images": images}}
            for images in (
                wide,
                in_base64(files, *FILES[:5]),
                ["not a picture"],
                [],
                [f"data:image/png;base64,{wide[0]}"],
            )
        ],
        "flask_class": [*uploads("/predict", "image"), {"path": "/predict", "form": {"other": "1"}}],
        "gradio_style_probs": [
            {"path": "/api/v1/classify", "files": {"files": [f"files/{name}" for name in names]}}
            for names in (FILES[:1], FILES[:5], FILES[5:])
        ],
        "pipeline_upload": [*uploads("/predict", "file"), {"path": "/health"}],
        "processor_and_model": [*uploads("/classify?top_k=3", "file"), *uploads("/classify", "file")[:1]],
        "embeddings": [
            *uploads("/embed", "file"),
            {"path": "/similarity", "files": {"first": "files/wide.png", "second": "files/tall.jpg"}},
        ],
        "pooled": [{"path": "/vector", "file": f"files/{name}"} for name in FILES],
        "feature_pipeline": [{"path": "/features", "json": {"image": wide[0]}}],
    }


WITHOUT_HEAD = ("embeddings", "pooled", "feature_pipeline")
LABELS = [
    *(
        f'T.pipeline("image-classification", model=M{made})({call})'
        for made in ("", ", top_k=2", ', function_to_apply="sigmoid"', ", image_processor=M")
        for call in ("WIDE", "[TURNED, TALL]", "WIDE, top_k=3", "GREY, top_k=None")
    ),
    *(
        f'T.pipeline("image-classification", model=M)({call})'
        for call in (
            *("PATH", "BASE64", '"data:image/png;base64," + BASE64', '"nothing"', "7", "[]", "WIDE, top_k=50"),
            *('WIDE, function_to_apply="none"', 'WIDE, function_to_apply="SOFTMAX"', 'WIDE, function_to_apply="x"'),
        )
    ),
    'T.pipeline("image-classification", model=T.AutoModelForImageClassification.from_pretrained(M), '
    "feature_extractor=T.AutoImageProcessor.from_pretrained(M))(WIDE)",
    'T.pipeline("image-classification", model=T.AutoModelForImageClassification.from_pretrained(M))(WIDE)',
    *(
        f'T.{name}.from_pretrained(M)({call}, return_tensors="np")'
        for name in ("AutoImageProcessor", "AutoFeatureExtractor", "ViTImageProcessor")
        for call in ("WIDE", "images=[WIDE, TALL]", "np.asarray(WIDE)", "TURNED", "GREY", "ALPHA", "7", "PATH")
    ),
    *(
        f'T.{name}.from_pretrained(M)(**T.AutoImageProcessor.from_pretrained(M)([WIDE, TALL], return_tensors="pt")){field}'
        for name in ("AutoModelForImageClassification", "ViTForImageClassification")
        for field in (".logits.numpy()", "[0].numpy()", "['logits'].softmax(-1).argmax(-1).tolist()", ".attentions")
    ),
    *(
        f"T.AutoModelForImageClassification.from_pretrained(M{more}).config.{name}"
        for more, name in (("", "id2label"), ("", "label2id"), ("", "image_size"), (", num_labels=3", "num_labels"))
    ),
    "T.AutoConfig.from_pretrained(M).id2label",
    'T.AutoProcessor.from_pretrained(M)(images=TALL, return_tensors="np")',
    "T.AutoModelForImageClassification.from_pretrained(M)()",
]
STATES = [
    *(
        f'T.pipeline("image-feature-extraction", model=M{made})({call})'
        for made in ("", ", pool=True")
        for call in ("WIDE", "[WIDE, GREY]", "WIDE, pool=True", "WIDE, return_tensors=True")
    ),
    *(
        f'T.{name}.from_pretrained(M)(**T.AutoImageProcessor.from_pretrained(M)(WIDE, return_tensors="pt")){field}.numpy()'
        for name in ("AutoModel", "ViTModel")
        for field in (".last_hidden_state", ".pooler_output", "[0]")
    ),
    *(f'T.AutoImageProcessor.from_pretrained(M)({call}, return_tensors="np")' for call in ("GREY", "ALPHA", "TALL")),
    "T.AutoModel.from_pretrained(M).config.hidden_size",
]


def adapted(name: str) -> Adaptation:
    return adaptation(SERVICES / name, ["app.py"], "app")


@pytest.mark.parametrize("name", sorted(each.name for each in SERVICES.iterdir() if each.is_dir()))
def test_each_is_adapted_or_refused_by_line(name: str) -> None:
    found = adapted(name)
    lines, words = REFUSED.get(name, ([], ""))
    assert [each.line for each in found.refusals] == lines
    assert all(words in each.reason for each in found.refusals)
    assert lines or {"torch", "transformers", "torchvision"} <= set(found.removed)


MARKED = Refused(
    "what the facade does otherwise",
    """
    import torch
    from PIL import Image
    from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoModel, AutoModelForImageClassification, pipeline

    processor = AutoImageProcessor.from_pretrained("model", size={"height": 64, "width": 64})  # <- size
    model = AutoModelForImageClassification.from_pretrained("model", torch_dtype=torch.float16)  # <- float16
    extract = AutoFeatureExtractor.from_pretrained("model")
    bare = AutoModel.from_pretrained("model")
    classify = pipeline("image-classification", model=model)  # <- image processor or feature extractor beside it
    sounds = pipeline("audio-classification", model="model", tokenizer="model")  # <- tokenizer
    seen = pipeline("object-detection", model="model")  # <- only pipelines for


    def answer(path, k):
        picture = Image.open(path)
        lists = processor(picture)  # <- return_tensors
        turned = processor(picture, do_resize=False, return_tensors="pt")  # <- do_resize
        kept = processor(images=picture, return_tensors="pt")
        again = processor(kept.pixel_values, return_tensors="pt")  # <- a tensor given as images
        tried = kept["input_ids"]  # <- holds input_values, pixel_values
        told = model(**kept, output_attentions=True)  # <- output_attentions
        states = bare(**kept, output_hidden_states=True)  # <- output_hidden_states
        heard = extract(picture, sampling_rate=k, return_attention_mask=True, return_tensors="pt")  # <- return_attention_mask
        print(bare(**kept).hidden_states, heard.input_values.shape)
        return model(**heard).image_embeds, processor.size  # <- image_embeds | .size of an image processor
    """,
)


def test_each_line_that_means_something_else_is_refused(tmp_path: Path) -> None:
    found = in_text(tmp_path, MARKED.code)
    shown = [(each.line, each.reason) for each in found.refusals]
    assert sorted({line for line, _ in shown}) == sorted({line for line, _ in MARKED.expected}), shown
    for line, words in MARKED.expected:
        assert any(words in reason for number, reason in shown if number == line), (words, shown)


def draw_files(files: Path) -> None:
    """Pictures of several sizes, modes and formats, and a file that is none."""
    files.mkdir()
    y, x = np.mgrid[:45, :60]
    waves = [127 + 120 * np.sin(y / 7 + channel) * np.cos(x / (5 + channel)) for channel in range(3)]
    wide = Image.fromarray(np.stack(waves, axis=-1).astype(np.uint8))
    held = Image.Exif()
    held[0x0112] = 6
    wide.save(files / "wide.png")
    wide.rotate(90, expand=True).save(files / "tall.jpg")
    wide.convert("L").save(files / "grey.png")
    wide.convert("RGBA").save(files / "alpha.png")
    wide.save(files / "turned.jpg", exif=held)
    (files / "broken.png").write_bytes(b"\x89PNG no picture")


Made = tuple[Path, dict[str, Path], dict[str, Path], list[tuple[str, str, Any]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace, user_workspace: Workspace) -> Made:
    """A folder with files; folders of transformers, and converted ones; and what expressions say under transformers."""
    work = tmp_path_factory.mktemp("perceiving")
    draw_files(work / "files")
    questions = [("labels", each) for each in LABELS] + [("states", each) for each in STATES]
    (work / "questions.json").write_text(json.dumps(questions))
    environment = with_onnx(with_torch(user_workspace), tmp_path_factory.mktemp("onnx"))
    command = [str(environment.python), "-W", "ignore", str(PEER), str(work / "models")]
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(work / "questions.json"), str(work / "answers.json")],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads((work / "answers.json").read_text())
    originals = {name: work / "models" / name for name in ("labels", "states")}
    converted = {name: convert(folder, workspace) for name, folder in originals.items()}
    return work, originals, converted, [(*each, theirs) for each, theirs in zip(questions, said, strict=True)]


def convert(folder: Path, workspace: Workspace) -> Path:
    graph, origin = folder.with_suffix(".onnx"), Origin(words="the folder", entries=entries_of(folder))
    forms, rejected = finished(
        graph_candidates(graph, name="model", data=None, workspace=workspace, forms=["fp32"], origin=origin)
    )
    assert not rejected
    assert forms[0].model is not None
    return forms[0].model.path


@pytest.mark.slow
@pytest.mark.online
def test_expressions_say_what_they_say_under_transformers(made: Made) -> None:
    work, _, converted, expected = made
    named = perceiving_peer.things(work / "files")
    differing = []
    for name, expression, theirs in expected:
        ours = perceiving_peer.said(expression, str(converted[name]), facade, named)
        raised = [str(each).startswith("raised ") for each in (theirs, ours)]
        if not (all(raised) or near(theirs, ours)):
            differing.append(f"{expression}\n  {str(theirs)[:200]}\n  {str(ours)[:200]}")
    assert not differing, "\n".join(differing)
    assert sum(str(theirs).startswith("raised ") for *_, theirs in expected) < len(expected) / 3


@pytest.mark.slow
@pytest.mark.online
def test_adapted_services_answer_as_under_torch(made: Made, tmp_path: Path, user_workspace: Workspace) -> None:
    work, originals, converted, _ = made
    questions = asked(work / "files")
    for name, lines in questions.items():
        (work / "requests.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        sent = "".join(
            json.dumps(
                {
                    "method": each.method,
                    "path": each.path,
                    "headers": dict(each.headers),
                    "bytes": base64.b64encode(each.sent).decode(),
                }
            )
            + "\n"
            for each in requests_at(work / "requests.jsonl")
        )
        model = "states" if name in WITHOUT_HEAD else "labels"
        for side, folder in (("original", originals[model]), ("adapted", converted[model])):
            shutil.copytree(SERVICES / name, tmp_path / side / name)
            (tmp_path / side / name / "model").symlink_to(folder)
            (tmp_path / side / name / "requests.jsonl").write_text(sent)
        for file in adapted(name).files:
            (tmp_path / "adapted" / name / file.path).write_text(file.after)
    entries = {name: "app:server" if name == "gradio_style_probs" else "app:app" for name in questions}
    preloaded = "torch,transformers.pipelines,transformers.models.vit.modeling_vit,flask,fastapi.testclient"
    expected = answers(with_torch(user_workspace), preloaded, tmp_path / "original", entries)
    got = answers(without_torch(user_workspace), "flask,fastapi.testclient", tmp_path / "adapted", entries)
    for name in questions:
        assert isinstance(expected[name], list), expected[name]
        assert isinstance(got[name], list), got[name]
        for theirs, ours in zip(expected[name], got[name], strict=True):
            assert same(answer(theirs), answer(ours)), (name, theirs, ours)
        assert any(status == 200 and body for status, _, body in expected[name])


@pytest.mark.slow
@pytest.mark.online
def test_what_would_be_another_model_is_an_error(made: Made, tmp_path: Path) -> None:
    _, _, converted, _ = made
    labels, states = converted["labels"], converted["states"]
    with pytest.raises(ModelFolderError, match="of the family vit"):
        facade.SwinForImageClassification.from_pretrained(labels)
    with pytest.raises(ModelFolderError, match="saved with ViTImageProcessor"):
        facade.ConvNextImageProcessor.from_pretrained(labels)
    with pytest.raises(ModelFolderError, match="image-classification"):
        facade.AutoModel.from_pretrained(labels)
    with pytest.raises(ModelFolderError, match="image-feature-extraction"):
        facade.AutoModelForImageClassification.from_pretrained(states)
    model, processor = facade.AutoModelForImageClassification.from_pretrained(labels), facade.AutoImageProcessor
    pixels = processor.from_pretrained(labels)(Image.new("RGB", (40, 40)), return_tensors="pt").pixel_values
    for wrong in ({"return_dict": False}, {"output_hidden_states": True}, {"labels": pixels}):
        with pytest.raises(TypeError):
            model(pixels, **wrong)
    with pytest.raises(ValueError, match="pixel_values"):
        model(pixels[0])
    with pytest.raises(ValueError, match="return_tensors"):
        processor.from_pretrained(labels)(Image.new("RGB", (40, 40)))
    with pytest.raises(ValueError, match="fetches no pictures"):
        facade.pipeline("image-classification", model=labels)("https://example.org/cat.png")
    another = tmp_path / "another"
    shutil.copytree(states, another)
    (another / NAME).write_text((states / NAME).read_text().replace('"ViTImageProcessor', '"BitImageProcessor'))
    with pytest.raises(ModelFolderError, match="no feature extractor"):
        facade.AutoFeatureExtractor.from_pretrained(another)
    with pytest.raises(TypeError, match="takes a ImageStates"):
        facade.pipeline("image-feature-extraction", model=model, image_processor=processor.from_pretrained(labels))
