"""What an adaptation promises, whatever the app looks like."""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import pytest

from jettison.adapt import adaptation
from jettison.records import Adaptation, from_json, to_json
from tests.adapt import test_shapes_of_devices, test_shapes_of_flow, test_shapes_of_imports
from tests.adapt.services import Shape, adapted, written

EXAMPLE = Path(__file__).parents[2] / "examples" / "pronounce"
SHAPES = [*test_shapes_of_devices.SHAPES, *test_shapes_of_flow.SHAPES, *test_shapes_of_imports.SHAPES]


def test_the_example_service_is_adapted_completely() -> None:
    found = adaptation(EXAMPLE, [path.name for path in EXAMPLE.glob("*.py")], "app")
    assert found.complete
    assert [file.path for file in found.files] == ["app.py"]
    assert found.files[0].before == (EXAMPLE / "app.py").read_text()
    changed = [line for line in found.diff.splitlines() if line.startswith(("-", "+"))]
    assert changed == [
        "--- a/app.py",
        "+++ b/app.py",
        "-import torch",
        "-from transformers import AutoTokenizer, T5ForConditionalGeneration",
        "+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration",
        '-device = torch.device("cuda" if torch.cuda.is_available() else "cpu")',
        "-model.to(device)",
        "-model.eval()",
        '-    inputs = tokenizer(word.strip().lower(), return_tensors="pt", truncation=True, max_length=32).to(device)',
        "-    with torch.no_grad():",
        "-        output = model.generate(**inputs, max_new_tokens=24)",
        '+    inputs = tokenizer(word.strip().lower(), return_tensors="pt", truncation=True, max_length=32)',
        "+    output = model.generate(**inputs, max_new_tokens=24)",
    ]
    assert {"torch", "transformers"} <= set(found.removed)
    assert "train.py" in found.aside


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_adapting_the_adapted_app_changes_nothing(shape: Shape, tmp_path: Path) -> None:
    assert adapted(tmp_path, shape.after) == Adaptation(files=(), diff="", removed=())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_an_adapted_app_compiles_and_imports_neither_torch_nor_transformers(shape: Shape, tmp_path: Path) -> None:
    (file,) = adapted(tmp_path, shape.before).files
    compile(file.after, file.path, "exec", dont_inherit=True)
    for node in ast.walk(ast.parse(file.after)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.partition(".")[0] in ("torch", "transformers")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "no newline at the end"])
def test_the_diff_is_a_patch_that_git_applies(ending: str, tmp_path: Path) -> None:
    code = written(SHAPES[0].before)
    code = code.rstrip("\n") if ending.startswith("no") else code.replace("\n", ending)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "app.py").write_bytes(code.encode())
    found = adaptation(tmp_path, ["web/app.py"], "app")
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=found.diff.encode(), check=True)
    assert (tmp_path / "web" / "app.py").read_bytes().decode() == found.files[0].after
    assert found.files[0].after.endswith("\n") == (not ending.startswith("no"))


def test_tabs_form_feeds_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    code = (
        "\ufeff# one\n\x0c\nimport torch\nif torch.cuda.is_available():\n\tprint('é')\nelse:\n\tprint('ü')  # two\x0b\n"
    )
    (tmp_path / "app.py").write_bytes(code.encode())
    (file,) = adaptation(tmp_path, ["app.py"], "app").files
    assert file.after == "\ufeff# one\n\x0c\nprint('ü')  # two\x0b\n"


def test_columns_behind_wide_characters_are_found(tmp_path: Path) -> None:
    found = adapted(tmp_path, 'import torch\nname = "日本", "é" + str(torch.cuda.is_available())\n')
    assert found.files[0].after == 'name = "日本", "é" + str(False)\n'


def test_helpers_stay_required_when_the_service_imports_them_itself(tmp_path: Path) -> None:
    code = 'import sentencepiece\nfrom google.protobuf import message\nfrom transformers import pipeline\nx = pipeline("summarization", "m")\n'
    found = adapted(tmp_path, code)
    assert {"torch", "transformers", "accelerate", "safetensors"} <= set(found.removed)
    assert not {"sentencepiece", "protobuf"} & set(found.removed)


def test_an_app_without_torch_is_complete_and_nothing_is_removed(tmp_path: Path) -> None:
    code = "import sentencepiece\n\n\ndef app(environ, start):\n    return [environ.to('x').eval()]\n"
    assert adapted(tmp_path, code) == Adaptation(files=(), diff="", removed=())


def test_what_a_reviewer_should_know_is_noted_by_line(tmp_path: Path) -> None:
    code = """
        import torch
        from transformers import AutoModelForSeq2SeqLM

        torch.set_num_threads(4)
        model = AutoModelForSeq2SeqLM.from_pretrained("m").cuda()
        model = torch.compile(model)
        model.generate([[1]], generation_config=model.generation_config)
        """
    found = adapted(tmp_path, code)
    assert [note.partition(": ")[0] for note in found.notes] == [f"app.py:{line}" for line in (4, 5, 6, 7)]


def test_what_versions_of_transformers_differ_in_is_noted_by_line(tmp_path: Path) -> None:
    code = """
        from transformers import T5Tokenizer, T5TokenizerFast, pipeline

        T5TokenizerFast.from_pretrained("m")
        T5Tokenizer.from_pretrained("m")
        pipeline("summarization", "m")
        """
    found = adapted(tmp_path, code)
    assert [note.partition(": ")[0] for note in found.notes] == ["app.py:4", "app.py:5"]


def test_an_adaptation_survives_the_cache(tmp_path: Path) -> None:
    found = adapted(tmp_path, SHAPES[0].before)
    assert from_json(to_json(found), Adaptation) == found


def test_code_that_is_far_too_entangled_is_refused_and_does_not_take_for_ever(tmp_path: Path) -> None:
    code = Path(argparse.__file__).read_text()
    found = adapted(tmp_path, code)
    assert [each.reason for each in found.refusals] == [
        "the code is too large and entangled for its values to be followed"
    ]


def test_packages_that_lie_beside_the_service_are_not_the_service(tmp_path: Path) -> None:
    files = {
        "app.py": "import flask\nimport logging\n",
        "env/lib/site-packages/flask.py": "import torch\n",
        "x/logging.py": "",
    }
    assert adapted(tmp_path, files) == Adaptation(files=(), diff="", removed=(), aside=("x/logging.py",))


def test_importing_the_room_loads_no_heavy_library() -> None:
    code = "import sys, jettison.adapt; print('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
