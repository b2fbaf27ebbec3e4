"""A converted model, answered by jettison-runtime."""

import json
import os

import jettison_runtime

MODEL = jettison_runtime.load(os.environ["MODEL"])
MODEL.model.check_canary()
OPTIONS = json.loads(os.environ.get("OPTIONS", "{}"))
MODEL.model.settings.updated(OPTIONS)  # what it cannot do is an error now, not the answer to every request


def app(environ, start_response):  # type: ignore[no-untyped-def]
    """One text in, one text out."""
    text = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["text"]
    body = json.dumps({"text": MODEL.generate([text], **OPTIONS)[0]}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
