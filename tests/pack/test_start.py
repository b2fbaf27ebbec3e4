from __future__ import annotations

from pathlib import Path

import pytest

from jettison.errors import SettingsInvalid
from jettison.pack.distributions import Distribution
from jettison.pack.root import Root
from jettison.pack.start import app_places, start
from jettison.records import Blueprint


@pytest.fixture
def root(tmp_path: Path) -> Root:
    folder = tmp_path / "root"
    for name in ("usr/bin/python3.11", "usr/bin/tool"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "bin").symlink_to("usr/bin")
    return Root(
        folder=folder,
        blobs=folder,
        layers=(),
        history=(),
        python="3.11",
        executable="usr/bin/python3.11",
        site="usr/local/lib/python3.11/dist-packages",
        standard_library="usr/lib/python3.11",
        libc="2.36",
        environment=(("PATH", "/usr/local/bin:/bin"),),
        label="test",
    )


def blueprint(tmp_path: Path, *command: str, workdir: str = "/app", path: str = "") -> Blueprint:
    for name in ("app/app.py", "app/package/__init__.py", "app/package/wsgi.py", "app/train.py", "lib/shared.py"):
        (tmp_path / "stage" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stage" / name).touch()
    return Blueprint(
        reference="a:1",
        python="3.11",
        app=tmp_path / "stage",
        command=command,
        workdir=workdir,
        environment=(("PYTHONPATH", path),) if path else (),
        keep=("kept",),
    )


GUNICORN = Distribution(
    name="gunicorn",
    files=(),
    requires=(),
    mentions=frozenset(),
    scripts=(("gunicorn", "gunicorn.app.wsgiapp"),),
    plugs_into=(),
)


@pytest.mark.parametrize(
    ("command", "expected", "modules", "script"),
    [
        (("python", "-m", "waitress", "app:app"), "/usr/bin/python3.11", {"waitress", "app"}, ""),
        (("python3", "app.py"), "/usr/bin/python3.11", {"app"}, ""),
        (("python", "./package/wsgi.py"), "/usr/bin/python3.11", {"package.wsgi"}, ""),
        (("python", "/app/app.py"), "/usr/bin/python3.11", {"app"}, ""),
        (("python", "-c", "from package.wsgi import go; go()"), "/usr/bin/python3.11", {"package.wsgi"}, ""),
        (
            ("gunicorn", "package.wsgi:make()"),
            "/usr/local/bin/gunicorn",
            {"gunicorn.app.wsgiapp", "package.wsgi"},
            "gunicorn",
        ),
        (("/bin/tool", "app"), "/bin/tool", {"app"}, ""),
        (("tool", "app"), "/bin/tool", {"app"}, ""),
    ],
)
def test_the_program_gets_its_path_and_the_modules_are_those_it_starts(
    tmp_path: Path, root: Root, command: tuple[str, ...], expected: str, modules: set[str], script: str
) -> None:
    found = start(blueprint(tmp_path, *command), root, [GUNICORN])
    assert found.command == (expected, *command[1:])
    assert modules | {"kept"} <= set(found.modules)
    assert "train" not in found.modules
    assert found.script == script


def test_when_the_command_names_no_module_of_the_service_all_of_them_count(tmp_path: Path, root: Root) -> None:
    found = start(blueprint(tmp_path, "/bin/tool", "--serve"), root, [])
    assert {"app", "train", "package", "package.wsgi"} <= set(found.modules)


def test_modules_are_looked_up_in_the_working_directory_and_in_pythonpath(tmp_path: Path) -> None:
    made = blueprint(tmp_path, "python", "app.py", path="/lib:/app")
    assert [place.folder.name for place in app_places(made)] == ["app", "lib"]
    assert all(place.own for place in app_places(made))


@pytest.mark.parametrize("command", [(), ("nowhere",), ("/usr/bin/nowhere",), ("sh", "-c", "python app.py")])
def test_a_program_that_the_image_lacks_is_one_clear_error(
    tmp_path: Path, root: Root, command: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        start(blueprint(tmp_path, *command), root, [GUNICORN])
    assert "python -m" in caught.value.next_step
