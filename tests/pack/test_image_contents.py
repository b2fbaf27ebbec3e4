from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import stat

import pytest

from jettison import oci
from tests.oci.schemas import check_layout
from tests.pack.packed import Packed, run

pytestmark = pytest.mark.online


def test_no_torch_no_transformers_and_nothing_that_is_never_imported(packed: Packed) -> None:
    names = {path.name.partition("-")[0].lower() for path in packed.root.rglob("*.dist-info")}
    assert {"flask", "waitress", "onnxruntime", "tokenizers", "numpy", "jettison_runtime"} <= names
    assert not names & {"torch", "transformers", "huggingface_hub", "hf_xet", "sympy", "protobuf", "pip"}
    assert not list(packed.root.rglob("huggingface_hub"))
    rules = dict(packed.image.removed)
    assert rules["duplicate engine"] > 20e6
    assert rules["never imported: huggingface-hub"] > 1e6
    locked = packed.image.requirements_lock
    assert locked is not None
    pins = {line.partition("==")[0] for line in locked.read_text().splitlines() if "==" in line}
    assert pins == {name.replace("_", "-") for name in names}


def test_every_record_tells_the_truth(packed: Packed) -> None:
    count = 0
    for record in packed.root.rglob("*.dist-info/RECORD"):
        site = record.parent.parent
        for path, digest, size in csv.reader(io.StringIO(record.read_text())):
            data = (site / path).read_bytes()
            if digest:
                found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                assert digest == f"sha256={found}", path
            assert not size or int(size) == len(data), path
            count += 1
    assert count > 400


def test_the_standard_library_works_but_for_what_is_left_out(packed: Packed) -> None:
    code = """
import importlib, json, sys
missing = []
for name in sorted(sys.stdlib_module_names):
    if not name.startswith(("_", "antigravity", "this")):
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
import locale, ssl, sqlite3, zoneinfo, ctypes, socket, pwd
from importlib.metadata import version
print(json.dumps({
    "missing": missing,
    "certificates": len(ssl.create_default_context().get_ca_certs()),
    "sum": sqlite3.connect(":memory:").execute("select 40 + 2").fetchone()[0],
    "offset": str(zoneinfo.ZoneInfo("Europe/Berlin").utcoffset(__import__("datetime").datetime(2024, 7, 1))),
    "zones": len(zoneinfo.available_timezones()),
    "user": pwd.getpwuid(65532).pw_name,
    "locale": locale.setlocale(locale.LC_ALL, ""),
    "flask": version("flask"),
    "resolves": bool(socket.getaddrinfo("localhost", 80)) if __import__("os").path.exists("/etc/hosts") else True,
}))
"""
    found = json.loads(run(packed, code))
    windows_only = {"msilib", "msvcrt", "nt", "winreg", "winsound"}
    screens = {"tkinter", "turtle", "turtledemo", "idlelib", "curses", "readline"}
    assert set(found["missing"]) <= windows_only | screens | {"ensurepip", "lib2to3", "pydoc_data", "nis"}
    assert found["certificates"] > 100
    assert found["sum"] == 42
    assert found["offset"] == "2:00:00"
    assert found["zones"] > 400
    assert found["user"] == "nonroot"
    assert found["locale"] == "C.UTF-8"


def test_bytecode_is_there_for_what_a_start_imports_and_is_used(packed: Packed) -> None:
    code = """
import json, os, sys
import app
loaded = [m.__spec__ for m in list(sys.modules.values()) if getattr(m, "__spec__", None)]
sourced = [s for s in loaded if s.origin and s.origin.endswith(".py") and s.cached]
without = sorted(s.name for s in sourced if not os.path.exists(s.cached))
print(json.dumps({"loaded": len(sourced), "without": without}))
"""
    found = json.loads(run(packed, code))
    assert found["loaded"] > 250
    # A few are imported in ways that no source shows.
    assert len(found["without"]) <= 0.05 * found["loaded"], found["without"]
    verbose = run(packed, "import sys, subprocess; print(subprocess.run([sys.executable, '-v', '-c', 'import flask'], "
                  "capture_output=True, text=True).stderr)")  # fmt: skip
    assert f"flask/__pycache__/__init__.cpython-{packed.image.python.replace('.', '')}.pyc matches" in verbose


def test_scanners_find_the_packages_and_their_licences(packed: Packed) -> None:
    status = (packed.root / "var/lib/dpkg/status").read_text()
    names = {line.partition(": ")[2] for line in status.splitlines() if line.startswith("Package: ")}
    assert {"libc6", "zlib1g", "ca-certificates", f"python{packed.image.python}-minimal"} <= names
    assert not names & {"dpkg", "perl-base", "debconf", "openssl"}
    assert status.count("Status: install ok installed\n") == len(names)
    for name in names:
        copyright_file = packed.root / "usr/share/doc" / name / "copyright"
        assert copyright_file.is_file(), name
        for path in (packed.root / f"var/lib/dpkg/info/{name}.list").read_text().splitlines():
            assert os.path.lexists(packed.root / path.strip("/")), path
    assert "VERSION_CODENAME=" in (packed.root / "etc/os-release").read_text()


def test_the_documents_say_how_it_starts(packed: Packed) -> None:
    stored = oci.stored(packed.layout)
    config = stored.config
    assert config.user == "65532"
    assert config.ports == ("8080/tcp",)
    assert config.workdir == "/app"
    assert config.command[0] == f"/usr/bin/python{packed.image.python}"
    environment = dict(config.environment)
    assert environment["ORT_DISABLE_TELEMETRY"] == environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["MODEL_DIR"] == "/app/model"
    annotations = dict(stored.manifest.annotations)
    assert annotations["org.opencontainers.image.title"] == "product"
    assert dict(config.labels) == annotations
    assert annotations["org.opencontainers.image.base.name"] == packed.image.base
    assert config.created == annotations["org.opencontainers.image.created"] == "1970-01-01T00:00:00Z"
    assert stored.digest == packed.image.digest
    check_layout(packed.layout)


def test_it_runs_under_a_number_that_nobody_knows(packed: Packed) -> None:
    code = "import os, getpass, pathlib; os.getuid = lambda: 1234567; print(getpass.getuser(), pathlib.Path.home())"
    assert run(packed, code).split() == ["nonroot", "/tmp"]


def test_no_source_of_an_extension_module_is_left(packed: Packed) -> None:
    sources = (".c", ".cc", ".cpp", ".f90", ".pyx", ".h")
    assert [path for path in packed.root.rglob("*") if path.suffix in sources] == []


def test_there_is_no_shell_and_nothing_that_changes_its_user(packed: Packed) -> None:
    assert not [name for name in ("bash", "sh", "dash") if os.path.lexists(packed.root / "bin" / name)]
    modes = [path.lstat().st_mode for path in packed.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not any(mode & (stat.S_ISUID | stat.S_ISGID) for mode in modes)
    assert stat.S_IMODE((packed.root / "tmp").stat().st_mode) == 0o1777
