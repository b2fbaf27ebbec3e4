from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from jettison.pack.elf import NotElf, elf, needed, without_symbols
from jettison.pack.trimming import trimmed
from jettison.records import finished
from jettison.workspace import Workspace

CODE = """
import sys
sys.path.insert(0, sys.argv[1])
import tokenizers
assert tokenizers.__file__.startswith(sys.argv[1]), tokenizers.__file__
tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
try:
    tokenizer.save("/nonexistent/folder/file")
except Exception as problem:  # an error that crosses Rust's and Python's borders
    print(tokenizer.encode("b").ids, type(problem).__name__)
"""


def installed(package: str) -> Path:
    """The folder of a package of the test environment."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def library() -> Path:
    [found] = installed("tokenizers").glob("*.so")
    return found


def test_what_is_loaded_stays_byte_for_byte_and_in_its_place() -> None:
    before = elf(library().read_bytes())
    after = elf(without_symbols(before.data))
    assert len(after.data) < len(before.data) - 1_000_000
    assert after.segments == before.segments
    for segment in before.segments:
        end = segment.offset + segment.size
        if segment.offset > 64:
            assert after.data[segment.offset : end] == before.data[segment.offset : end]
    # Of the file's own header only the place and the number of sections differ.
    differing = {n for n in range(64) if before.data[n] != after.data[n]}
    assert differing <= {*range(40, 48), *range(60, 64)}
    assert needed(after.data) == needed(before.data)
    kept = {section.name for section in after.sections}
    assert kept == {s.name for s in before.sections if s.flags & 2} | {b"", b".shstrtab"}
    assert b".symtab" in {section.name for section in before.sections} and b".symtab" not in kept


def test_sections_refer_to_the_right_sections_afterwards() -> None:
    def references(data: bytes) -> dict[bytes, bytes]:
        sections = elf(data).sections
        return {s.name: sections[s.link].name for s in sections if s.flags & 2}

    data = library().read_bytes()
    assert references(without_symbols(data)) == references(data)


def test_a_trimmed_library_works(tmp_path: Path) -> None:
    folder = tmp_path / "tokenizers"
    subprocess.run(["cp", "-r", str(installed("tokenizers")), str(folder)], check=True)
    target = folder / library().name
    target.write_bytes(without_symbols(target.read_bytes()))
    done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout == "[1] Exception\n", done.stderr


def test_a_library_that_was_patched_after_linking_is_left_alone_or_still_loads(tmp_path: Path) -> None:
    """auditwheel edits what it copies beside a wheel; that is where ``strip`` breaks numpy."""
    beside = installed("numpy").parent / "numpy.libs"
    assert list(beside.glob("*.so*"))
    for path in beside.glob("*.so*"):
        before = elf(path.read_bytes())
        after = elf(without_symbols(before.data))
        assert after.segments == before.segments
        assert after.data[64 : after.loaded_end] == before.data[64 : before.loaded_end]


def test_only_large_gains_outside_libs_folders_are_taken(tmp_path: Path) -> None:
    site = installed("tokenizers").parent
    libs = [path.relative_to(site).as_posix() for path in (site / "numpy.libs").glob("*.so*")]
    files = [library().relative_to(site).as_posix(), *libs, "tokenizers/__init__.py"]
    found = finished(trimmed(site, files, Workspace(root=tmp_path)))
    assert list(found.files) == files[:1]
    assert found.saved_bytes == library().stat().st_size - found.files[files[0]].stat().st_size > 1_000_000


@pytest.mark.parametrize("cut", [0, 3, 60, 64, 200, 5000])
def test_what_is_no_library_is_named_as_such(cut: int) -> None:
    data = library().read_bytes()
    with pytest.raises(NotElf):
        elf(data[:cut])
    with pytest.raises(NotElf):
        elf(b"#!/bin/sh\n" * 100)
    with pytest.raises(NotElf):
        elf(data[:4] + b"\x01" + data[5:])
