"""The service listens where nobody asks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...records import Change, FixClass
from ..bases import shipped_base
from ..builds import Build
from ..found import Found, inserted, replaced
from ..platforms import Platform, platforms
from ..project import Project
from ..rule import Example
from ..starts import Start, StartWord, start_of
from ..web_code import RunCall, span, web_code

CODE = "T01"
NAME = "binding"
SUMMARY = "the service listens where its platform does not ask"
WHY = """\
127.0.0.1 inside a container is the container alone: nothing from outside gets an answer. uvicorn, gunicorn, hypercorn and
`flask run` listen there unless they are told another address. The fix gives 0.0.0.0.

It says nothing where another server in the same image passes requests on (nginx, Caddy, a Lambda adapter), where the
address comes out of a configuration file, and where it is not known which server is started. With a named platform it
also compares the port: App Service asks 80 unless `WEBSITES_PORT` says another one, Cloud Run the one in `$PORT`; Lambda
asks no port at all without an adapter. Those values are dated (`lint/platforms.toml`)."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "uvicorn, gunicorn, hypercorn and Flask: the default address of each",
    "MicrosoftDocs/azure-docs, configure-custom-container.md; Google Cloud, container runtime contract",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": 'FROM python:3.12-slim\nCMD ["uvicorn", "main:app", "--port", "8000"]\n'},
        good={
            "Dockerfile": 'FROM python:3.12-slim\nCMD ["uvicorn", "main:app", "--port", "8000", "--host", "0.0.0.0"]\n'
        },
    ),
    Example(
        title="written out, in a shell",
        bad={"Dockerfile": "FROM python:3.12-slim\nCMD exec gunicorn --bind=127.0.0.1:$PORT \\\n  web:app\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nCMD exec gunicorn --bind=0.0.0.0:$PORT \\\n  web:app\n"},
    ),
    Example(
        title="in the code; behind nginx it is meant",
        bad={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "serve.py"]\n',
            "serve.py": "import uvicorn\nfrom web import app\nuvicorn.run(app, host='localhost', port=8000)\n",
        },
        good={
            "Dockerfile": 'FROM python:3.12-slim\nRUN apt-get install -y nginx\nCOPY . .\nCMD ["python", "serve.py"]\n',
            "serve.py": "import uvicorn\nfrom web import app\nuvicorn.run(app, host='localhost', port=8000)\n",
        },
        fixed={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "serve.py"]\n',
            "serve.py": "import uvicorn\nfrom web import app\nuvicorn.run(app, host='0.0.0.0', port=8000)\n",
        },
    ),
    Example(
        title="a port that Cloud Run does not ask",
        targets=("cpu", "cloud-run"),
        bad={"Dockerfile": 'FROM python:3.12-slim\nCMD ["gunicorn", "-b", "0.0.0.0:5000", "web:app"]\n'},
        good={"Dockerfile": 'FROM python:3.12-slim\nCMD ["sh", "-c", "exec gunicorn -b 0.0.0.0:$PORT web:app"]\n'},
        fixed={"Dockerfile": 'FROM python:3.12-slim\nCMD ["gunicorn", "-b", "0.0.0.0:5000", "web:app"]\n'},
    ),
)

_LOOPBACK = re.compile(r"127\.\d+\.\d+\.\d+|localhost|\[?::1\]?")
_OPTIONS = {
    "uvicorn": ("--host",),
    "flask": ("--host", "-h"),
    "fastapi": ("--host",),
    "gunicorn": ("--bind", "-b"),
    "hypercorn": ("--bind", "-b"),
    "waitress": ("--host", "--listen"),
}
_LISTENS_LOCALLY = ("uvicorn", "flask", "gunicorn", "hypercorn")
"""Unless they are told another address."""
_PASSES_ON = re.compile(r"\b(nginx|caddy|haproxy|apache2|httpd|traefik|envoy|supervisord?|s6-svscan)\b|lambda-adapter")
_DEPLOYMENTS = (".bicep", ".tf", ".yml", ".yaml", ".json", ".sh", ".ps1", "Makefile")
_LARGEST_BYTES = 200_000
_MOST_FILES = 200
_LAMBDA = re.compile(r"lambda-adapter|awslambdaric|mangum|apig[-_]wsgi|serverless[-_]wsgi|aws-lambda-rie")


def findings(project: Project) -> Iterator[Found]:
    """The start of every image."""
    for build in project.builds:
        start = start_of(project, build)
        base = shipped_base(project, build)
        if start is None or start.call is None or (base is not None and (base.is_functions or base.is_lambda)):
            continue
        texts = (line.instruction.text for line in build.lines if line.ships or line.word == "COPY")
        if any(_PASSES_ON.search(text) for text in texts):
            continue
        if start.call.server == "python":
            yield from _of_script(build, web_code(project, build).started_by(start.call))
        else:
            yield from _of_start(build, start)
            for platform in platforms(project):
                yield from _of_port(project, build, start, platform)


