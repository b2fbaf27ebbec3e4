from __future__ import annotations

from pathlib import Path

import pytest

from jettison.dockerfile.servers import ServerCall, server_call
from jettison.dockerfile.wrappers import unwrapped
from jettison.intake.app.start_lines import start_lines
from jettison.intake.app.starts import Started, started
from jettison.intake.settings import ServiceSettings, Settings
from tests.intake.building import built


@pytest.mark.parametrize(
    ("line", "app", "port", "workers", "threads"),
    [
        ("gunicorn app:app", "app:app", None, 1, 1),
        ("gunicorn app", "app:application", None, 1, 1),
        ("gunicorn -w4 --threads 2 -b0.0.0.0:80 app:app", "app:app", 80, 4, 2),
        ("gunicorn --bind=[::]:81 --workers=3 --preload 'app:create_app()'", "app:create_app()", 81, 3, 1),
        ("gunicorn -b unix:/tmp/s.sock app:app", "app:app", None, 1, 1),
        ("gunicorn -t 60 -k gthread --access-logfile - app:app", "app:app", None, 1, 1),
        ("uvicorn main:app --host 0.0.0.0 --port 80 --workers 2 --proxy-headers", "main:app", 80, 2, 1),
        ("uvicorn --reload main:app", "main:app", 8000, 1, 1),
        ("python -m uvicorn main:app --port=9", "main:app", 9, 1, 1),
        ("hypercorn -b :9 -w 2 asgi:main:app", "main:app", 9, 2, 1),
        ("waitress-serve --listen=*:9 --threads=7 app:app", "app:app", 9, 1, 7),
        ("python -m waitress --port=9 app:app", "app:app", 9, 1, 4),
        ("flask --app web run --port 9", "web", 9, 1, 1),
        ("flask -A web run -p 9 --debug", "web", 9, 1, 1),
        ("python -m flask run", "", 5000, 1, 1),
        ("fastapi run --workers 4 --port 9 app/main.py", None, 9, 4, 1),
        ("uwsgi --http :9 --module app:app --processes 4 --threads 2 --master", "app:app", 9, 4, 2),
        ("uwsgi --http-socket 0.0.0.0:9 --wsgi-file a.py --callable app -p 3", "a.py:app", 9, 3, 1),
    ],
)  # fmt: skip
def test_servers_and_their_options(line: str, app: str | None, port: int | None, workers: int, threads: int) -> None:
    call = server_call(tuple(line.replace("'", "").split()), {})
    assert call is not None
    assert (call.app, call.port, call.workers, call.threads) == (app, port, workers, threads)


@pytest.mark.parametrize(
    ("line", "variables", "told"),
    [
        ("gunicorn a:b", {"WEB_CONCURRENCY": "5", "PORT": "7"}, (7, 5)),
        ("gunicorn a:b", {"GUNICORN_CMD_ARGS": "--bind=:8 -w 2"}, (8, 2)),
        ("uvicorn a:b", {"UVICORN_PORT": "7", "UVICORN_WORKERS": "3"}, (7, 3)),
        ("flask run", {"FLASK_RUN_PORT": "7", "FLASK_APP": "x"}, (7, 1)),
    ],
)
def test_variables_of_servers(line: str, variables: dict[str, str], told: tuple[int, int]) -> None:
    call = server_call(tuple(line.split()), variables)
    assert call is not None
    assert (call.port, call.workers) == told


A = "a.py"


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("python a.py --x", ServerCall(server="python", argv=("python", "a.py", "--x"), script=A)),
        ("python3.9 -u -W i a.py", ServerCall(server="python", argv=("python3.9", "-u", "-W", "i", "a.py"), script=A)),
        ("python -m pkg.run", ServerCall(server="python", argv=("python", "-m", "pkg.run"), module="pkg.run")),
        ("python -c print()", None),
        ("python", None),
        ("bash", None),
        ("flask db upgrade", None),
    ],
)  # fmt: skip
def test_python_itself(line: str, call: ServerCall | None) -> None:
    assert server_call(tuple(line.split()), {}) == call


