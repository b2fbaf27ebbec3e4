"""The command line of a server: flags, for each of them an environment variable, and the certificate beneath."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import NAME as MANIFEST
from jettison_runtime.manifest import read
from jettison_server.memory import memory_limit_bytes

from .settings import CERTIFIED, MB, Settings, name_of

_UNITS = {"": 1, "B": 1, "KB": 1000, "MB": MB, "GB": 1000 * MB, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
MODEL_UNREADABLE, MACHINE_UNUSABLE = 13, 23
"""Exit codes, those of jettison's docs/exit-codes.md."""
EXAMPLES = """\
examples:
  python -m jettison_runtime.serving model                       # on port 8080, limits as certified
  python -m jettison_runtime.serving model --port 0              # on a free port; the log names it
  python -m jettison_runtime.serving model --max-body 4MB --max-rows 16 --max-queue 32
  python -m jettison_runtime.serving model --grpc-port 9001      # and gRPC beside HTTP
  JETTISON_TIMEOUT=2 PORT=9000 python -m jettison_runtime.serving model

  curl localhost:8080/v2/models/NAME                             # what it takes and gives
  curl localhost:8080/v2/models/NAME/infer --json '{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1],
       "data": ["a text"]}]}'

Every flag is also an environment variable: --max-body is JETTISON_MAX_BODY; a flag wins over it, and it over the
certificate in the model's manifest. --port is PORT too. /metrics is for Prometheus, /v2/health/ready for the platform.

exit codes: 0 ended when told to; 2 wrong usage; 13 the model is missing or damaged; 23 too little memory, or the port
is taken; 24 an inference hung.
"""


def size(text: str) -> int:
    """Bytes of a size: ``16MB``, ``64MiB``, ``1000000``."""
    number = text.rstrip("BKMGibkmg")
    try:
        found = int(float(number) * _UNITS[text[len(number) :].upper()])
    except (KeyError, ValueError, OverflowError):
        found = -1
    if found < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 16MB")
    return found


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return int(text)


def _name(text: str) -> str:
    if text != name_of(text):
        raise argparse.ArgumentTypeError(f"{text!r} cannot stand in a path: letters, digits, dots, dashes")
    return text


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return number


def _switch(text: str) -> bool:
    if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no")
    return text.lower() in ("1", "true", "yes")


