"""The house rules that a tool can check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jettison import errors
from jettison.commands import COMMANDS

ROOT = Path(__file__).parent.parent
SOURCES = [*ROOT.glob("src/**/*.py"), *ROOT.glob("runtime/src/**/*.py"), *ROOT.glob("bench/*.py")]


def test_no_file_is_over_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count for path in SOURCES if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_no_drawers() -> None:
    drawers = re.compile(r"(utils?|common|helpers?|misc|manager|handler)s?\.py")
    assert not [path for path in SOURCES if drawers.fullmatch(path.name)]


def test_importing_the_tool_or_its_commands_imports_nothing_heavy() -> None:
    heavy = ["numpy", "onnx", "onnxruntime", "tokenizers", "libcst", "jinja2", "rich", "httpx", "torch", "yaml"]
    code = f"import sys, jettison; heavy = {heavy}; print([name for name in heavy if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("jettison;", "jettison.commands;")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_every_error_has_an_exit_code_of_its_own_and_the_page_lists_it() -> None:
    classes = [
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.JettisonError)
    ]
    codes = {each.__name__: each.exit_code for each in classes if each is not errors.JettisonError}
    assert len(set(codes.values())) == len(codes)
    assert min(codes.values()) == 10
    page = (ROOT / "docs" / "exit-codes.md").read_text()
    tree = errors.__doc__ or ""
    for name, code in codes.items():
        assert f"| {code} | `{name}`" in page
        assert re.search(rf"{name}\s+{code}\b", tree)


def test_the_readme_lists_every_command_as_the_program_does() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in COMMANDS:
        assert f"| `jettison {command.NAME}" in readme


@pytest.mark.parametrize("name", [command.NAME for command in COMMANDS])
def test_every_command_explains_itself_with_examples(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jettison", name, "--help"], capture_output=True, text=True, check=True
    )
    assert f"jettison {name}" in done.stdout.partition("examples:")[2]


def test_wrong_usage_ends_with_2_and_a_usage_line() -> None:
    done = subprocess.run([sys.executable, "-m", "jettison", "optimise"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9][^\s]*==", lock, re.MULTILINE)
    assert lock.count("--hash=sha256:") >= len(pins) > 30
