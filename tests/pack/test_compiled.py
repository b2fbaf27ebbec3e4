"""A library compiled for an image: a small extension module in numpy's place, by the very same code."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jettison import oci
from jettison.pack import image
from jettison.pack.compiled import Recipe, compiled
from jettison.records import Blueprint, finished
from jettison.workspace import Workspace
from tests.pack.packed import Packed, run
from tests.packages.made_packages import wheel

pytestmark = [
    pytest.mark.online,
    pytest.mark.skipif(sys.platform != "linux", reason="compiles in a Debian root"),
]

RECIPE = Recipe(
    distribution="addlong",
    local="lean",
    what="without what makes it large",
    setup=("-Dlarge=false",),
    may_stand_on_it=frozenset({"harmless"}),
)
C = """
#include <Python.h>
static PyObject *add(PyObject *self, PyObject *given) {
    long a, b;
    return PyArg_ParseTuple(given, "ll", &a, &b) ? PyLong_FromLong(a + b) : NULL;
}
static PyMethodDef methods[] = {{"add", add, METH_VARARGS, __FILE__}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "addlong", 0, -1, methods};
PyMODINIT_FUNC PyInit_addlong(void) {
#if LARGE
    return PyErr_Format(PyExc_ImportError, "large");
#endif
    return PyModule_Create(&module);
}
"""
MESON = """
project('addlong', 'c', version: '1.0')
flag = get_option('large') ? '-DLARGE=1' : '-DLARGE=0'
import('python').find_installation(pure: false).extension_module('addlong', 'addlong.c', c_args: flag, install: true)
"""
PROJECT = """
[build-system]
build-backend = "mesonpy"
requires = ["meson-python"]
[project]
name = "addlong"
version = "1.0"
"""


def source(folder: Path, code: str = C) -> Path:
    """A source distribution of an extension module."""
    path = folder / "addlong-1.0.tar.gz"
    members = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: addlong\nVersion: 1.0\n",
        "pyproject.toml": PROJECT,
        "meson.build": MESON,
        "meson.options": "option('large', type: 'boolean', value: true)\n",
        "addlong.c": code,
    }
    with tarfile.open(path, "w:gz") as archive:
        for place, text in members.items():
            member = tarfile.TarInfo(f"addlong-1.0/{place}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are found in besides the index: the wheels of the library, and of what stands on it."""
    folder = tmp_path / "offered"
    wheel(folder, "addlong", files={"addlong.py": b"def add(a, b): return a + b\n"})
    wheel(folder, "harmless", requires=["addlong"])
    wheel(folder, "demanding", requires=["addlong"])
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def fresh(user_workspace: Workspace, tmp_path: Path) -> Callable[[str], Workspace]:
    """Makes caches that hold downloads and compilers, and nothing that was compiled."""

    def make(name: str) -> Workspace:
        (tmp_path / name).mkdir()
        for kind in ("debs", "debian-lists", "uv", "workshops", "roots", "layers"):
            (user_workspace.root / kind).mkdir(parents=True, exist_ok=True)
            (tmp_path / name / kind).symlink_to(user_workspace.root / kind)
        return Workspace(root=tmp_path / name)

    return make


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Blueprint]:
    """Blueprints of a service that adds."""

    def make(*requirements: str, uses: str = "addlong") -> Blueprint:
        app = tmp_path / "stage" / "app"
        app.mkdir(parents=True, exist_ok=True)
        (app / "app.py").write_text(f"import {uses}\n")
        return Blueprint(
            reference="example.test/adder:1",
            python="3.11",
            app=tmp_path / "stage",
            requirements=requirements,
            command=("python", "app.py"),
        )

    return make


def test_the_image_holds_what_was_compiled_says_so_and_is_the_same_from_two_caches(
    offered: Path, fresh: Callable[[str], Workspace], plan: Callable[..., Blueprint], tmp_path: Path
) -> None:
    sdist = source(offered)
    blueprint = plan("harmless", "demanding", uses="harmless, addlong")  # what is never imported forbids nothing
    wheels = []
    for name in ("one", "two"):
        workspace = fresh(name)
        made = finished(compiled(blueprint, workspace, RECIPE))
        assert made.wheel is not None, made.note
        wheels.append(made.wheel)
        assert made.note == "addlong 1.0 is compiled from addlong-1.0.tar.gz without what makes it large"
    lean = wheels[0]
    sha256 = hashlib.sha256(lean.read_bytes()).hexdigest()
    assert sha256 == hashlib.sha256(wheels[1].read_bytes()).hexdigest()
    assert lean.name == "addlong-1.0+lean-cp311-cp311-manylinux_2_36_x86_64.whl"

    packed = finished(image(replace(blueprint, compiled=(lean,)), workspace, tmp_path / "image"))
    assert packed.layout is not None
    assert packed.requirements_lock is not None
    assert f"addlong==1.0+lean \\\n    --hash=sha256:{sha256}" in packed.requirements_lock.read_text()
    finished(oci.unpacked(oci.stored(packed.layout), tmp_path / "root"))
    inside = Packed(image=packed, blueprint=blueprint, layout=packed.layout, root=tmp_path / "root")
    said = json.loads(
        run(
            inside,
            "import addlong, json; from importlib.metadata import distribution\n"
            "it = distribution('addlong')\n"
            "print(json.dumps([addlong.add(20, 22), it.version, addlong.__file__, addlong.add.__doc__,"
            " [str(f) for f in it.files], it.read_text('jettison.json')]))",
        )
    )
    answer, version, file, place, files, provenance = said
    assert (answer, version) == (42, "1.0+lean")
    assert file.endswith("/addlong.cpython-311-x86_64-linux-gnu.so")
    assert not place.startswith("/")  # no path of the machine that compiled it
    assert "addlong-1.0+lean.dist-info/jettison.json" in files
    assert json.loads(provenance)["sha256"] == hashlib.sha256(sdist.read_bytes()).hexdigest()
    assert any(line.startswith("gcc-12 ") for line in json.loads(provenance)["workshop"])
    with zipfile.ZipFile(lean) as archive:
        assert not [name for name in archive.namelist() if b".symtab" in archive.read(name)]


def test_what_does_not_compile_keeps_its_wheel_and_the_compiler_s_word_is_heard(
    offered: Path, fresh: Callable[[str], Workspace], plan: Callable[..., Blueprint]
) -> None:
    source(offered, C.replace("long a, b;", "long a b;"))
    made = finished(compiled(plan("addlong"), fresh("cache"), RECIPE))
    assert made.wheel is None
    assert made.note.startswith("addlong 1.0 is the index's own wheel: addlong 1.0 does not compile here: ")
    assert "addlong.c:4:12: error: expected" in made.note


def test_what_is_not_to_be_had_or_is_asked_for_keeps_its_wheel_and_says_why(
    offered: Path, fresh: Callable[[str], Workspace], plan: Callable[..., Blueprint]
) -> None:
    workspace = fresh("cache")
    made = finished(compiled(plan("addlong"), workspace, RECIPE))
    assert made.wheel is None
    assert "has no source distribution" in made.note
    demanding = finished(compiled(plan("demanding", uses="demanding"), workspace, RECIPE))
    assert demanding.wheel is None
    assert demanding.note == "addlong 1.0 is the index's own wheel: demanding may ask for what it would lack"
    absent = replace(RECIPE, distribution="absent")
    assert finished(compiled(plan("addlong"), workspace, absent)).note == ""
