from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

from jettison.pack.distributions import distributions
from jettison.pack.imports import Place
from jettison.pack.installed_records import mended
from jettison.pack.libraries import Libraries, platform_of
from jettison.pack.pruning import RULES, Needed, needed, pruned
from jettison.pack.start import Start
from jettison.packages.resolution import Resolution


class Site:
    """A site folder that a test fills with distributions."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "site"
        self.app = root / "app"
        self.app.mkdir(parents=True)
        self.folder.mkdir()

    def add(
        self, name: str, files: dict[str, str | bytes], *, requires: Iterable[str] = (), entry_points: str = ""
    ) -> None:
        info = f"{name.replace('-', '_')}-1.0.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
        every: dict[str, str | bytes] = {**files, f"{info}/METADATA": metadata}
        if entry_points:
            every[f"{info}/entry_points.txt"] = entry_points
        for path, content in every.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
        rows = "".join(f"{path},sha256=x,{len(content)}\n" for path, content in every.items())
        (self.folder / info / "RECORD").write_text(f"{rows}{info}/RECORD,,\n")

    def libraries(self, direct: Iterable[str] = (), own: Iterable[str] = ()) -> Libraries:
        return Libraries(
            folder=self.folder,
            distributions=distributions(self.folder),
            resolution=Resolution(wheels=(), python="3.11", platform="x86_64-manylinux_2_36", resolved_at=""),
            direct=frozenset(direct),
            own=frozenset(own),
        )

    def needed(
        self,
        app: str,
        *,
        direct: Iterable[str] = (),
        own: Iterable[str] = (),
        keep: Iterable[str] = (),
        script: str = "",
    ) -> Needed:
        (self.app / "app.py").write_text(app)
        places = [Place(folder=self.app, own=True)]
        start = Start(command=(), modules=("app", *keep), script=script)
        return needed(self.libraries(direct, own), places, [], start=start)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def kept(site: Site, found: Needed) -> set[str]:
    removals = (removal for rule in RULES for removal in rule.removals(site.libraries(), found))
    return set(pruned(site.libraries(), removals).files)


def test_only_what_the_service_reaches_by_imports_is_needed(site: Site) -> None:
    site.add("web", {"web/__init__.py": "import template"}, requires=["template", "unused"])
    site.add("template", {"template.py": ""})
    site.add("unused", {"unused/__init__.py": "import deep"}, requires=["deep"])
    site.add("deep", {"deep.py": ""})
    assert site.needed("import web").distributions == {"web", "template"}
    assert site.needed("def f():\n    import unused").distributions == {"unused", "deep"}
    assert site.needed("import web", keep=["deep"]).distributions == {"web", "template", "deep"}


def test_a_guarded_import_counts_only_when_it_was_meant_to_be_there(site: Site) -> None:
    guarded = "try:\n    import fast\nexcept ImportError:\n    fast = None\n"
    site.add("mentions", {"mentions.py": guarded}, requires=['fast ; extra == "speed"'])
    site.add("silent", {"silent.py": guarded + "def f():\n    import fast\n"})
    site.add("fast", {"fast.py": ""})
    assert site.needed("import silent").distributions == {"silent"}
    assert site.needed("import silent", direct=["fast"]).distributions == {"silent", "fast"}
    assert site.needed("import mentions").distributions == {"mentions", "fast"}
    site.add("insists", {"insists.py": "import fast"})
    assert site.needed("import insists").distributions == {"insists", "fast"}


def test_a_module_named_in_a_text_is_reached(site: Site) -> None:
    site.add(
        "server", {"server/__init__.py": 'W = "server.workers.sync:Worker"', "server/workers/sync.py": "import tls"}
    )
    site.add("tls", {"tls.py": ""})
    assert site.needed("import server").distributions == {"server", "tls"}


def test_native_code_keeps_what_it_requires_unless_that_is_known_better(site: Site) -> None:
    site.add(
        "engine",
        {"engine.so": b"", "engine_tools/__init__.py": ""},
        requires=["helper", 'old ; sys_platform == "win32"'],
    )
    site.add("helper", {"helper/__init__.py": "import further"}, requires=["further"])
    site.add("further", {"further.py": ""})
    site.add("old", {"old.py": ""})
    assert site.needed("import engine").distributions == {"engine", "helper", "further"}
    site.add("tokenizers", {"tokenizers.abi3.so": b""}, requires=["huggingface-hub"])
    site.add("huggingface-hub", {"huggingface_hub/__init__.py": ""})
    assert site.needed("import tokenizers").distributions == {"tokenizers"}


def test_plugins_of_what_is_needed_and_distributions_without_modules_stay(site: Site) -> None:
    site.add("host", {"host.py": ""}, requires=["data"])
    site.add("plugin", {"plugin.py": ""}, entry_points="[host.extensions]\nx = plugin:x\n")
    site.add(
        "foreign",
        {"foreign.py": ""},
        entry_points="[other.extensions]\nx = foreign:x\n[console_scripts]\ny = foreign:y\n",
    )
    site.add("data", {"share/table.txt": ""})
    site.add("other-data", {"share/other.txt": ""})
    assert site.needed("import host").distributions == {"host", "plugin", "data"}


def test_distributions_that_share_a_package_are_told_apart(site: Site) -> None:
    site.add("one", {"shared/one.py": ""})
    site.add("two", {"shared/two.py": ""})
    assert site.needed("from shared import one").distributions == {"one"}


def test_functions_of_the_services_own_wheel_run_too(site: Site) -> None:
    site.add("runtime", {"runtime.py": "def load():\n    import engine\n"}, requires=["engine"])
    site.add("engine", {"engine.py": ""})
    assert "engine" in site.needed("import runtime", own=["runtime"]).imported
    assert "engine" not in site.needed("import runtime").imported


def test_tests_go_by_their_exact_name_and_stay_when_imported(site: Site) -> None:
    files = ["a/tests/x.py", "a/test/y.so", "a/testing/z.py", "a/_tests.so", "a/b/tests/deep/w.py", "a/tests/LICENSE"]
    site.add("a", {"a/__init__.py": "", **dict.fromkeys(files, "")})
    assert {file for file in kept(site, site.needed("import a")) if "test" in file} == {
        "a/testing/z.py",
        "a/_tests.so",
        "a/tests/LICENSE",
    }
    site.add("b", {"b/__init__.py": "import b.tests.cases", "b/tests/cases.py": "", "b/test/no.py": ""})
    assert {file for file in kept(site, site.needed("import b")) if "test" in file} == {"b/tests/cases.py"}


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("torch/include/c10/a.h", False),
        ("torch/share/cmake/a.cmake", False),
        ("torch/bin/protoc", False),
        ("torch/bin/torch_shm_manager", True),
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/testing/_internal.py", True),
        ("onnxruntime/quantization/x.py", False),
        ("onnxruntime/transformers/x.py", False),
        ("onnxruntime/capi/_pybind_state.py", True),
        ("numpy/f2py/x.py", False),
        ("numpy/random/lib/libnpyrandom.a", False),
        ("numpy/random/LICENSE.h", True),
        ("numpy/_core/_simd.cpython-311-x86_64-linux-gnu.so", False),
        ("numpy/linalg/lapack_lite.cpython-311-x86_64-linux-gnu.so", False),
        ("numpy/linalg/_umath_linalg.cpython-311-x86_64-linux-gnu.so", True),
        ("numpy/_core/_multiarray_tests.so", True),
        ("any/stub.pyi", False),
        ("any/py.typed", True),
        ("any/x.pyx", False),
        ("any/__pycache__/x.cpython-311.pyc", False),
        ("any/include/notes.txt", False),
        ("any/data/notes.txt", True),
        ("any/include/api.c", False),
        ("any/templates/driver.c", True),
        ("any.libs/libx.so.1", True),
        ("bin/convert", False),
    ],
)
def test_a_row_takes_what_its_name_says(site: Site, path: str, stays: bool) -> None:
    site.add("any", {"torch/__init__.py": "", "onnxruntime/__init__.py": "", "any/__init__.py": "", path: ""})
    found = site.needed("import any")
    assert (path in kept(site, found)) is stays


def test_a_source_goes_when_the_module_that_was_compiled_from_it_lies_beside_it(site: Site) -> None:
    module = "a/_fast.cpython-311-x86_64-linux-gnu.so"
    files = [module, "a/_fast.c", "a/_fast.py", "a/_other.c", "a/b/_fast.c", "a/_fasts.c"]
    site.add("a", {"a/__init__.py": "", **dict.fromkeys(files, "")})
    gone = set(files) - kept(site, site.needed("import a"))
    assert gone == {"a/_fast.c"}


def test_what_a_row_would_take_stays_when_the_service_imports_it(site: Site) -> None:
    site.add("numpy", {"numpy/__init__.py": "def __getattr__(n):\n    import numpy.f2py", "numpy/f2py/__init__.py": ""})
    assert "numpy/f2py/__init__.py" not in kept(site, site.needed("import numpy"))
    assert "numpy/f2py/__init__.py" in kept(site, site.needed("from numpy import f2py"))


LAZY = "def __getattr__(name):\n    import numpy.random as random\n"


@pytest.mark.parametrize(
    ("app", "stays"),
    [
        ("import numpy as np\nnp.zeros(2)", False),
        ("import numpy as np\nimport random\nfrom random import choice\nrandom.seed(1)\ndice.random()", False),
        ("import numpy as np\ndef f(): return np.random.rand(2)", True),
        ("import numpy\ndef f(): return numpy . random.rand(2)", True),
        ("from numpy import zeros, random", True),
        ("from numpy import (zeros,\n  random)", True),
        ("from numpy import *", True),
        ("import numpy.random as r", True),
        ("import numpy as np\ndef f(name): return getattr(np, name + 'random')", True),
        ("import numpy.matlib", True),
        ("import numpy, other", False),
        ("import numpy, folder", False),
        ("import numpy, asking", True),
        ("import numpy, native", True),
    ],
)
def test_numpy_s_random_numbers_stay_where_something_could_ask_for_them(site: Site, app: str, stays: bool) -> None:
    file = "numpy/random/mtrand.so"
    site.add("numpy", {"numpy/__init__.py": LAZY, "numpy/matlib.py": "", "numpy/random/__init__.py": "", file: b""})
    site.add(
        "other", {"other/__init__.py": "import numpy", "other/tests/test_it.py": "import numpy\nnumpy.random.seed()"}
    )
    (site.app / "folder").mkdir()
    site.add("asking", {"asking/__init__.py": "", "asking/deep.py": "import numpy as np\nX = np.random.rand"})
    site.add("native", {"native/__init__.py": "", "native/fast.so": b"\x00numpy.random\x00"})
    assert (file in kept(site, site.needed(app))) is stays


def test_an_old_numpy_keeps_its_random_numbers(site: Site) -> None:
    old = "from . import linalg, random\n" + LAZY
    site.add("numpy", {"numpy/__init__.py": old, "numpy/linalg.py": "", "numpy/random/__init__.py": ""})
    assert "numpy/random/__init__.py" in kept(site, site.needed("import numpy"))


def test_numpy_s_door_to_lapack_stays_where_an_old_numpy_imports_it(site: Site) -> None:
    file = "numpy/linalg/lapack_lite.cpython-311-x86_64-linux-gnu.so"
    site.add("numpy", {"numpy/__init__.py": "", "numpy/linalg/__init__.py": "from . import lapack_lite", file: ""})
    assert file in kept(site, site.needed("import numpy.linalg"))
    assert file not in kept(site, site.needed("import numpy"))


def test_the_engine_beside_its_binding_goes_only_when_the_binding_does_not_load_it(site: Site) -> None:
    engine = {
        "onnxruntime/capi/libonnxruntime.so.1.2": b"e",
        "onnxruntime/capi/libonnxruntime_providers_shared.so": b"p",
    }
    package = {"onnxruntime/__init__.py": b""}
    binding = "onnxruntime/capi/onnxruntime_pybind11_state.so"
    for content, stays in ((library(b"libc.so.6"), False), (library(b"libonnxruntime.so.1"), True), (b"damaged", True)):
        site.add("onnxruntime", {**package, **engine, binding: content})
        found = kept(site, site.needed("import onnxruntime"))
        assert ("onnxruntime/capi/libonnxruntime.so.1.2" in found) is stays
        assert "onnxruntime/capi/libonnxruntime_providers_shared.so" in found


def library(name: bytes) -> bytes:
    """The smallest ELF file that needs another library: a header, two segments, a dynamic table, its texts."""
    texts = b"\0" + name + b"\0"
    dynamic = struct.pack("<qQqQqQ", 5, 0x1000 + 224, 1, 1, 0, 0)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x1000, 0x1000, 400, 400, 4096)
    table = struct.pack("<IIQQQQQQ", 2, 6, 176, 0x1000 + 176, 0, 48, 48, 8)
    return (head + load + table + dynamic + texts).ljust(400, b"\0")


def test_only_the_command_that_starts_stays_and_records_tell_the_truth(site: Site, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "web.py": "",
        "bin/serve": "#!",
        "bin/debug": "#!",
        "web.pyi": "",
        "web.so": b"long",
    }
    site.add("web", files, entry_points="[console_scripts]\nserve = web:main\ndebug=web:debug\n")
    found = site.needed("import web", script="serve")
    staying = kept(site, found)
    assert {file for file in staying if "dist-info" not in file} == {"web.py", "bin/serve", "web.so"}
    (tmp_path / "shorter").write_bytes(b"abc")
    text = mended(
        site.folder / "web-1.0.dist-info" / "RECORD",
        staying,
        {"web.so": tmp_path / "shorter"},
        {"bin/serve": "../../../bin/serve"},
    )
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(text.decode()))}
    assert set(rows) == {"web.py", "../../../bin/serve", "web.so"} | {f for f in staying if "dist-info" in f}
    # sha256 of "abc" in unpadded base 64.
    assert rows["web.so"] == ["sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0", "3"]


def test_every_rule_tells_its_bytes_and_no_file_counts_twice(site: Site) -> None:
    site.add("a", {"a/__init__.py": "", "a/tests/x.pyi": "12345", "a/y.pyi": "123"})
    site.add("b", {"b/tests/x.py": "1234567"})
    found = site.needed("import a")
    removals = [removal for rule in RULES for removal in rule.removals(site.libraries(), found)]
    assert all(removal.reason for removal in removals)
    removed = dict(pruned(site.libraries(), removals).removed)
    size_of_b = sum(path.stat().st_size for path in site.folder.glob("b*/**/*") if path.is_file())
    assert removed == {"tests": 5, "type stubs": 3, "never imported: b": size_of_b}


def test_the_platform_is_the_newest_that_the_c_library_and_uv_both_know() -> None:
    assert platform_of("amd64", "2.36") == "x86_64-manylinux_2_36"
    assert platform_of("arm64", "2.41") == "aarch64-manylinux_2_40"
    assert platform_of("amd64", "2.29") == "x86_64-manylinux_2_28"
    assert platform_of("amd64", "2.27") == "x86_64-manylinux_2_17"
    assert platform_of("amd64", "2.12") == "x86_64-manylinux_2_17"
    assert platform_of("amd64", "") == "x86_64-manylinux_2_28"
    assert platform_of("amd64", "musl") == "x86_64-unknown-linux-musl"
