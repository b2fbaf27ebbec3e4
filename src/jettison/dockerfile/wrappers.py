"""Programs that only start another one, stepped over."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

# Programs, and how many words of their own come before the program that they start; options are stepped over first.
_SIMPLE = {
    "exec": 0, "nohup": 0, "time": 0, "command": 0, "sudo": 0, "tini": 0, "dumb-init": 0, "catatonit": 0, "setsid": 0,
    "gosu": 1, "su-exec": 1, "setpriv": 0, "stdbuf": 0, "nice": 0, "ionice": 0, "timeout": 1, "xvfb-run": 0,
    "opentelemetry-instrument": 0, "ddtrace-run": 0, "catchsegv": 0, "unbuffer": 0, "env": 0, "_entrypoint.sh": 0,
}  # fmt: skip
_TAKES_VALUE = {
    "sudo": ("-u", "-g"), "tini": ("-e", "-p"), "nice": ("-n",), "timeout": ("-k", "-s"),
    "setpriv": ("--reuid", "--regid"), "xvfb-run": ("-s", "--server-args", "-n"),
    "conda": ("-n", "--name", "-p", "--prefix", "--cwd"), "mamba": ("-n", "--name", "-p", "--prefix"),
    "micromamba": ("-n", "--name", "-p", "--prefix", "-r"), "opentelemetry-instrument": ("--traces_exporter",),
    "uv": ("--with", "--python", "-p", "--project", "--directory", "--env-file", "--extra", "--group", "--package",
           "--with-requirements", "--index", "--index-url", "--extra-index-url", "--no-group", "--only-group"),
    "poetry": ("-C", "--directory", "-P", "--project"),
}  # fmt: skip
_RUNNERS = (
    "conda",
    "mamba",
    "micromamba",
    "uv",
    "poetry",
    "pipenv",
    "pdm",
    "rye",
    "hatch",
    "pixi",
    "doppler",
    "infisical",
)


def program(argv: tuple[str, ...]) -> str:
    """The program's name: without folder, version and ``.exe``. ``/usr/bin/python3.11`` → ``python``."""
    return _name(argv[0]) if argv else ""


@lru_cache(maxsize=4096)
def _name(word: str) -> str:
    return re.sub(r"^(python|pip)3?(\.\d+)?$", r"\1", posixpath.basename(word).removesuffix(".exe"))


def unwrapped(argv: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The argument list behind all wrappers, and the variables that they set."""
    variables: list[tuple[str, str]] = []
    for _ in range(20):
        rest = _one(argv, variables)
        if rest is None or not rest:
            break
        argv = rest
    return argv, tuple(variables)


def _one(argv: tuple[str, ...], variables: list[tuple[str, str]]) -> tuple[str, ...] | None:
    """What one wrapper starts; None when the first word is no wrapper."""
    name = program(argv)
    if argv and re.fullmatch(r"[A-Za-z_]\w*=.*", argv[0], re.DOTALL):
        variable, _, value = argv[0].partition("=")
        variables.append((variable, value))
        return argv[1:]
    if name in _SIMPLE:
        return _after_options(name, argv[1:])[_SIMPLE[name] :]
    if name in _RUNNERS and "run" in argv[1:3]:
        return _after_options(name, argv[argv.index("run") + 1 :])
    if name == "newrelic-admin" and argv[1:2] == ("run-program",):
        return argv[2:]
    starts_others = name.endswith(".sh") or name in (
        "wait-for-it",
        "wait-for",
        "dockerize",
        "op",
        "chamber",
        "with-contenv",
    )
    return argv[argv.index("--") + 1 :] if starts_others and "--" in argv else None


def _after_options(name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return words[at + 1 :]
        at += 2 if words[at] in _TAKES_VALUE.get(name, ()) else 1
    return words[at:]
