"""Recorded requests: JSON lines, HAR files of a browser, curl command lines."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import SettingsInvalid
from ..records import Request

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
    return tuple(request_of(value, f"{path.name}:{number}") for number, value in json_lines(text, path))


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


def request_of(value: dict[str, Any], place: str) -> Request:
    """A request written as ``{"method", "path", "json" or "body", "headers"}``.

    :raises SettingsInvalid: it has no path, or a value of the wrong type.
    """
    method, path = value.get("method", "POST" if "json" in value or "body" in value else "GET"), value.get("path")
    headers, body = value.get("headers", {}), value.get("body")
    if not isinstance(path, str) or not path.startswith("/"):
        raise wrong('it has no "path" that begins with a slash', place)
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise wrong(f'its "method" is none of {", ".join(_METHODS)}', place)
    if not isinstance(headers, dict) or not isinstance(body, (str, type(None))):
        raise wrong('"headers" takes a table of texts, "body" a text', place)
    if "json" in value and body is not None:
        raise wrong('it has both "json" and "body"', place)
    made = [(str(name), str(each)) for name, each in headers.items()]
    if "json" in value:
        body = _json_text(value["json"])
        if not any(name.lower() == "content-type" for name, _ in made):
            made.append(("Content-Type", "application/json"))
    return Request(method=method.upper(), path=path, headers=tuple(made), body=body or "")


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
            body = (asked.get("postData") or {}).get("text") or ""
            yield request_of(
                {"method": asked["method"], "path": target, "headers": dict(headers), "body": body},
                f"{path.name}, entry {number}",
            )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise wrong("it is no HAR file", path.name) from cause


def _of_curl(text: str, path: Path) -> Iterator[Request]:
    """One ``curl`` command a line, continued with backslashes."""
    for number, line in _shell_lines(text):
        place = f"{path.name}:{number}"
        try:
            words = shlex.split(line, comments=True)
        except ValueError as cause:
            raise wrong("its quotes do not close", place) from cause
        if words[:1] == ["curl"]:
            yield _of_words(words[1:], place)


def _shell_lines(text: str) -> Iterator[tuple[int, str]]:
    waiting, first = "", 0
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        first = first or number
        waiting += raw.removesuffix("\\") + "\n"
        if not raw.endswith("\\"):
            if waiting.strip():
                yield first, waiting
            waiting, first = "", 0


def _of_words(words: list[str], place: str) -> Request:
    method, url, headers, body = "", "", {}, None
    at = 0
    while at < len(words):
        word, value = words[at], words[at + 1] if at + 1 < len(words) else ""
        name, equals, behind = word.partition("=")
        if word.startswith("--") and equals:
            word, value, at = name, behind, at - 1
        at += 2
        if word in ("-X", "--request"):
            method = value
        elif word in ("-H", "--header"):
            key, _, text = value.partition(":")
            headers[key.strip()] = text.strip()
        elif word in ("-d", "--data", "--data-raw", "--data-ascii", "--json", "--data-binary"):
            if value.startswith("@"):
                raise wrong("it sends a file; write the body out, or use JSON lines", place)
            body = value if body is None else f"{body}&{value}"
            default = "application/json" if word == "--json" else "application/x-www-form-urlencoded"
            headers.setdefault("Content-Type", default)
        elif word in ("-F", "--form"):
            raise wrong("it sends a form with files; write the request as JSON lines with a body", place)
        elif word in (
            "-o",
            "--output",
            "-u",
            "--user",
            "-m",
            "--max-time",
            "-A",
            "--user-agent",
            "--url",
            "-w",
            "-b",
            "-e",
        ):
            url = value if word == "--url" else url
        else:
            at -= 1
            url = word if not word.startswith("-") else url
    split = urlsplit(url if "://" in url else f"http://{url}")
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    asked: dict[str, Any] = {
        "method": method or ("POST" if body is not None else "GET"),
        "path": target,
        "headers": headers,
    }
    return request_of(asked if body is None else {**asked, "body": body}, place)