@pytest.mark.parametrize(
    ("line", "behind"),
    [
        ("exec gunicorn a:b", "gunicorn a:b"),
        ("A=1 B= exec env C=2 gunicorn a:b", "gunicorn a:b"),
        ("tini -g -- gunicorn a:b", "gunicorn a:b"),
        ("/usr/bin/dumb-init gunicorn a:b", "gunicorn a:b"),
        ("conda run --no-capture-output -n ml gunicorn a:b", "gunicorn a:b"),
        ("poetry run uv run --with x gunicorn a:b", "gunicorn a:b"),
        ("gosu user nohup gunicorn a:b", "gunicorn a:b"),
        ("opentelemetry-instrument ddtrace-run gunicorn a:b", "gunicorn a:b"),
        ("newrelic-admin run-program gunicorn a:b", "gunicorn a:b"),
        ("./wait-for-it.sh db:5432 -t 3 -- gunicorn a:b", "gunicorn a:b"),
        ("timeout -k 5 60 gunicorn a:b", "gunicorn a:b"),
        ("sudo -u www -E gunicorn a:b", "gunicorn a:b"),
        ("gunicorn a:b -- x", "gunicorn a:b -- x"),
    ],
)
def test_wrappers_are_stepped_over(line: str, behind: str) -> None:
    assert " ".join(unwrapped(tuple(line.split()))[0]) == behind


def start(
    root: Path, dockerfile: str, settings: Settings | None = None, **files: str
) -> tuple[Started | None, list[str]]:
    notes: list[str] = []
    made = built(root, dockerfile, {name.replace("__", "."): text for name, text in files.items()})
    return started(start_lines(made, settings or Settings(), None, notes), made, notes), notes


@pytest.mark.parametrize(
    ("lines", "argv", "form"),
    [
        ('CMD ["gunicorn", "a:b"]', "gunicorn a:b", "exec"),
        ("CMD gunicorn a:b", "gunicorn a:b", "shell"),
        ('ENTRYPOINT ["gunicorn"]\nCMD ["a:b"]', "gunicorn a:b", "exec"),
        ('CMD ["ignored"]\nENTRYPOINT gunicorn a:b', "gunicorn a:b", "shell"),
        ('ENTRYPOINT ["sh", "-c", "exec gunicorn a:b"]', "gunicorn a:b", "exec"),
        ('CMD ["/bin/bash", "-lc", "cd /x && gunicorn a:b"]', "gunicorn a:b", "exec"),
        ('ENTRYPOINT ["tini", "--"]\nCMD ["gunicorn", "a:b"]', "gunicorn a:b", "exec"),
        ("CMD python migrate.py && gunicorn a:b", "gunicorn a:b", "shell"),
        ("CMD nginx && gunicorn a:b", "gunicorn a:b", "shell"),
        ('ENV N=3\nCMD gunicorn -w $N --bind ":${PORT:-80}" a:b', "gunicorn -w 3 --bind :80 a:b", "shell"),
        ('SHELL ["/bin/bash", "-c"]\nCMD gunicorn a:b', "gunicorn a:b", "shell"),
        ('SHELL ["conda", "run", "-n", "x", "/bin/bash", "-c"]\nCMD gunicorn a:b', "gunicorn a:b", "shell"),
    ],
)
def test_entrypoint_and_cmd_come_to_their_server(tmp_path: Path, lines: str, argv: str, form: str) -> None:
    found, _ = start(tmp_path, f"FROM a\n{lines}\n")
    assert found is not None
    assert found.call is not None
    assert (" ".join(found.call.argv), found.form) == (argv, form)


def test_of_several_ways_the_one_without_reload_is_taken(tmp_path: Path) -> None:
    script = 'if [ "$DEV" ]; then\n  uvicorn a:b --reload\nelse\n  gunicorn a:b\nfi\n'
    found, notes = start(tmp_path, 'FROM a\nCOPY s.sh /\nCMD ["sh", "/s.sh"]\n', s__sh=script)
    assert found is not None
    assert found.call is not None
    assert found.call.server == "gunicorn"
    assert "several ways" in notes[0]


def test_the_settings_decide_above_the_dockerfile(tmp_path: Path) -> None:
    for given, form in (("gunicorn mine:app", "shell"), (("gunicorn", "mine:app"), "exec")):
        found, _ = start(tmp_path, "FROM a\nCMD gunicorn a:b\n", Settings(service=ServiceSettings(start=given)))
        assert found is not None
        assert found.call is not None
        assert (found.call.app, found.form, found.place) == ("mine:app", form, "[service] start")


def test_a_script_that_calls_itself_ends(tmp_path: Path) -> None:
    found, _ = start(tmp_path, "FROM a\nCOPY s.sh /\nCMD /s.sh\n", s__sh="#!/bin/sh\n/s.sh\n")
    assert found is None


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("streamlit run a.py", "Streamlit"),
        ("python -m streamlit run a.py", "Streamlit"),
        ("python manage.py runserver", "Django"),
        ("tritonserver --model-repository=/m", "Triton"),
    ],
)
def test_servers_of_another_kind_are_named(tmp_path: Path, line: str, other: str) -> None:
    found, _ = start(tmp_path, f"FROM a\nCMD {line}\n")
    assert found is not None
    assert (found.call, found.other) == (None, other)
