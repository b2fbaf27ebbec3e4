from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jettison.pack.imports import Imported, Module, Place, closure, imported


def kinds(source: str, module: str = "package.module", *, is_package: bool = False) -> set[tuple[str, str]]:
    return {(asked.name, asked.kind) for asked in imported(source.encode(), module, is_package=is_package)}


def test_imports_are_told_apart_by_when_they_run() -> None:
    source = """
import a, a.b as other
from c import d, e
class K:
    import in_class
try:
    import guarded
except ImportError:
    import instead
try:
    import not_guarded
finally:
    pass
def f(x=__import__("by_default")):
    import inside
    try:
        import inside_guarded
    except ImportError:
        pass
    def deeper():
        from deep import down
async def g():
    import asynchronous
"""
    assert kinds(source) == {
        ("a", "import"),
        ("a.b", "import"),
        ("c", "import"),
        ("c.d", "import"),
        ("c.e", "import"),
        ("in_class", "import"),
        ("guarded", "guarded"),
        ("instead", "import"),
        ("not_guarded", "import"),
        ("by_default", "text"),
        ("inside", "function"),
        ("inside_guarded", "function"),
        ("deep", "function"),
        ("deep.down", "function"),
        ("asynchronous", "function"),
    }


def test_what_a_package_imports_when_it_is_asked_for_it() -> None:
    source = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from .pipelines import pipeline
    try:
        import wanted
    except ImportError:
        pass
else:
    import sys
    sys.modules[__name__] = lazy({"pipelines": ["pipeline"]})
"""
    later = {("package.pipelines", "function"), ("package.pipelines.pipeline", "function"), ("wanted", "function")}
    now = {("typing", "import"), ("typing.TYPE_CHECKING", "import"), ("sys", "import")}
    assert kinds(source, "package", is_package=True) == now | later
    assert kinds(source, "package.module") == now
    assert kinds(source.partition("else")[0], "package", is_package=True) < now


def test_imports_that_never_run_in_a_service_do_not_count() -> None:
    source = """
import typing
if typing.TYPE_CHECKING:
    import for_checkers
else:
    import for_real
if __name__ == "__main__":
    import by_hand
"""
    assert kinds(source) == {("typing", "import"), ("for_real", "import")}


@pytest.mark.parametrize(
    ("source", "module", "is_package", "expected"),
    [
        ("from . import x", "a.b.c", False, {"a.b", "a.b.x"}),
        ("from . import x", "a.b", True, {"a.b", "a.b.x"}),
        ("from .x import y", "a.b.c", False, {"a.b.x", "a.b.x.y"}),
        ("from ..x import *", "a.b.c", False, {"a.x"}),
        ("from .... import x", "a.b", False, {"x"}),
        ("from .x import y", "top", False, {"x", "x.y"}),
    ],
)
def test_relative_imports_are_made_absolute(source: str, module: str, is_package: bool, expected: set[str]) -> None:
    assert {name for name, _ in kinds(source, module, is_package=is_package)} == expected


def test_names_in_texts_count_when_they_look_like_modules() -> None:
    source = """
WORKERS = {"sync": "server.workers.sync:Worker", "docs": "see server.workers", "one": "word"}
optional = import_optional_dependency("lazy")
found = importlib.util.find_spec("asked")
open("file")
"""
    assert kinds(source) == {("server.workers.sync", "text"), ("lazy", "text"), ("asked", "text")}


def test_what_cannot_be_parsed_is_searched_line_by_line() -> None:
    source = "import a.b, c as d\n  from e.f import g\nthis is no Python $\n# import no\n"
    assert kinds(source) == {("a.b", "import"), ("c", "import"), ("e.f", "import")}


def test_nesting_deeper_than_the_stack_is_no_obstacle() -> None:
    source = "import a\nx = " + "+".join(["1"] * (sys.getrecursionlimit() * 3)) + "\nimport b\n"
    assert kinds(source) == {("a", "import"), ("b", "import")}


@pytest.fixture
def places(tmp_path: Path) -> list[Place]:
    """A service's folder and a site folder."""
    files = {
        "app/app.py": "import lib\ndef f():\n    import later\n",
        "app/unused.py": "import never",
        "site/lib/__init__.py": "from .inner import x\ndef f():\n    import lazy\n",
        "site/lib/inner.py": "import native, space.sub",
        "site/lib/unused.py": "import never",
        "site/native.cpython-311-x86_64-linux-gnu.so": "",
        "site/space/sub.py": "",
        "site/later.py": "import app",
        "site/lazy.py": "",
        "site/never.py": "",
        "site/app.py": "import never  # hidden by the service's own",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return [Place(folder=tmp_path / "app", own=True), Place(folder=tmp_path / "site")]


def test_a_closure_goes_from_module_to_module(places: list[Place]) -> None:
    def on_import(module: Module, asked: Imported) -> bool:
        return module.place.own or asked.kind in ("import", "guarded")

    found = closure(["app", "not.there"], places, on_import)
    assert sorted(found) == ["app", "later", "lib", "lib.inner", "native", "space", "space.sub"]
    assert found["app"].path == places[0].folder / "app.py"
    everything = closure(["app"], places, lambda module, asked: True)
    assert sorted(set(everything) - set(found)) == ["lazy"]


def test_a_changed_file_is_read_again(places: list[Place]) -> None:
    assert "never" not in closure(["app"], places, lambda module, asked: True)
    (places[0].folder / "app.py").write_text("import lib, never\n")
    assert "never" in closure(["app"], places, lambda module, asked: True)
