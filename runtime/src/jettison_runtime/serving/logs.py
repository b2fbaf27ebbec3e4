"""JSON lines to stdout, written by a thread of their own: a reader that has stopped reading stops nothing else."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections import deque
from typing import Any

import orjson

_KEPT_LINES = 1024
_PAUSE_SECONDS = 0.05
"""Lines of that time are written in one go."""


class Log:
    """Lines that wait to be written; when too many wait, new ones are counted and dropped."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._lines: deque[dict[str, Any] | str] = deque()
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self.dropped = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def line(self, event: str, **facts: Any) -> None:
        """Say that something happened; never waits."""
        self._take({"time": time.time(), "event": event, **facts})

    def request(self, method: str, route: str, status: int, ms: float) -> None:
        """Say that a request was answered; as `line`, written as it stands: one that comes a thousand times a second.

        :param method: as `route`, one of a few words of ours, which need no escape.
        """
        moment = _moment(time.time())
        self._take(
            f'{{"time":"{moment}","event":"request","method":"{method}","route":"{route}","status":{status},"ms":{ms}}}\n'
        )

    def _take(self, line: dict[str, Any] | str) -> None:
        if len(self._lines) >= _KEPT_LINES:
            self.dropped += 1
            return
        self._lines.append(line)
        if not self._wake.is_set():
            self._idle.clear()
            self._wake.set()

    def flush(self, seconds: float = 1.0) -> None:
        """Give the lines so far a moment to be written: before the process ends."""
        self._idle.wait(seconds)

    def _write(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(_PAUSE_SECONDS)
            self._wake.clear()
            pieces = []
            while self._lines:
                pieces.append(_written(self._lines.popleft()))
            rest = memoryview(b"".join(pieces))
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:  # stdout is closed, or its reader gone: there is nobody to tell
                self.dropped += len(pieces)
            if not self._wake.is_set():
                self._idle.set()


def _written(facts: dict[str, Any] | str) -> bytes:
    """One line."""
    if isinstance(facts, str):
        return facts.encode()
    facts["time"] = _moment(facts["time"])
    try:
        return orjson.dumps(facts, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a text that is no Unicode, out of an error's message
        return orjson.dumps({name: ascii(value) for name, value in facts.items()}, option=orjson.OPT_APPEND_NEWLINE)


def _moment(seconds: float) -> str:
    """RFC 3339, in UTC, with milliseconds."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03d}Z"


@functools.lru_cache(maxsize=2)
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
