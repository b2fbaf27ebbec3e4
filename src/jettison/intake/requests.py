"""Recorded requests: JSON lines, HAR files of a browser, curl command lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..errors import SettingsInvalid
from ..records import Request
from . import curl
from .uploads import Unreadable, Upload, form, one_file

USUAL_NAMES = ("requests.jsonl", "requests.ndjson", "requests.har", "requests.sh")
LARGEST_BYTES = 500_000_000
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def requests_at(path: Path) -> tuple[Request, ...]:
    """The requests in a file, in their order; which kind of file it is shows in its name and first character.

    :raises SettingsInvalid: it cannot be read, or a line of it is no request; the message has the line.
    """
    text = file_text(path)
    if path.suffix.lower() == ".har":
        return tuple(_of_har(text, path))
    first = next((line.strip() for line in text.split("\n") if line.strip() and not line.startswith("#")), "")
    if first.startswith("curl "):
        return tuple(_of_curl(text, path))
    return tuple(request_of(value, f"{path.name}:{number}", path.parent) for number, value in json_lines(text, path))


def file_text(path: Path) -> str:
    """The text of a file that the settings name.

    :raises SettingsInvalid: it is not there, too large, or no UTF-8.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise wrong(f"it is larger than {LARGEST_BYTES // 1_000_000} MB", path.name)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as cause:
        raise wrong(f"it cannot be opened: {cause.strerror}", path.name) from cause
    except UnicodeDecodeError as cause:
        raise wrong("it is not UTF-8", path.name) from cause
    except ValueError as cause:
        raise wrong("no file can have this name", ascii(path.name)) from cause


def json_lines(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of JSON lines with their line numbers; empty lines do not count.

    :raises SettingsInvalid: a line is no JSON object.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as cause:
                raise wrong("it is no JSON", f"{path.name}:{number}") from cause
            if not isinstance(value, dict):
                raise wrong("it is no JSON object", f"{path.name}:{number}")
            yield number, value


BODIES = ("json", "body", "form", "files", "file")
"""What a request may send; of these, only a form and its files go together."""


def request_of(value: dict[str, Any], place: str, folder: Path) -> Request:
    """A request written as ``{"method", "path", "headers"}`` with one of `BODIES`.

    :param folder: that the paths of files are relative to.
    :raises SettingsInvalid: it has no path, a value of the wrong type, or a file that cannot be read.
    """
    sends = [name for name in BODIES if name in value]
    method, path = value.get("method", "POST" if sends else "GET"), value.get("path")
    headers, body = value.get("headers", {}), value.get("body")
    if not isinstance(path, str) or not path.startswith("/"):
        raise wrong('it has no "path" that begins with a slash', place)
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise wrong(f'its "method" is none of {", ".join(_METHODS)}', place)
    if not isinstance(headers, dict) or not isinstance(body, (str, type(None))):
        raise wrong('"headers" takes a table of texts, "body" a text', place)
    if len(sends) > 1 and set(sends) != {"form", "files"}:
        raise wrong(f'it has both "{sends[0]}" and "{sends[1]}"', place)
    made = [(str(name), str(each)) for name, each in headers.items()]
    try:
        upload = _upload(value, folder, place)
    except Unreadable as cause:
        raise wrong(str(cause), place) from cause
    if upload is not None:
        if not any(name.lower() == "content-type" for name, _ in made) or "files" in sends:
            made = [each for each in made if each[0].lower() != "content-type"]
            made.append(("Content-Type", upload.content_type))
        return Request(method=method.upper(), path=path, headers=tuple(made), body=upload.shown, data=upload.data)
    if "form" in value:
        body = urlencode(_texts(value["form"], "form", place))
        made.append(("Content-Type", "application/x-www-form-urlencoded"))
    if "json" in value:
        body = _json_text(value["json"])
        if not any(name.lower() == "content-type" for name, _ in made):
            made.append(("Content-Type", "application/json"))
    return Request(method=method.upper(), path=path, headers=tuple(made), body=body or "")


def _upload(value: dict[str, Any], folder: Path, place: str) -> Upload | None:
    """What a request sends that sends files; None when it does not."""
    if "file" in value:
        if not isinstance(value["file"], str):
            raise wrong('"file" takes the path of a file', place)
        return one_file(folder / value["file"])
    if "files" not in value:
        return None
    files = value["files"]
    if not isinstance(files, dict) or not files:
        raise wrong('"files" takes a table: the name of a field, and the path of a file or a list of them', place)
    named = [(name, path) for name, each in files.items() for path in (each if isinstance(each, list) else [each])]
    if not all(isinstance(path, str) for _, path in named):
        raise wrong('"files" takes paths of files', place)
    return form(_texts(value.get("form", {}), "form", place), [(name, folder / path) for name, path in named])


def _texts(value: Any, name: str, place: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise wrong(f'"{name}" takes a table of texts', place)
    return {str(key): each if isinstance(each, str) else _json_text(each) for key, each in value.items()}


def _json_text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair has no other form than its escape
        return json.dumps(value)
    return text


def wrong(reason: str, place: str) -> SettingsInvalid:
    """The failure for a line of the user's data."""
    return SettingsInvalid(
        f"the file cannot be used: {reason}", where=place, next_step="correct it; docs/settings.md shows the form"
    )


_KEPT_HEADERS = ("content-type", "accept", "authorization", "x-api-key", "accept-language")
"""Headers of a recorded browser request that a service may look at; the rest belongs to the browser."""


def _of_har(text: str, path: Path) -> Iterator[Request]:
    """HAR 1.2 (the browsers' network recordings): calls to the service only, its pages and pictures left out."""
    try:
        entries = json.loads(text)["log"]["entries"]
        for number, entry in enumerate(entries, start=1):
            asked = entry["request"]
            url = urlsplit(asked["url"])
            headers = tuple(
                (each["name"], each["value"])
                for each in asked.get("headers", ())
                if each["name"].lower() in _KEPT_HEADERS
            )
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            sent = asked.get("postData") or {}
            if str(sent.get("mimeType", "")).startswith("multipart/form-data"):
                raise wrong(
                    "it sends a form with files, which a browser does not record: write it as a JSON line with files",
                    f"{path.name}, entry {number}",
                )
            body = sent.get("text") or ""
            yield request_of(
                {"method": asked["method"], "path": target, "headers": dict(headers), "body": body},
                f"{path.name}, entry {number}",
                path.parent,
            )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise wrong("it is no HAR file", path.name) from cause


def _of_curl(text: str, path: Path) -> Iterator[Request]:
    try:
        for number, value in curl.asked(text):
            yield request_of(value, f"{path.name}:{number}", path.parent)
    except curl.NoRequest as cause:
        raise wrong(str(cause), f"{path.name}:{cause.line}") from cause
