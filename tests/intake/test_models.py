from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from jettison.errors import ModelMissing, ModelUnreadable, TokenizerMissing
from jettison.intake import deployment, tokenizer_folder
from jettison.intake.models.formats import file_format, is_pointer
from jettison.intake.models.hub import cached
from jettison.intake.models.model_folders import model_at
from jettison.records import Checkpoint
from tests.intake.folders import Files, hf_folder, safetensors, write

APP = (
    "from flask import Flask\nfrom transformers import AutoModel, AutoTokenizer\nimport torch\napp = Flask(__name__)\n"
)
DOCKERFILE = "FROM python:3.11\nWORKDIR /a\nCOPY . .\nCMD gunicorn app:app\n"


FROZEN = b"\x0a\x0c\x0a\x05input\x12\x03Add"
"""A graph of TensorFlow's with one node."""


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "SENTENCE_TRANSFORMERS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path / "hf" / "hub"


def models_of(tmp_path: Path, code: str, files: Files, models: Path | None = None) -> tuple[Checkpoint, ...]:
    root = write(tmp_path / "service", {"app.py": APP + code, "Dockerfile": DOCKERFILE, **files})
    return deployment(root, models=models).checkpoints


def snapshot(cache: Path, name: str, files: Files, commit: str = "c0ffee", ref: str = "main") -> Path:
    """A model in a hub cache, laid out as the hub's library does it: blobs with links to them."""
    folder = cache / f"models--{name.replace('/', '--')}"
    write(folder, {f"refs/{ref}": commit})
    for file, content in files.items():
        blob = folder / "blobs" / f"{commit}-{file.replace('/', '-')}"
        write(folder, {f"blobs/{blob.name}": content})
        link = folder / "snapshots" / commit / file
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    return folder / "snapshots" / commit


def in_root(files: Files) -> Files:
    return {name.removeprefix("m/"): content for name, content in files.items()}


def test_a_hub_name_is_found_in_the_local_cache(tmp_path: Path, hub: Path) -> None:
    place = snapshot(hub, "org/name", in_root(hf_folder("m")))
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('org/name')\n", {})
    assert (found.name, found.path, found.image_path) == ("org/name", place, None)
    assert (found.format, found.architecture, found.place) == ("safetensors", "t5", "app.py:5")
    assert found.size_bytes == sum(len(content) for content in hf_folder("m").values())
    assert found.tokenizer == place


def test_a_revision_leads_to_its_own_snapshot(tmp_path: Path, hub: Path) -> None:
    snapshot(hub, "org/name", in_root(hf_folder("m")), commit="aaa")
    old = snapshot(hub, "org/name", in_root(hf_folder("m")), commit="bbb", ref="v1")
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('org/name', revision='v1')\n", {})
    assert found.path == old
    assert cached("org/name", "bbb") == old
    assert cached("org/name", "../bbb") is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("t5-small", "google-t5/t5-small"),
        ("bert-base-uncased", "google-bert/bert-base-uncased"),
        ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
        ("own-name", "own-name"),
    ],
)
def test_old_names_lead_to_where_the_hub_keeps_them_now(hub: Path, written: str, kept: str) -> None:
    place = snapshot(hub, kept, in_root(hf_folder("m")))
    assert cached(written) == place


@pytest.mark.parametrize("layout", ["t5-small", "google/t5-small", "google--t5-small", "hub"])
def test_a_folder_of_models_that_a_person_names_is_searched(tmp_path: Path, layout: str) -> None:
    shelf = tmp_path / "shelf"
    if layout == "hub":
        place = snapshot(shelf, "google/t5-small", in_root(hf_folder("m")))
    else:
        place = write(shelf / layout, in_root(hf_folder("m")))
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('google/t5-small')\n", {}, models=shelf)
    assert found.path == place


def test_the_folder_of_models_may_be_the_model_itself(tmp_path: Path) -> None:
    shelf = write(tmp_path / "anything", in_root(hf_folder("m")))
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('/models/t5')\n", {}, models=shelf)
    assert (found.name, found.path) == ("/models/t5", shelf)