def _of_start(build: Build, start: Start) -> Iterator[Found]:
    assert start.call is not None
    server, host = start.call.server, start.call.host
    if server not in _OPTIONS or (host is None and (server not in _LISTENS_LOCALLY or _is_configured(build, start))):
        return
    if host is not None and not _LOOPBACK.fullmatch(host):
        return
    word = start.word_behind(*_OPTIONS[server])
    changes: tuple[Change, ...] = ()
    if host is not None and word is not None and word.end:
        text = build.dockerfile.text[word.start : word.end]
        at = text.find(host)
        if at >= 0:
            changes = (replaced(build.path, word.start + at, word.start + at + len(host), "0.0.0.0"),)
    elif host is None and word is None and start.words and start.words[-1].end:
        option = _OPTIONS[server][0]
        value = "0.0.0.0:8000" if option == "--bind" else "0.0.0.0"
        changes = (_appended(build, start.words[-1], option, value),)
    elif host is None and word is not None:
        return  # an address that is not understood
    instruction = start.line.instruction
    yield Found(
        file=build.path,
        start=instruction.start,
        end=instruction.end,
        message=f"{server} listens on {host or '127.0.0.1, its default'}, where nothing outside of the container reaches it",
        advice=f"add {_OPTIONS[server][0]} with 0.0.0.0",
        fix="verify",
        changes=changes,
    )


def _appended(build: Build, last: StartWord, option: str, value: str) -> Change:
    return inserted(build.path, last.end, f', "{option}", "{value}"' if last.is_json else f" {option} {value}")


def _is_configured(build: Build, start: Start) -> bool:
    """A configuration file may say the address."""
    if start.word_behind("-c", "--config", "--uds", "--fd") is not None:
        return True
    named = ("gunicorn.conf.py", "gunicorn_conf.py", "hypercorn.toml")
    if any(landing.target.endswith(named) for landing in build.landings.final):
        return True
    return any(name in start.environment for name in ("GUNICORN_CMD_ARGS", "UVICORN_HOST", "FLASK_RUN_HOST"))


def _of_script(build: Build, calls: tuple[RunCall, ...]) -> Iterator[Found]:
    """A script that serves an app itself."""
    for call in calls if len(calls) == 1 else ():  # of several it is not known which one is reached
        path = build.below(call.file.path)
        host = call.keyword("host") or (
            call.node.args[0] if call.server in ("flask", "quart") and call.node.args else None
        )
        changes: tuple[Change, ...] = ()
        if isinstance(host, ast.Constant) and isinstance(host.value, str) and _LOOPBACK.fullmatch(host.value):
            start, end = span(call.file.text, host)
            quote = call.file.text[start]
            changes = (replaced(path, start, end, f"{quote}0.0.0.0{quote}"),) if quote in "\"'" else ()
        elif host is None and call.server != "waitress" and not any(each.arg is None for each in call.node.keywords):
            changes = _with_host(path, call)
        else:
            continue
        begin, end = call.span
        yield Found(
            file=path,
            start=begin,
            end=end,
            message="the script that is started listens on 127.0.0.1, where nothing outside of the container reaches it",
            advice='say host="0.0.0.0"',
            fix="verify",
            changes=changes,
        )


def _with_host(path: str, call: RunCall) -> tuple[Change, ...]:
    if any(isinstance(each, ast.Starred) for each in call.node.args):
        return ()
    given = [*call.node.args, *(each.value for each in call.node.keywords)]
    if not given:
        return (inserted(path, call.span[1] - 1, 'host="0.0.0.0"'),)
    return (inserted(path, max(span(call.file.text, each)[1] for each in given), ', host="0.0.0.0"'),)


def _is_told(project: Project, platform: Platform, port: int | None) -> bool:
    """Some file of the folder tells the platform the port."""
    if not platform.port_setting:
        return False
    said = re.compile(
        rf"WEBSITES_PORT|(container_?port|--port|targetPort|target_port)[\"']?\s*[:=]?\s*[\"']?{port}\b", re.I
    )
    files = [path for path, size in project.paths.items() if path.endswith(_DEPLOYMENTS) and size < _LARGEST_BYTES]
    return any(said.search(project.text(path) or "") for path in files[:_MOST_FILES])


def _of_port(project: Project, build: Build, start: Start, platform: Platform) -> Iterator[Found]:
    assert start.call is not None
    instruction = start.line.instruction
    port = start.call.port
    message = advice = ""
    if platform.name == "aws-lambda":
        names = " ".join(file.text for file in project.installed_files)
        if _LAMBDA.search(names) or any(_LAMBDA.search(line.instruction.text) for line in build.lines):
            return
        message = f"{platform.title} asks no port, and {start.call.server} only answers one"
        advice = "copy AWS's Lambda Web Adapter into the image, or wrap the app with Mangum on Lambda's base image"
    elif platform.port is not None and port is not None and port != platform.port:
        if platform.port_variable and any(
            f"${platform.port_variable}" in re.sub(r"[{}]", "", word.value) for word in start.words
        ):
            return
        if platform.port_variable and platform.port_variable in " ".join(start.line.instruction.arguments):
            return
        message = f"the service listens on port {port}, and {platform.title} asks {platform.port} unless it is told"
        advice = f"say {port} in {platform.port_setting}"
        advice += (
            f", or listen on ${platform.port_variable}" if platform.port_variable else f", or listen on {platform.port}"
        )
    if message and not _is_told(project, platform, port):
        yield Found(
            file=build.path,
            start=instruction.start,
            end=instruction.end,
            message=message,
            advice=f"{advice}; {platform.where}",
        )
