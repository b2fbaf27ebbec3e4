"""How a service found is started to be soaked."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.errors import RequestsMissing
from jettison.intake import deployment
from jettison.pipeline import SoakWish, soak
from jettison.pipeline.blaming import names_runtime
from jettison.pipeline.own_start import own_start
from jettison.records import finished
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


@pytest.mark.parametrize(("line", "named"), [("onnxruntime==1.20", False), ("jettison_runtime>=0.1", True)])
def test_settings_of_our_runtime_are_for_services_on_it(tmp_path: Path, line: str, named: bool) -> None:
    place = service(tmp_path, 'CMD ["gunicorn", "app:app"]')
    (place / "requirements.txt").write_text(f"flask\n{line}\n")
    assert names_runtime(deployment(place)) is named


def test_a_service_without_recorded_requests_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    place = service(tmp_path, 'CMD ["gunicorn", "app:app"]')
    with pytest.raises(RequestsMissing):
        finished(soak(SoakWish(service=place), Workspace(root=tmp_path / "cache")))
    assert not (tmp_path / "cache").exists()