def test_a_folder_of_models_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="not there"):
        models_of(tmp_path, "", {}, models=tmp_path / "nope")


def test_a_name_that_is_nowhere_is_kept_as_missing(tmp_path: Path) -> None:
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('org/name')\n", {})
    assert (found.path, found.format, found.size_bytes) == (None, "unknown", 0)


def test_a_model_named_twice_is_one_and_a_tokenizer_alone_is_none(tmp_path: Path) -> None:
    code = "t = AutoTokenizer.from_pretrained('model')\nm = AutoModel.from_pretrained('./model/')\n"
    code += "n = AutoModel.from_pretrained('model')\n"
    found = models_of(tmp_path, code, hf_folder("model"))
    assert [each.place for each in found] == ["app.py:6"]
    assert models_of(tmp_path / "x", "t = AutoTokenizer.from_pretrained('org/tok')\n", {}) == ()


def test_a_tokenizer_from_elsewhere_goes_with_the_model(tmp_path: Path, hub: Path) -> None:
    place = snapshot(hub, "google-t5/t5-small", {"tokenizer.json": "{}"})
    code = "t = AutoTokenizer.from_pretrained('t5-small')\nm = AutoModel.from_pretrained('model')\n"
    (found,) = models_of(tmp_path, code, hf_folder("model", tokenizer=False))
    assert found.tokenizer == place


def test_a_text_model_without_a_tokenizer_is_named_when_the_tokenizer_is_needed(tmp_path: Path) -> None:
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('model')\n", hf_folder("model", tokenizer=False))
    assert found.tokenizer is None
    with pytest.raises(TokenizerMissing, match="no tokenizer beside it"):
        tokenizer_folder(found)
    (vision,) = models_of(
        tmp_path / "v", "m = AutoModel.from_pretrained('model')\n", hf_folder("model", "vit", tokenizer=False)
    )
    assert tokenizer_folder(vision) is None


def test_a_model_that_no_code_names_is_found_by_what_it_holds(tmp_path: Path) -> None:
    (found,) = models_of(tmp_path, "", {**hf_folder("net"), "net/model.onnx": "x", "data/weights.csv": "1"})
    assert (found.name, found.image_path, found.place) == ("net", "/a/net", "its files")


def test_the_settings_name_a_model_above_all(tmp_path: Path) -> None:
    files: Files = {**hf_folder("one"), **hf_folder("two"), "jettison.toml": '[service]\nmodel = "two"\n'}
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('one')\n", files)
    assert (found.name, found.image_path, found.place) == ("two", "/a/two", "[service] model")


def test_the_settings_name_the_cpus_that_it_shall_be_right_on(tmp_path: Path) -> None:
    files: Files = {"app.py": APP, "Dockerfile": DOCKERFILE, "jettison.toml": '[target]\ncpu = ["avx2", "amx"]\n'}
    assert deployment(write(tmp_path / "service", files)).cpus == ("avx2", "amx")


def test_a_model_outside_the_folder_is_not_followed_by_a_link(tmp_path: Path) -> None:
    write(tmp_path / "outside", in_root(hf_folder("m")))
    service = tmp_path / "service"
    service.mkdir()
    (service / "model").symlink_to(tmp_path / "outside")
    (found,) = models_of(tmp_path, "m = AutoModel.from_pretrained('model')\n", {})
    assert found.path is None


def test_torch_load_and_inference_sessions_name_files(tmp_path: Path) -> None:
    code = (
        "import onnxruntime as ort\nnet = torch.load('w/net.pt', map_location='cpu')\n"
        "s = ort.InferenceSession(path_or_bytes='w/m.onnx')\nj = torch.jit.load('w/script.pt')\n"
    )
    files: Files = {"w/net.pt": torch_zip(), "w/m.onnx": onnx(), "w/script.pt": torch_zip("code/x.py", "constants.pkl")}
    found = models_of(tmp_path, code, files)
    assert [(each.name, each.format, each.image_path) for each in found] == [
        ("w/net.pt", "pytorch", "/a/w/net.pt"),
        ("w/m.onnx", "onnx", "/a/w/m.onnx"),
        ("w/script.pt", "torchscript", "/a/w/script.pt"),
    ]


