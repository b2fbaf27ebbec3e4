"""Command lines of the servers that carry Python web apps: which app, which port, how many workers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .wrappers import program

Variables = Mapping[str, str]

_FLAGS = frozenset(
    (
        "--preload", "--reload", "--no-reload", "--daemon", "-D", "--check-config", "--capture-output", "-R",
        "--enable-stdio-inheritance", "--spew", "--no-sendfile", "--disable-redirect-access-to-syslog",
        "--proxy-protocol", "--reuse-port", "--initgroups", "--suppress-ragged-eofs",
        "--do-handshake-on-connect", "--log-syslog", "--print-config", "--factory", "--proxy-headers",
        "--no-proxy-headers", "--no-access-log", "--access-log", "--use-colors", "--no-use-colors",
        "--no-server-header", "--no-date-header", "--server-header", "--date-header", "--debug", "--no-debug",
        "--with-threads", "--without-threads", "--debugger", "--no-debugger", "--call", "--expose-tracebacks",
        "--no-expose-tracebacks", "--ipv4", "--no-ipv4", "--ipv6", "--no-ipv6", "--master", "-M", "--vacuum",
        "--die-on-term", "--enable-threads", "--lazy-apps", "--need-app", "--single-interpreter", "--"
    )
)  # fmt: skip
"""Options of the servers that stand alone."""


@dataclass(frozen=True, kw_only=True)
class ServerCall:
    """A server, started on something."""

    server: str
    argv: tuple[str, ...]
    app: str | None = None
    """As the server takes it: ``main:app``, ``shop:create_app()``, ``main`` or ``app.py``."""
    script: str | None = None
    """The Python file that is run."""
    module: str | None = None
    """The module that ``python -m`` runs."""
    port: int | None = None
    host: str | None = None
    """The address that the command line or a variable names, as written; None when the server's default holds."""
    workers: int = 1
    threads: int = 1
    folders: tuple[str, ...] = ()
    """Where it looks for the app besides the working directory."""
    config: str | None = None
    """A configuration file in Python, or for uwsgi an ini file."""
    asgi: bool = False
    """It speaks ASGI to the app."""
    is_factory: bool = False
    directory: str | None = None
    """Where it runs, when that is not the working directory."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the Python program that is run gets: the words behind its script or module."""
        started = self.script or self.module
        return self.argv[self.argv.index(started) + 1 :] if started in self.argv else ()


@dataclass
class _Words:
    """Options and positional words of a command line."""

    options: dict[str, list[str]] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)

    def last(self, *names: str) -> str | None:
        found = [value for name in names for value in self.options.get(name, ())]
        return found[-1] if found else None

    def number(self, *names: str, default: int = 1) -> int:
        return _number(self.last(*names)) or default


def server_call(argv: tuple[str, ...], variables: Variables) -> ServerCall | None:
    """What a command line serves; None when it starts none of the servers that are known."""
    name = program(argv)
    if name == "python":
        return _python(argv, variables)
    reader = _READERS.get(name)
    return reader(argv, variables) if reader else None


def _split(words: tuple[str, ...], short: str = "") -> _Words:
    """Words as options and positionals: every option but the known flags takes a value; `short` are letters that may be
    written with their value behind them (``-w4``)."""
    found = _Words()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        name, equals, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            found.positional.append(word)
        elif word.startswith("--") and equals:
            found.options.setdefault(name, []).append(value)
        elif word in _FLAGS:
            found.options.setdefault(word, []).append("")
        elif len(word) > 2 and word[1] in short and not word.startswith("--"):
            found.options.setdefault(word[:2], []).append(word[2:].removeprefix("="))
        else:
            found.options.setdefault(word, []).append(words[at] if at < len(words) else "")
            at += 1
    return found


def port_of(address: str | None) -> int | None:
    """The port of ``0.0.0.0:8080``, ``:8080``, ``[::]:80``; None for a socket file."""
    match = re.search(r"(?:^|:)(\d{1,5})$", address or "")
    return int(match[1]) if match else None


def host_of(address: str | None) -> str | None:
    """The host of ``127.0.0.1:8080``; None for a bare port and for a socket file."""
    match = re.fullmatch(r"(?:\w+://)?(\[[^\]]*\]|[^:/\[\]]*)(:[^:]*)?", address or "")
    return match[1] or None if match and (match[2] or not match[1].isdigit()) else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _gunicorn(argv: tuple[str, ...], variables: Variables) -> ServerCall:
    extra = tuple(variables.get("GUNICORN_CMD_ARGS", "").split())
    words = _split((*extra, *argv[1:]), short="bwktcnume")
    worker = words.last("-k", "--worker-class") or ""
    default = _number(variables.get("WEB_CONCURRENCY")) or 1
    app = words.positional[0] if words.positional else None
    return ServerCall(
        server="gunicorn",
        argv=argv,
        app=app if app is None or ":" in app else f"{app}:application",
        port=port_of(words.last("-b", "--bind")) or _number(variables.get("PORT")),
        host=host_of(words.last("-b", "--bind")) or ("0.0.0.0" if "PORT" in variables else None),
        workers=words.number("-w", "--workers", default=default),
        threads=words.number("--threads"),
        folders=tuple(each for each in (words.last("--chdir"), words.last("--pythonpath")) if each),
        config=words.last("-c", "--config") or "./gunicorn.conf.py",
        asgi="uvicorn" in worker.lower() or "asgi" in worker.lower(),
    )