FLAGS: tuple[tuple[str, str, Callable[[str], Any], str], ...] = (
    ("host", "host", str, "address to listen on; all of them where none is named"),
    ("port", "port", _port, "port to listen on; 0: a free one"),
    ("grpc-port", "grpc_port", _port, "port for gRPC beside HTTP; 0: a free one; needs jettison-runtime[grpc]"),
    ("name", "name", _name, "what clients call the model; as the manifest says where none is given"),
    ("threads", "threads", _count, "CPU threads for one inference; by the container's quota"),
    ("batch-rows", "batch_rows", _count, "rows of several requests computed together; measured at start; 1: never"),
    ("max-body", "max_body_bytes", size, "largest body"),
    ("max-rows", "max_rows", _count, "most rows (texts, pictures) of a request"),
    ("max-pixels", "max_pixels", _count, "largest picture, before it is decoded"),
    ("max-sound", "max_sound_seconds", _seconds, "longest sound"),
    ("max-queue", "max_queue", _count, "requests that may wait; more are answered 429"),
    ("max-held", "max_held_bytes", size, "bytes of all bodies together; more are answered 503"),
    ("max-age", "max_age_seconds", _seconds, "how long a request may wait for the model; then 503"),
    ("max-connections", "max_connections", _count, "open connections"),
    ("timeout", "timeout_seconds", _seconds, "deadline, then 504; a client may ask for an earlier one"),
    ("read", "read_seconds", _seconds, "time within which a request arrives whole; then 408"),
    ("keep-alive", "keep_alive_seconds", _seconds, "how long an idle connection stays open"),
    ("grace", "grace_seconds", _seconds, "how long requests are still taken after SIGTERM"),
    ("drain", "drain_seconds", _seconds, "how long they may go on after that"),
    ("hang", "hang_seconds", _seconds, "how long past its deadline an inference is a hang, which ends the process"),
    ("needs", "needed_bytes", size, "memory that it needs; it does not start under a smaller limit"),
    ("allow-nonfinite", "allow_nonfinite", _switch, "take NaN and infinities in binary tensors"),
    ("log-requests", "log_requests", _switch, "a line of the log for every request"),
)
"""Name, field of `Settings`, how it is read, and what it is for."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    usual = {each.name: each.default for each in fields(Settings)}
    for name, field, reader, text in FLAGS:
        default = usual[field]
        shown = f" [{_shown(default, reader)}]" if default not in ("", None, 0) or default is False else ""
        parser.add_argument(f"--{name}", dest=field, type=reader, metavar=_METAVARS[reader], help=text + shown)


def settings(folder: Path, given: Mapping[str, Any], *, environment: Mapping[str, str]) -> Settings:
    """Flags over the environment over the model's certificate over what is usual.

    :param given: fields of `Settings`; None where a flag was not given.
    :raises ModelFolderError: the folder is no converted model.
    :raises argparse.ArgumentTypeError: an environment variable that cannot be read.
    """
    values: dict[str, Any] = {name: each for name, each in read(folder).certificate.items() if name in CERTIFIED}
    if any(type(each) is not int or each < 1 for each in values.values()):
        raise ModelFolderError(f"{folder / MANIFEST} is damaged (a certificate of {values}): convert the model again")
    variables: list[tuple[str, str, Callable[[str], Any]]] = [("PORT", "port", _port)]
    variables += [(f"JETTISON_{name.upper().replace('-', '_')}", field, reader) for name, field, reader, _ in FLAGS]
    for variable, field, reader in variables:
        if environment.get(variable):
            try:
                values[field] = reader(environment[variable])
            except (argparse.ArgumentTypeError, ValueError) as cause:
                raise argparse.ArgumentTypeError(f"{variable}: {cause}") from cause
    for _, field, _, _ in FLAGS:
        if given.get(field) is not None:
            values[field] = given[field]
    return Settings(folder=folder, **values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a model folder until told to stop; gives back the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m jettison_runtime.serving",
        description="Serve a converted model: Open Inference Protocol v2, one process, bounded in every way.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        default=os.environ.get("JETTISON_MODEL"),
        help="what `jettison convert` wrote; or $JETTISON_MODEL",
    )
    configure(parser)
    options = parser.parse_args(arguments)
    if options.folder is None:
        parser.error("FOLDER is missing")
    return served(options.folder, vars(options))


def served(folder: Path, given: Mapping[str, Any]) -> int:
    """Serve until told to stop, or say on stderr why not; gives back the exit code."""
    try:
        found = settings(Path(folder), given, environment=os.environ)
    except ModelFolderError as cause:
        return _refused(str(cause), MODEL_UNREADABLE)
    except (argparse.ArgumentTypeError, ValueError) as cause:
        return _refused(str(cause), 2)
    limit = memory_limit_bytes()
    if limit is not None and limit < found.needed_bytes:
        return _refused(
            f"this model needs {-(-found.needed_bytes // MB)} MB, and the container allows {limit // MB} MB: "
            "raise the limit, or serve a smaller form",
            MACHINE_UNUSABLE,
        )
    if found.grpc_port is not None and find_spec("grpc") is None:
        return _refused("gRPC needs a package that is not here: pip install 'jettison-runtime[grpc]'", 2)
    from .process import run

    return run(found)


def _refused(why: str, code: int) -> int:
    sys.stderr.write(f"jettison serve: {why}\n")
    return code


_METAVARS: dict[Callable[[str], Any], str] = {
    str: "TEXT",
    _name: "TEXT",
    _port: "N",
    _count: "N",
    size: "SIZE",
    _seconds: "SECONDS",
    _switch: "YES|NO",
}


def _shown(value: Any, reader: Callable[[str], Any]) -> str:
    if reader is _switch:
        return "yes" if value else "no"
    return f"{value // MB}MB" if reader is size else str(value) if isinstance(value, int) else f"{value:g}"