def torch_zip(*more: str) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("data.pkl", "version", *more):
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), b"x")
    return made.getvalue()


def onnx() -> bytes:
    """A model as protobuf writes it: ir_version 8, a graph of three bytes, an opset."""
    return bytes([0x08, 8, 0x3A, 3, 1, 2, 3, 0x42, 2, 0x10, 17])


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.safetensors", safetensors(), "safetensors"),
        ("a.pt", torch_zip(), "pytorch"),
        ("a.bin", pickle.dumps({}, protocol=2), "pytorch"),
        ("a.pt", torch_zip("code/__torch__.py", "constants.pkl"), "torchscript"),
        ("a.onnx", onnx(), "onnx"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(9), "keras"),
        ("a.joblib", pickle.dumps({}), "unknown"),
        ("a.pkl", b"\x80\x04x", "unknown"),
        ("a.bin", b"nothing", "unknown"),
        ("a.bin", b"", "unknown"),
    ],
)
def test_formats_show_in_the_first_bytes(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    write(tmp_path, {name: content})
    assert file_format(tmp_path / name) == kind


HEADER = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("m.safetensors", b"", "its header claims"),
        ("m.safetensors", b"\x01", "its header claims"),
        ("m.safetensors", struct.pack("<Q", 1 << 60) + b"{}", "its header claims"),
        ("m.safetensors", struct.pack("<Q", 2) + b"{", "its header claims"),
        ("m.safetensors", struct.pack("<Q", 2) + b"[]", "not what the format asks"),
        ("m.safetensors", struct.pack("<Q", 100_000) + b"[" * 100_000, "not what the format asks"),
        ("m.safetensors", struct.pack("<Q", len(HEADER)) + HEADER + bytes(15), "it is cut off"),
        ("m.safetensors", struct.pack("<Q", len(HEADER)) + HEADER + bytes(17), "it is too long"),
        ("m.safetensors", struct.pack("<Q", 9) + b'{"w": {}}', "not what the format asks"),
        ("m.pt", torch_zip()[:60], "its archive is cut off"),
        ("m.onnx", onnx()[:5], "it is cut off"),
        ("m.onnx", b"", "it is empty"),
        ("m.onnx", b"<html>", "it is no ONNX model"),
        ("m.pb", FROZEN[:-1], "it is cut off"),
        ("m.pb", FROZEN + b"\xa2\x01\x01x", "it is no frozen graph"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    write(tmp_path, {name: content})
    with pytest.raises(ModelUnreadable) as refused:
        file_format(tmp_path / name)
    assert says in refused.value.what
    assert refused.value.where == str(tmp_path / name)


def test_a_whole_safetensors_file_of_the_right_length_passes(tmp_path: Path) -> None:
    write(tmp_path, {"m.safetensors": struct.pack("<Q", len(HEADER)) + HEADER + bytes(16)})
    assert file_format(tmp_path / "m.safetensors") == "safetensors"


@pytest.mark.parametrize(
    "code",
    [
        "with open('net/m.pb', 'rb') as file:\n    raw = file.read()\n",
        "raw = tf.io.gfile.GFile(name='net/m.pb', mode='rb').read()\n",
        "raw = (Path(__file__).parent / 'net' / 'm.pb').read_bytes()\n",
        "PATH = os.path.join('net', 'm.pb')\nraw = open(PATH, 'rb').read()\nnames = open('names.txt').read()\n",
    ],
)
def test_a_frozen_graph_is_named_where_its_bytes_are_read(tmp_path: Path, code: str) -> None:
    files: Files = {"net/m.pb": FROZEN, "names.txt": "one"}
    (found,) = models_of(tmp_path, f"from pathlib import Path\n{code}", files)
    assert (found.format, found.image_path) == ("frozengraph", "/a/net/m.pb")
    assert found.place.startswith("app.py:")


def test_a_model_in_parts_needs_all_of_them(tmp_path: Path) -> None:
    index = json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})
    files: Files = {
        "config.json": '{"model_type": "t5"}',
        "model.safetensors.index.json": index,
        "model-1.safetensors": safetensors(),
    }
    write(tmp_path, files)
    with pytest.raises(ModelUnreadable, match="model-2"):
        model_at(tmp_path, [])
    write(tmp_path, {"model-2.safetensors": safetensors()[:-1]})
    with pytest.raises(ModelUnreadable, match="cut off"):
        model_at(tmp_path, [])
    write(tmp_path, {"model-2.safetensors": safetensors()})
    found = model_at(tmp_path, [])
    assert found is not None
    assert (found.format, found.architecture) == ("safetensors", "t5")


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"config.json": '{"model_type": "bert"}', "pytorch_model.bin": torch_zip()}, "pytorch"),
        ({"config.json": '{"model_type": "bert"}', "onnx/model.onnx": onnx()}, "onnx"),
        ({"saved_model.pb": b"x", "variables/v.data": b"y"}, "savedmodel"),
        ({"modules.json": '[{"type": "x.models.Transformer", "path": "0_T"}]', **hf_folder("0_T")}, "safetensors"),
    ],
)  # fmt: skip
def test_folders_of_every_kind(tmp_path: Path, files: Files, kind: str) -> None:
    write(tmp_path, files)
    found = model_at(tmp_path, [])
    assert found is not None
    assert (found.path, found.format) == (tmp_path, kind)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"config.json": '{"a": 1}', "model.safetensors": safetensors()},
        {"config.json": "[" * 100_000, "model.safetensors": safetensors()},
        {"config.json": '{"model_type": "t5"}'},
    ],
)
def test_folders_that_are_no_models(tmp_path: Path, files: Files) -> None:
    write(tmp_path, files)
    assert model_at(tmp_path, []) is None


