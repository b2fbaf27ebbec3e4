"""How a service found is started to be soaked."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable, RequestsMissing
from jettison.intake import deployment, with_files
from jettison.measure import Subject
from jettison.pipeline import EnvelopeWish, SoakWish, soak
from jettison.pipeline.blaming import lines, names_runtime
from jettison.pipeline.outputs import IMAGE, without_files
from jettison.pipeline.own_start import own_start
from jettison.records import Deployment, Environment, Growth, Interval, Request, finished
from jettison.replay.service import Launch
from jettison.report import documents, stated
from jettison.sandbox.container import Mount
from jettison.soak import Plan, endpoints
from jettison.workspace import Workspace
from tests.report import facts

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


UPLOADS = (
    {"method": "POST", "path": "/see", "files": {"image": "a/one.png"}, "form": {"as": "text"}},
    {"method": "POST", "path": "/see", "file": "a/one.png"},
    {"method": "POST", "path": "/see", "file": "b/one.png"},
    {"method": "POST", "path": "/take", "file": "rows.json"},
    {"method": "POST", "path": "/ask", "json": {"text": "words"}},
    {"method": "POST", "path": "/own", "headers": {"Content-Type": "image/x-own"}, "body": "pixels as text"},
)


def uploading(folder: Path) -> tuple[Path, Deployment]:
    """What optimize writes of a service that is sent files, its image left out; and the service itself."""
    place, out = folder / "service", folder / "out"
    for name, data in (("a/one.png", b"one" * 999), ("b/one.png", b"two" * 99), ("rows.json", b"[1, 2]")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    (place / "requests.jsonl").write_text("".join(json.dumps(each) + "\n" for each in UPLOADS))
    found = deployment(service(place, 'CMD ["gunicorn", "app:app"]'))
    (out / IMAGE).mkdir(parents=True)
    report = replace(facts.full(), deployment=without_files(found))
    for name, content in documents(report):
        (out / name).write_bytes(content)
    return out, found


def test_the_files_that_an_image_is_sent_are_read_again_in_the_service_s_folder(tmp_path: Path) -> None:
    out, found = uploading(tmp_path)
    report = stated(out).report
    assert not any(each.data for each in report.deployment.requests)
    asked = with_files(report.deployment)
    assert asked.requests == found.requests
    assert [len(each.sent) for each in asked.requests[1:4]] == [2997, 297, 6]


@pytest.mark.parametrize(
    ("gone", "where"), [("a/one.png", "one.png"), ("rows.json", "rows.json"), ("requests.jsonl", "requests.jsonl")]
)
def test_an_image_is_not_sent_the_names_of_files_that_are_gone(tmp_path: Path, gone: str, where: str) -> None:
    out, found = uploading(tmp_path)
    (found.root / gone).unlink()
    with pytest.raises(RequestsMissing, match="5 of 6 recorded requests send files") as refused:
        finished(soak(SoakWish(service=out), Workspace(root=tmp_path / "cache")))
    assert where in refused.value.where
    assert "folder" in refused.value.next_step
    assert not (tmp_path / "cache").exists()


def test_an_image_is_not_sent_other_files_than_were_recorded(tmp_path: Path) -> None:
    out, found = uploading(tmp_path)
    (found.root / "a" / "one.png").write_bytes(b"another one")
    with pytest.raises(RequestsMissing, match="1 of 6 recorded requests send files"):
        finished(soak(SoakWish(service=out), Workspace(root=tmp_path / "cache")))


def test_a_certificate_without_a_proof_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    out, _ = uploading(tmp_path)
    wish = EnvelopeWish(prove_seconds=0, certify=tmp_path / "sure")
    with pytest.raises(EnvironmentUnusable, match="not certified"):
        finished(soak(SoakWish(service=out, envelope=wish), Workspace(root=tmp_path / "cache")))
    assert not (tmp_path / "cache").exists()


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
