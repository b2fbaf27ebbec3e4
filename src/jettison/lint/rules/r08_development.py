"""A development server, or its debugging, in the image."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...records import Change, FixClass
from ..builds import Build, Line
from ..found import Found, replaced
from ..project import Project
from ..rule import Example
from ..starts import Start, StartWord, start_of
from ..web_code import RunCall, span, web_code

CODE = "R08"
NAME = "development-server"
SUMMARY = "the image starts a development server, or switches debugging on"
WHY = """\
Flask's debugger runs whatever code is sent to it. Its server and Django's answer one machine's owner, not traffic, and
reloading watches files that never change in an image, with a process that eats the stop signal.

The fixes take `--reload` out, turn `debug=True` and `reload=True` of the started script to False, `FLASK_DEBUG` to 0, and
`fastapi dev` to `fastapi run`. Which server to use instead of `flask run` and `manage.py runserver` is for a person to
say."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = ("Flask, docs: deploying to production", "uvicorn, docs: settings", "FastAPI, docs: fastapi CLI")
EXAMPLES = (
    Example(
        bad={"Dockerfile": 'FROM python:3.12-slim\nCMD ["uvicorn", "main:app", "--reload", "--host", "0.0.0.0"]\n'},
        good={"Dockerfile": 'FROM python:3.12-slim\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'},
    ),
    Example(
        title="in a shell, over several lines",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nENV FLASK_DEBUG=1 A=b\nCMD gunicorn \\\n  --reload \\\n  -w 2 web:app\n"
        },
        good={"Dockerfile": "FROM python:3.12-slim\nENV FLASK_DEBUG=0 A=b\nCMD gunicorn \\\n  -w 2 web:app\n"},
    ),
    Example(
        title="in the code",
        bad={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "app.py"]\n',
            "app.py": "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n"
            "    app.run('0.0.0.0', debug=True)  # for now\n",
        },
        good={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["gunicorn", "app:app"]\n',
            "app.py": "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n"
            "    app.run('0.0.0.0', debug=True)  # for now\n",
        },
        fixed={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "app.py"]\n',
            "app.py": "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n"
            "    app.run('0.0.0.0', debug=False)  # for now\n",
        },
    ),
    Example(
        title="FastAPI's own",
        bad={"Dockerfile": "FROM python:3.12-slim\nCMD fastapi dev main.py --host 0.0.0.0\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nCMD fastapi run main.py --host 0.0.0.0\n"},
    ),
)

_DEBUG = {"FLASK_DEBUG": ("1", "true", "True", "yes", "on"), "FLASK_ENV": ("development",)}
_UNTIL = {"FLASK_ENV": ", up to Flask 2.2"}
_QUIET = {"FLASK_DEBUG": "0", "FLASK_ENV": "production"}


def findings(project: Project) -> Iterator[Found]:
    """The start of every image, its variables, and the script that it runs."""
    for build in project.builds:
        yield from _of_variables(build)
        start = start_of(project, build)
        if start is not None:
            yield from _of_start(build, start)
            if start.call is not None and start.call.server == "python":
                yield from _of_script(build, web_code(project, build).started_by(start.call))


def _of_variables(build: Build) -> Iterator[Found]:
    last: dict[str, tuple[Line, str]] = {}
    for line in build.lines:
        if line.word == "ENV" and line.ships:
            last.update({name: (line, value) for name, value in line.instruction.pairs if name in _DEBUG})
    for name, (line, value) in last.items():
        bare = value.strip("\"'")
        if bare not in _DEBUG[name]:
            continue
        start, end = line.instruction.start, line.instruction.end
        found = re.search(rf"\b{name}(?:=|[ \t]+)[\"']?({re.escape(bare)})\b", build.dockerfile.text[start:end])
        yield Found(
            file=build.path,
            start=start,
            end=end,
            message=f"{name}={bare} switches Flask's debugging on{_UNTIL.get(name, '')}",
            advice=f"leave it out, or set {name}={_QUIET[name]}",
            fix="verify",
            changes=(replaced(build.path, start + found.start(1), start + found.end(1), _QUIET[name]),)
            if found
            else (),
        )


def _of_start(build: Build, start: Start) -> Iterator[Found]:
    instruction = start.line.instruction
    message, advice, changes = "", "", tuple[Change, ...]()
    server = start.call.server if start.call else ""
    if server == "flask":
        message, advice = "flask run is Flask's development server", "start it with gunicorn or waitress"
    elif any(word.endswith("manage.py") for word in start.argv) and "runserver" in start.argv:
        message, advice = "runserver is Django's development server", "start it with gunicorn or uvicorn"
    elif server == "fastapi" and "dev" in start.argv:
        message, advice = "fastapi dev reloads and debugs", "use fastapi run"
        word = next(each for each in start.words if each.value == "dev")
        if word.end:
            changes = (replaced(build.path, word.start, word.end, '"run"' if word.is_json else "run"),)
    elif "--reload" in start.argv:
        message, advice = "--reload watches files that never change in an image", "leave it out"
        changes = _without(build, start.words, "--reload")
    if message:
        yield Found(
            file=build.path,
            start=instruction.start,
            end=instruction.end,
            message=message,
            advice=advice,
            fix="verify",
            changes=changes,
        )


def _without(build: Build, words: tuple[StartWord, ...], value: str) -> tuple[Change, ...]:
    """Take a word out, with what stands between it and the word before."""
    index = next((index for index, word in enumerate(words) if word.value == value), 0)
    before, word = words[index - 1], words[index]
    if index == 0 or not word.end or before.end > word.start or "\n#" in build.dockerfile.text[before.end : word.start]:
        return ()
    return (replaced(build.path, before.end, word.end, ""),)


def _of_script(build: Build, calls: tuple[RunCall, ...]) -> Iterator[Found]:
    for call in calls:
        path = build.below(call.file.path)
        on = next((value for name in ("debug", "reload") if _is_true(value := call.keyword(name))), None)
        if on is None and call.server != "flask":
            continue
        begin, end = call.span
        changes = (replaced(path, *span(call.file.text, on), "False"),) if on is not None else ()
        yield Found(
            file=path,
            start=begin,
            end=end,
            message=_said(call, debugs=on is not None),
            advice="switch it off, and start the app with gunicorn or uvicorn"
            if call.server == "flask"
            else "switch it off",
            fix="verify",
            changes=changes,
        )


def _said(call: RunCall, *, debugs: bool) -> str:
    if call.server == "flask" and debugs:
        return "the script that is started runs Flask's development server, with its debugger"
    if call.server == "flask":
        return "the script that is started runs Flask's development server"
    return "the script that is started reloads and debugs"


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