def _uvicorn(argv: tuple[str, ...], variables: Variables) -> ServerCall:
    words = _split(argv[1:])
    default = _number(variables.get("UVICORN_WORKERS") or variables.get("WEB_CONCURRENCY")) or 1
    folder = words.last("--app-dir")
    return ServerCall(
        server="uvicorn",
        argv=argv,
        app=words.positional[0] if words.positional else variables.get("UVICORN_APP"),
        port=_number(words.last("--port") or variables.get("UVICORN_PORT")) or 8000,
        host=words.last("--host") or variables.get("UVICORN_HOST"),
        workers=words.number("--workers", default=default),
        folders=(folder,) if folder else (),
        asgi=True,
        is_factory="--factory" in words.options,
    )


def _hypercorn(argv: tuple[str, ...], variables: Variables) -> ServerCall:
    words = _split(argv[1:], short="bwkc")
    app = words.positional[0] if words.positional else None
    return ServerCall(
        server="hypercorn",
        argv=argv,
        app=re.sub(r"^(asgi|wsgi):", "", app) if app else None,
        port=port_of(words.last("-b", "--bind")) or 8000,
        host=host_of(words.last("-b", "--bind")),
        workers=words.number("-w", "--workers"),
        asgi=not (app or "").startswith("wsgi:"),
    )


def _waitress(argv: tuple[str, ...], variables: Variables) -> ServerCall:
    words = _split(argv[1:])
    return ServerCall(
        server="waitress",
        argv=argv,
        app=words.positional[0] if words.positional else words.last("--app"),
        port=_number(words.last("--port")) or port_of(words.last("--listen")) or 8080,
        host=words.last("--host") or host_of(words.last("--listen")),
        threads=words.number("--threads", default=4),
        is_factory="--call" in words.options,
    )


def _flask(argv: tuple[str, ...], variables: Variables) -> ServerCall | None:
    words = _split(argv[1:], short="pAe")
    if words.positional[:1] != ["run"]:
        return None
    return ServerCall(
        server="flask",
        argv=argv,
        app=words.last("--app", "-A") or variables.get("FLASK_APP") or "",
        port=_number(words.last("--port", "-p") or variables.get("FLASK_RUN_PORT")) or 5000,
        host=words.last("--host", "-h") or variables.get("FLASK_RUN_HOST"),
    )


def _fastapi(argv: tuple[str, ...], variables: Variables) -> ServerCall | None:
    words = _split(argv[1:])
    if words.positional[:1] not in (["run"], ["dev"]):
        return None
    entry = words.last("--entrypoint", "-e")
    named = words.last("--app")
    return ServerCall(
        server="fastapi",
        argv=argv,
        app=entry or (f":{named}" if named else None),
        script=words.positional[1] if len(words.positional) > 1 else "" if not entry else None,
        port=_number(words.last("--port") or variables.get("PORT")) or 8000,
        host=words.last("--host"),
        workers=words.number("--workers"),
        asgi=True,
    )


def _uwsgi(argv: tuple[str, ...], variables: Variables) -> ServerCall:
    words = _split(argv[1:], short="pws")
    return uwsgi_call(words.options, argv, words.positional)


def uwsgi_call(options: Mapping[str, list[str]], argv: tuple[str, ...], positional: list[str]) -> ServerCall:
    """uwsgi's options, from its command line or its ini file."""
    words = _Words(options={name.lstrip("-"): values for name, values in options.items()})
    module, file = words.last("module", "w", "wsgi"), words.last("wsgi-file", "file")
    variable = words.last("callable") or "application"
    app = module or file
    ini = words.last("ini") or next((each for each in positional if each.endswith(".ini")), None)
    return ServerCall(
        server="uwsgi",
        argv=argv,
        app=app if app is None or ":" in app else f"{app}:{variable}",
        port=port_of(words.last("http", "http-socket", "http11-socket", "socket", "s")),
        workers=words.number("processes", "p", "workers"),
        threads=words.number("threads"),
        folders=tuple(each for each in (words.last("chdir"), words.last("pythonpath"), words.last("pp")) if each),
        config=ini,
    )


def _python(argv: tuple[str, ...], variables: Variables) -> ServerCall | None:
    at = 1
    while at < len(argv) and argv[at].startswith("-") and argv[at] not in ("-m", "-c", "-"):
        at += 2 if argv[at] in ("-W", "-X") else 1
    if at >= len(argv) or argv[at] in ("-c", "-"):
        return None
    if argv[at] == "-m":
        module = argv[at + 1] if at + 1 < len(argv) else ""
        inner = server_call((module, *argv[at + 2 :]), variables) if module in _READERS else None
        if inner is not None:
            return replace(inner, argv=argv)
        return ServerCall(server="python", argv=argv, module=module) if module else None
    is_file = argv[at].endswith(".py") or "/" in argv[at]
    return ServerCall(server="python", argv=argv, script=argv[at]) if is_file else None


_READERS: dict[str, Callable[[tuple[str, ...], Variables], ServerCall | None]] = {
    "gunicorn": _gunicorn,
    "uvicorn": _uvicorn,
    "hypercorn": _hypercorn,
    "waitress-serve": _waitress,
    "waitress": _waitress,
    "flask": _flask,
    "fastapi": _fastapi,
    "uwsgi": _uwsgi,
}
