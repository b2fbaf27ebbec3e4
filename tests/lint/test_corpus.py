"""Services as people write them, and odd ones: no crash, and what is fixed is as good as before for other tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

import dockerfile as buildkit
from jettison.errors import DockerfileUnreadable
from jettison.lint import linted, project
from jettison.records import FixClass, FixedFile, Linted
from tests.dockerfile.corpus import DOCKERFILES

CORPUS = Path(__file__).parent / "corpus"
SERVICES = sorted(each.name for each in CORPUS.iterdir() if each.is_dir())
BROKEN = sorted(each for each in SERVICES if each.startswith(("broken", "empty", "comments_only")))
WHOLE = sorted({*SERVICES} - {*BROKEN})
RIGHT = [each for each in SERVICES if each.startswith("right")]
"""Nothing is changed in them, whatever is asked for."""
MB = 1_000_000
LARGE: Mapping[str, Mapping[str, int]] = {
    "weights_in_context": {
        "model/model.safetensors": 440 * MB,
        "model/pytorch_model.bin": 440 * MB,
        "model/optimizer.pt": 880 * MB,
        "model/tokenizer.json": 1 * MB,
        "data/train.csv": 310 * MB,
        ".git/objects/pack/pack-1.pack": 500 * MB,
        ".venv/lib/python3.11/site-packages/torch/lib/libtorch.so": 900 * MB,
        "serve.log": 3 * MB,
    },
    "flask_torch_many_runs": {"model/pytorch_model.bin": 268 * MB, "model/config.json": 700},
    "gradio_space": {"checkpoints/last.ckpt": 1200 * MB, "__pycache__/app.cpython-39.pyc": 2000},
    "right_cpu_slim": {"model/model.safetensors": 268 * MB},
    "yolo_slim": {"best.pt": 6 * MB, "runs/train/exp/weights/last.pt": 6 * MB},
    "tensorflow_flask": {"model.h5": 98 * MB},
}
"""Files that git does not hold, as holes of their size."""
CLASSES: tuple[tuple[FixClass, ...], ...] = (("safe",), ("safe", "verify"))
TARGETS = {"azure_functions": ("cpu", "azure-functions"), "lambda_image": ("cpu", "aws-lambda")}
each_service = pytest.mark.parametrize("name", WHOLE)
each_class = pytest.mark.parametrize("classes", CLASSES, ids=["safe", "verify"])


def service(name: str, at: Path) -> Path:
    """A copy of a corpus folder with its large files."""
    shutil.copytree(CORPUS / name, at)
    for path, size in LARGE.get(name, {}).items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        with (at / path).open("wb") as file:
            file.truncate(size)
    return at


def mended(name: str, folder: Path, classes: tuple[FixClass, ...]) -> Linted:
    return linted(project(folder, targets=TARGETS.get(name, ("cpu",))), classes)


def write(folder: Path, found: Linted) -> None:
    for each in found.changed:
        (folder / each.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / each.path).write_bytes(each.after.encode("utf-8", "surrogateescape"))


def dockerfiles(found: Linted) -> list[FixedFile]:
    return [
        each for each in found.changed if "dockerfile" in Path(each.path).name.lower() and "ignore" not in each.path
    ]


def test_it_holds_enough() -> None:
    assert len(WHOLE) >= 60
    assert len(RIGHT) >= 4
    assert len(BROKEN) >= 6


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_said_with_its_place(name: str) -> None:
    with pytest.raises(DockerfileUnreadable) as raised:
        project(CORPUS / name)
    assert raised.value.where.startswith("Dockerfile")
    assert raised.value.next_step


@each_service
@each_class
def test_fixed_files_parse_and_fixing_them_again_changes_nothing(
    name: str, classes: tuple[FixClass, ...], tmp_path: Path
) -> None:
    folder = service(name, tmp_path / name)
    found = mended(name, folder, classes)
    assert not [each for each in found.notes if "does not hold" in each or "stopped" in each]
    assert not [each for each in found.findings if each.changes and each.fix in classes]
    for each in dockerfiles(found):
        buildkit.parse_string(each.after.encode("utf-8", "replace").decode())  # it crashes at a lone surrogate
    write(folder, found)
    again = mended(name, folder, classes)
    assert again.changed == ()
    assert [(each.code, each.place) for each in again.findings] == [(each.code, each.place) for each in found.findings]


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_stays_byte_for_byte(name: str, tmp_path: Path) -> None:
    found = mended(name, service(name, tmp_path / name), ("safe", "verify"))
    assert [(each.code, each.message) for each in found.applied] == []
    assert found.changed == ()


def test_hadolint_finds_nothing_new_in_what_was_fixed(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    repeated: set[str] = set()  # two stages say twice what one said once, so what was found there is found twice
    for name in WHOLE:
        found = mended(name, service(name, tmp_path / name), ("safe", "verify"))
        for each in dockerfiles(found):
            for folder, text in ((before, each.before), (after, each.after)):
                place = folder / f"{name}.{each.path.replace('/', '.')}"
                place.parent.mkdir(exist_ok=True)
                place.write_bytes((text or "").encode("utf-8", "surrogateescape"))
            if any(one.code == "L10" for one in found.applied):
                repeated.add(f"{name}.{each.path.replace('/', '.')}")
    known, now = hadolint(before), hadolint(after)
    new = {file: found - known.get(file, Counter()) for file, found in now.items()}
    for file in repeated & new.keys():
        new[file] = Counter({code: count for code, count in new[file].items() if code not in known.get(file, ())})
    assert {file: dict(found) for file, found in new.items() if found} == {}


def hadolint(folder: Path) -> dict[str, Counter[str]]:
    """How often hadolint finds what, by file."""
    files = sorted(each.name for each in folder.iterdir())
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [str(program), "--no-fail", "--format", "json", *files], cwd=folder, capture_output=True, check=True
    )
    found: dict[str, Counter[str]] = {}
    for each in json.loads(done.stdout):
        found.setdefault(each["file"], Counter())[each["code"]] += 1
    return found


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in DOCKERFILES])
def test_every_other_dockerfile_is_linted_and_fixed(text: str, tmp_path: Path) -> None:
    """Those that try the parser; their folder is empty, so nothing that they copy is there."""
    (tmp_path / "Dockerfile").write_bytes(text.encode("utf-8", "surrogateescape"))
    try:
        found = linted(project(tmp_path), ("safe", "verify"))
    except DockerfileUnreadable:
        return
    write(tmp_path, found)
    assert linted(project(tmp_path), ("safe", "verify")).changed == ()
