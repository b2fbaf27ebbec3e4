"""Answers of many apps to their requests: a program for an interpreter that has what the apps import, nothing of ours.

    python answers_of.py PRELOADED ROOT ENTRY...        ENTRY is FOLDER=MODULE:APP or FOLDER=MODULE:FACTORY(), in ROOT

Prints one JSON object: for each folder a list of [status, type, body]. Each app runs in a fork, after PRELOADED (names with
commas between) was imported once: importing torch sixteen times would take minutes.
"""

import base64
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS = 60


def body_of(request: dict[str, Any]) -> Any:
    """What is sent: a text, or bytes that are written in base64."""
    return base64.b64decode(request["bytes"]) if "bytes" in request else request.get("body")


def flask_answers(app: Any, requests: list[Any]) -> Iterator[list[Any]]:
    client = app.test_client()
    for each in requests:
        # An exception is a 500, as it is under a real server.
        app.config["PROPAGATE_EXCEPTIONS"] = False
        sent = {"json": each["json"]} if "json" in each else {"data": body_of(each)}
        answer = client.open(each["path"], method=each["method"], headers=each.get("headers"), **sent)
        yield [answer.status_code, answer.content_type, answer.get_data(as_text=True)]


def asgi_answers(app: Any, requests: list[Any]) -> Iterator[list[Any]]:
    client_class = importlib.import_module("starlette.testclient").TestClient
    with client_class(app, raise_server_exceptions=False) as client:
        for each in requests:
            sent = {"json": each["json"]} if "json" in each else {"content": body_of(each)}
            answer = client.request(each["method"], each["path"], headers=each.get("headers"), **sent)
            yield [answer.status_code, answer.headers.get("content-type"), answer.text]


def answers(folder: Path, entry: str) -> list[Any]:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    requests = [json.loads(line) for line in (folder / "requests.jsonl").read_text().splitlines()]
    module, _, name = entry.partition(":")
    app = getattr(importlib.import_module(module), name.removesuffix("()"))
    app = app() if name.endswith("()") else app
    return list((flask_answers if hasattr(app, "test_client") else asgi_answers)(app, requests))


def forked(folder: Path, entry: str) -> Any:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        # What an app prints is no part of what this program prints.
        os.dup2(2, 1)
        # An app that waits for ever ends here, and its answers are none.
        signal.alarm(SECONDS)
        try:
            text = json.dumps(answers(folder, entry))
        except BaseException:  # noqa: BLE001, an app may end in any way, and the parent shall read which
            text = json.dumps(traceback.format_exc())
        with os.fdopen(write, "w") as out:
            out.write(text)
        # Threads of the app do not keep the child.
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        text = said.read()
    os.waitpid(child, 0)
    return json.loads(text or '"no answer in time"')


def main() -> None:
    preloaded, root, *entries = sys.argv[1:]
    for name in filter(None, preloaded.split(",")):
        importlib.import_module(name)
    made = {}
    for each in entries:
        folder, _, entry = each.partition("=")
        made[folder] = forked(Path(root, folder).resolve(), entry)
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main()
