"""A folder of an audio classifier, saved by transformers: converted, asked, and damaged in every way that files are."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jettison_runtime
from jettison.convert import candidates
from jettison.convert.exporters import TRANSFORMERS, Export, is_graph, kind_of
from jettison.convert.graphs import Origin, graph_candidates
from jettison.convert.graphs.entries import entries_of
from jettison.environments import Prepared
from jettison.errors import UnsupportedModel
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime import transformers as facade
from jettison_runtime.errors import ModelFolderError
from tests.runtime.expressions_of import near

MAKE = """
import json, sys
import numpy as np, torch
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification, pipeline

torch.manual_seed(0)
sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, classifier_proj_size=8)
sizes |= dict(conv_dim=[8] * 7, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2)
names = {0: "yes", 1: "no", 2: "perhaps"}
config = Wav2Vec2Config(**sizes, id2label=names, label2id={name: number for number, name in names.items()})
model = Wav2Vec2ForSequenceClassification(config).eval()
torch.nn.init.normal_(model.projector.weight, std=3.0)
torch.nn.init.normal_(model.classifier.weight, std=3.0)
model.save_pretrained(sys.argv[1])
extractor = Wav2Vec2FeatureExtractor(return_attention_mask=False)
extractor.save_pretrained(sys.argv[1])
classify = pipeline("audio-classification", model=model, feature_extractor=extractor, top_k=1)
sounds = np.load(sys.argv[2])
given = [sounds[name] for name in sounds.files]
said = [classify(sound) for sound in given]
names = dict(np=np, classify=classify, extract=extractor, model=model, short=given[0], long=given[1])
said += [eval(expression, names) for expression in sys.argv[3:]]
print(json.dumps(said))
"""
EXPRESSIONS = (
    "classify(long)",
    "classify(long, top_k=2)",
    "classify([long, short], function_to_apply='sigmoid')",
    "classify({'raw': long, 'sampling_rate': 16000}, function_to_apply='none')",
    "classify(long.astype('float64'), top_k=9)",
    "extract.sampling_rate",
    *(
        f"extract({call}, return_tensors='np')['input_values'].tolist()"
        for call in (
            "long, sampling_rate=16000",
            "[short, long], padding=True",
            "[short.tolist(), short.tolist()]",
            "np.stack([short, short])",
            "long, max_length=900, truncation=True",
            "short, max_length=900, padding='max_length'",
        )
    ),
    "model(**extract(long, sampling_rate=16000, return_tensors='pt')).logits.softmax(-1).tolist()",
    "model(extract(short, return_tensors='pt', padding=True).input_values)[0].argmax(-1).item()",
    "model.config.id2label[2]",
)
"""What code says to the pipeline, the extractor and the model; the same under transformers and under the facade."""


@pytest.fixture(scope="module")
def made(torch: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    """The folder, sounds of several lengths, and what transformers' pipeline says to them."""
    place = tmp_path_factory.mktemp("sounds")
    random = np.random.default_rng(0)
    sounds = {str(n): (random.standard_normal(n) * 0.1).astype(np.float32) for n in (400, 5000, 24_000)}
    np.savez(place / "sounds.npz", **sounds)  # type: ignore[arg-type]
    command = [str(torch.python), "-c", MAKE, str(place / "kinds"), str(place / "sounds.npz"), *EXPRESSIONS]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return place / "kinds", place / "sounds.npz", json.loads(said.splitlines()[-1])


def test_its_answers_are_those_of_the_pipeline(
    made: tuple[Path, Path, Any], torch: Prepared, workspace: Workspace
) -> None:
    folder, sounds, expected = made
    assert is_graph(folder)
    assert kind_of(str(folder)) == TRANSFORMERS
    export = Export(exporter=TRANSFORMERS, model=str(folder), environment=torch, workspace=workspace)
    origin = Origin(words="the folder", answered=export.answers, entries=entries_of(folder))
    graph = finished(export.graph())
    found_forms, rejected = finished(
        graph_candidates(graph, name="kinds", data=None, workspace=workspace, forms=["fp32"], origin=origin)
    )
    assert not rejected
    (model,) = [each.model for each in found_forms]
    assert model
    classifier = jettison_runtime.load(model.path, threads=1)
    with np.load(sounds) as given:
        heard = [given[name] for name in given.files]
    found = classifier.classify(heard)
    for one, other in zip(expected[: len(found)], found, strict=True):
        assert [each["label"] for each in one] == [each["label"] for each in other]
        scores = [each["score"] for each in one]
        assert scores == pytest.approx([each["score"] for each in other], abs=1e-5)
        assert scores[0] > 0.4  # the answers differ enough for a wrong one to show
    classifier.model.check_canary()
    for expression, theirs in zip(EXPRESSIONS, expected[len(found) :], strict=True):
        ours = eval(expression, through_the_facade(model.path, heard))
        assert near(json.loads(json.dumps(ours)), theirs), (expression, theirs, ours)


def through_the_facade(folder: Path, heard: list[Any]) -> dict[str, Any]:
    """What `EXPRESSIONS` speak of, and errors of their own."""
    extractor = facade.AutoFeatureExtractor.from_pretrained(folder)
    model = facade.Wav2Vec2ForSequenceClassification.from_pretrained(folder)
    classify = facade.pipeline("audio-classification", model=model, feature_extractor=extractor, top_k=1)
    with pytest.raises(ValueError, match="16000"):
        extractor(heard[0], sampling_rate=8000, return_tensors="pt")
    with pytest.raises(ValueError, match="lengths"):
        extractor(heard[:2], return_tensors="pt")
    with pytest.raises(ModelFolderError, match="Wav2Vec2FeatureExtractor"):
        facade.ASTFeatureExtractor.from_pretrained(folder)
    with pytest.raises(ModelFolderError, match="audio-classification"):
        facade.AutoImageProcessor.from_pretrained(folder)
    with pytest.raises(ValueError, match="fetches no sounds"):
        classify("https://example.org/a.wav")
    return {"np": np, "classify": classify, "extract": extractor, "model": model, "short": heard[0], "long": heard[1]}


def truncated(folder: Path) -> None:
    """The header of safetensors says more than there is."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:3000])


class Bomb:
    """Code that a pickle brings along."""

    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/jettison-test-sound-bomb",)


def pickle_with_code(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Bomb()}))


def code_of_its_own(folder: Path) -> None:
    """A class that only the folder's own code defines: such code is not run."""
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("open('/tmp/jettison-test-sound-bomb', 'w')\n")


@pytest.mark.parametrize("damage", [truncated, pickle_with_code, code_of_its_own])
def test_a_damaged_folder_is_refused_with_the_reason(
    damage: Callable[[Path], None],
    made: tuple[Path, Path, Any],
    torch: Prepared,
    workspace: Workspace,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "kinds"
    shutil.copytree(made[0], folder)
    damage(folder)
    export = Export(exporter=TRANSFORMERS, model=str(folder), environment=torch, workspace=workspace)
    with pytest.raises(UnsupportedModel, match="torch cannot load it: ") as refused:
        finished(export.graph())
    assert len(str(refused.value)) > 100
    assert not Path("/tmp/jettison-test-sound-bomb").exists()


def test_texts_are_not_asked_of_it(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "wav2vec2"}')
    (tmp_path / "preprocessor_config.json").write_text("{}")
    with pytest.raises(UnsupportedModel, match="pictures or sounds"):
        finished(candidates(tmp_path, name="m", prompts=[], workspace=workspace))
