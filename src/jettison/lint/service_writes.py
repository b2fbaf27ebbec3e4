"""Where the service's own code writes: another user than root may do so in few places."""

from __future__ import annotations

from .builds import Build
from .code import Call, code_of
from .project import Project

_MAKES = ("makedirs", "mkdir", "FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler")
_FOR_ALL = ("/tmp", "/var/tmp", "/dev/", "~", "/home/")


def written_by_service(project: Project, build: Build) -> str:
    """The first place where the code writes that is not there for every user, in a clause; empty when none is seen."""
    for file, call in code_of(project, build).calls:
        path = _written(call)
        if path is not None and not path.startswith(_FOR_ALL) and "tempfile" not in file.imports:
            return f"{file.path}:{call.line} writes {path or 'files'}, which the user must be able to"
    return ""


def _written(call: Call) -> str | None:
    """The path that a call writes, as far as it is a plain text; None for a call that writes nothing."""
    path = call.texts[0] if call.texts else ""
    if call.function in _MAKES:
        return path
    if call.function == "open" and path:
        mode = call.texts[1] if len(call.texts) > 1 else dict(call.named).get("mode", "")
        return path if set(mode) & set("wax+") else None
    return path if call.name == "sqlite3.connect" and path and ":memory:" not in path else None