def test_a_pointer_of_git_lfs_is_seen(tmp_path: Path) -> None:
    write(tmp_path, {"p": "version https://git-lfs.github.com/spec/v1\n", "q": "version"})
    assert is_pointer(tmp_path / "p")
    assert not is_pointer(tmp_path / "q")
    assert not is_pointer(tmp_path / "gone")


@pytest.mark.parametrize(
    ("code", "task"),
    [
        ("transformers.BertForSequenceClassification.from_pretrained('m')", "text-classification"),
        ("AutoModelForTokenClassification.from_pretrained('m')", "token-classification"),
        ("AutoModelForQuestionAnswering.from_pretrained('m')", "question-answering"),
        ("AutoModelForMaskedLM.from_pretrained('m')", "fill-mask"),
        ("AutoModel.from_pretrained('m')", "feature-extraction"),
        ("SentenceTransformer('m')", "feature-extraction"),
        ("T5ForConditionalGeneration.from_pretrained('m')", "text2text-generation"),
        ("pipeline('sentiment-analysis', model='m')", "text-classification"),
        ("pipeline('translation_en_to_fr', 'm')", "text2text-generation"),
        ("pipeline(task='ner', model='m')", "token-classification"),
        ("PeftModel.from_pretrained(base, 'm')", ""),
        ("T5EncoderModel.from_pretrained('m')", ""),
    ],
)
def test_what_a_model_is_loaded_for_shows_in_the_line_that_loads_it(tmp_path: Path, code: str, task: str) -> None:
    imports = "import transformers\nfrom transformers import *\nfrom transformers import pipeline\n"
    (found,) = models_of(tmp_path, f"{imports}model = {code}\n", hf_folder("m"))
    assert (found.name, found.task) == ("m", task)
