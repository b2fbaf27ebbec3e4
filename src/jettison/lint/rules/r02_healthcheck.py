"""Nobody asks the service whether it is well."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import Change, FixClass
from ..bases import shipped_base
from ..builds import Build
from ..found import Found, inserted
from ..project import PLATFORMS, Project
from ..rule import Example
from ..starts import added_lines, place_before_start, start_of
from ..web_code import web_code

CODE = "R02"
NAME = "healthcheck"
SUMMARY = "the service has a route that says whether it is well, and no HEALTHCHECK asks it"
WHY = """\
A service whose process lives and whose model is stuck looks healthy to Docker. Without a check it is never restarted,
and Compose cannot wait until it is ready.

The fix adds a HEALTHCHECK that asks the route with Python itself; slim images have no curl. It is added only when the
route is registered on the app itself, and the port stands in the start. Platforms with probes of their own (Kubernetes,
Cloud Run, Lambda, Azure) do not read HEALTHCHECK: when one of them is named, the rule is silent. Builds in OCI format
drop it too; then let whatever runs the image ask the route."""
FIX: FixClass = "verify"
ALSO = ("DL3057",)
SOURCES = ("hadolint, rule DL3057", "opencontainers/image-spec, config.md: Healthcheck is reserved")
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\n"
            'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
            "main.py": 'from fastapi import FastAPI\napp = FastAPI()\n\n@app.get("/health")\ndef health():\n    return {}\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\n"
            "HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD "
            '["python3", "-c", "import urllib.request as r; r.urlopen(\'http://127.0.0.1:8000/health\', timeout=4)"]\n'
            'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
            "main.py": 'from fastapi import FastAPI\napp = FastAPI()\n\n@app.get("/health")\ndef health():\n    return {}\n',
        },
    ),
    Example(
        title="a check that was switched off on purpose, and a route that only answers POST",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nCMD gunicorn -b :8080 web:app\n",
            "web.py": "import flask\napp = flask.Flask(__name__)\n@app.route('/healthz')\ndef well():\n    return ''\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nHEALTHCHECK NONE\nCOPY . .\nCMD gunicorn -b :8080 web:app\n",
            "web.py": "import flask\napp = flask.Flask(__name__)\n@app.route('/healthz')\ndef well():\n    return ''\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\n"
            "HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD "
            '["python3", "-c", "import urllib.request as r; r.urlopen(\'http://127.0.0.1:8080/healthz\', timeout=4)"]\n'
            "CMD gunicorn -b :8080 web:app\n",
            "web.py": "import flask\napp = flask.Flask(__name__)\n@app.route('/healthz')\ndef well():\n    return ''\n",
        },
    ),
)

_ROUTES = (
    "health",
    "healthz",
    "healthcheck",
    "health_check",
    "readyz",
    "ready",
    "livez",
    "live",
    "ping",
    "status",
    "alive",
)
_PREFIXES = ("/", "/api/", "/v1/", "/api/v1/")


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile that starts such a service."""
    if project.aims_at(*PLATFORMS):
        return
    for build in project.builds:
        start = start_of(project, build)
        if (
            start is None
            or start.call is None
            or any(line.word == "HEALTHCHECK" and line.ships for line in build.lines)
        ):
            continue
        route = _route(project, build)
        if not route:
            continue
        base = shipped_base(project, build)
        written = any("$" in word.value for word in start.words)
        known = base is not None and (base.is_debian or base.is_alpine) and not base.is_functions and not base.is_lambda
        port = start.call.port
        change: tuple[Change, ...] = ()
        if known and port is not None and not written and start.call.server != "python":
            code = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{route}', timeout=4)"
            check = f'HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python3", "-c", "{code}"]'
            place = place_before_start(build)
            change = (inserted(build.path, place, added_lines(build, place, check)),)
        yield Found(
            file=build.path,
            start=start.line.instruction.start,
            end=start.line.instruction.end,
            message=f"the service answers {route}, and no HEALTHCHECK asks it",
            advice="add a HEALTHCHECK that asks the route",
            fix="verify",
            changes=change,
        )


def _route(project: Project, build: Build) -> str:
    """The route that says whether it is well; the shortest."""
    routes = {route.rstrip("/"): route for route in web_code(project, build).routes}
    wanted = [f"{prefix}{name}" for prefix in _PREFIXES for name in _ROUTES]
    return next((routes[each] for each in wanted if each in routes), "")
