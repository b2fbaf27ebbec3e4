"""How a service found is started to be soaked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jettison.errors import RequestsMissing
from jettison.intake import deployment
from jettison.measure import Subject
from jettison.pipeline import SoakWish, soak
from jettison.pipeline.blaming import lines
from jettison.pipeline.own_start import own_start
from jettison.records import Environment, Growth, Interval, Request, finished
from jettison.replay.service import Launch
from jettison.sandbox.container import Mount
from jettison.soak import Plan, endpoints
from jettison.workspace import Workspace

INSTEAD = ("-m", "jettison_server", "app:app")


def service(folder: Path, command: str) -> Path:
    (folder / "app.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(port=5001)\n"
    )
    (folder / "requirements.txt").write_text("flask\ngunicorn\nuwsgi\n")
    lines = ("FROM python:3.11-slim", "WORKDIR /app", "COPY . .", "RUN pip install -r requirements.txt", command)
    (folder / "Dockerfile").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize(
    ("command", "words", "note"),
    [
        (
            'CMD ["gunicorn", "-w", "2", "--bind", "0.0.0.0:8000", "app:app"]',
            ("-m", "gunicorn", "-w", "2", "--bind", "0.0.0.0:$PORT", "app:app"),
            "",
        ),
        (
            "CMD gunicorn --timeout 80 --bind :${PORT:-80} app:app",
            ("-m", "gunicorn", "--timeout", "80", "--bind", ":$PORT", "app:app"),
            "",
        ),
        ('CMD ["/usr/local/bin/flask", "run", "--port=5000"]', ("-m", "flask", "run", "--port=$PORT"), ""),
        ('CMD ["gunicorn", "-b:9000", "-w", "9", "app:app"]', ("-m", "gunicorn", "-b:$PORT", "-w", "9", "app:app"), ""),
        ('CMD ["python", "-I", "app.py"]', ("app.py",), "its start command without -I"),
        ('CMD ["uwsgi", "--http", ":80", "--module", "app:app"]', INSTEAD, "started with jettison's server: `uwsgi`"),
    ],
)
def test_its_own_command_is_run_on_the_port_that_is_free(
    tmp_path: Path, command: str, words: tuple[str, ...], note: str
) -> None:
    found, said = own_start(deployment(service(tmp_path, command)), INSTEAD)
    assert found == words
    assert said.startswith(note)
    assert bool(said) == bool(note)


def test_a_service_without_recorded_requests_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    place = service(tmp_path, 'CMD ["gunicorn", "app:app"]')
    with pytest.raises(RequestsMissing):
        finished(soak(SoakWish(service=place), Workspace(root=tmp_path / "cache")))
    assert not (tmp_path / "cache").exists()


def test_a_window_that_cannot_be_opened_is_a_remark_and_the_verdicts_stay(
    tmp_path: Path, user_workspace: Workspace
) -> None:
    place = service(tmp_path, 'CMD ["python", "app.py"]')
    launch = Launch(
        root=Path("/"),
        command=(sys.executable, "-E", "-m", "waitress", "--port", "$PORT", "app:app"),  # -E: no agent comes in
        workdir="/app",
        environment=(("PATH", "/usr/bin:/bin"),),
        mounts=(Mount(source=place, target="/app"),),
        installed=(Path(sys.prefix),),
    )
    environment = Environment(name="original", python="3.11", packages=())
    subject = Subject(candidate="original", level="service", launch=launch, environment=environment, model_bytes=0)
    asked = endpoints((Request(method="GET", path="/"),))
    kept = Interval(estimate=100.0, low=99.0, high=101.0, confidence=0.95, samples=20)
    growth = Growth(endpoint="GET /", cause="leak", kept=kept, reason="", readings=())
    work = lines(subject, deployment(place), asked, (growth,), plan=Plan(), workspace=user_workspace)
    windows, notes = finished(work)
    assert windows == ()
    assert notes == (
        "the lines of GET / could not be found: no process of the service took the agent in, so nothing can be read",
    )
