"""Calls of uv, the installed resolver and installer, and its failures in words for a person.

uv sees the user's pip configuration and nothing else: its own configuration files and variables are kept away, so
that the same inputs give the same set. Addresses go through the environment, which other users cannot read, never
through the arguments.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import EnvironmentUnusable, IndexUnreachable, JettisonError, OutOfSpace, Unresolvable, Untrusted
from ..workspace import Workspace, space_for
from .index import IndexSettings, without_credentials


class SourceOnly(Unresolvable):
    """A distribution has no wheel for this Python and platform, only source."""

    def __init__(self, what: str, *, next_step: str, name: str) -> None:
        super().__init__(what, next_step=next_step)
        self.name = name


_LONGEST = 700
"""Characters of an explanation that a person still reads."""


def program() -> Path:
    """uv's binary.

    :raises EnvironmentUnusable: uv is not installed
    """
    import uv

    try:
        return Path(uv.find_uv_bin())
    except FileNotFoundError as cause:
        raise EnvironmentUnusable("uv's program is missing", next_step="pip install --force-reinstall uv") from cause


def environment(settings: IndexSettings, workspace: Workspace) -> dict[str, str]:
    """Variables for a call of uv: the process's own, with the settings in uv's terms."""
    foreign = ("UV_", "PIP_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and name not in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME")
    }
    kept |= {
        "UV_CACHE_DIR": str(workspace.root / "uv"),
        "UV_NO_CONFIG": "1",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": str(max(1, round(settings.timeout_seconds))),
        # One after the other, so that of two packages with the same file the same one wins every time.
        "UV_CONCURRENT_INSTALLS": "1",
        "NO_COLOR": "1",
    }
    links = [link for link in settings.find_links if "://" in link or Path(link).is_dir()]
    optional = {
        "UV_DEFAULT_INDEX": settings.index_url,
        "UV_INDEX": " ".join(settings.extra_index_urls),
        "UV_FIND_LINKS": ",".join(links),
        "UV_INSECURE_HOST": " ".join(settings.trusted_hosts),
        "SSL_CLIENT_CERT": settings.client_certificate,
    }
    if settings.certificate:
        optional["SSL_CERT_DIR" if Path(settings.certificate).is_dir() else "SSL_CERT_FILE"] = settings.certificate
    else:
        optional["UV_SYSTEM_CERTS"] = "1"
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY") if settings.proxy else ():
        kept.pop(name.lower(), None)
        optional[name] = settings.proxy
    return kept | {name: value for name, value in optional.items() if value}


def output(
    arguments: Sequence[str],
    *,
    settings: IndexSettings,
    workspace: Workspace,
    folder: Path,
    given: str = "",
    http_retries: int = 2,
) -> str:
    """What uv prints when run with these arguments in `folder`, with `given` on its standard input.

    :raises Unresolvable: no set of packages satisfies the requirements, or one of them is not a requirement
    :raises IndexUnreachable: an index does not answer, or refuses
    :raises Untrusted: a file has another digest than promised
    :raises OutOfSpace: the disk is full
    :raises EnvironmentUnusable: anything else that stops uv
    """
    variables = environment(settings, workspace) | {"UV_HTTP_RETRIES": str(http_retries)}
    no_index = ["--no-index"] if settings.no_index else []
    with space_for(workspace.root):
        workspace.root.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(program()), *arguments, *no_index],
        input=given,
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise failure(settings.redacted(done.stderr))
    return done.stdout


_KINDS: tuple[tuple[str, type[JettisonError], str, str], ...] = (
    (
        r"No space left on device|Disk quota exceeded",
        OutOfSpace,
        "the disk is full",
        "free some room (`jettison cache clear` frees jettison's own)",
    ),
    (
        r"[Hh]ash mismatch",
        Untrusted,
        "a package is not the one that was promised",
        "resolve again; if it stays so, the index serves changed files: ask who runs it",
    ),
    (
        r"\b(401 Unauthorized|403 Forbidden|407 Proxy)",
        IndexUnreachable,
        "the package index refuses",
        "check the credentials in pip's configuration or ~/.netrc (`pip config debug` shows what pip reads)",
    ),
    (
        r"Request failed|error sending request|Failed to fetch",
        IndexUnreachable,
        "the package index does not answer",
        "check the network and the proxy, or point pip's configuration at an index that you can reach",
    ),
    (
        r"No solution found",
        Unresolvable,
        "the requirements cannot be satisfied together",
        "change the pins, the index or the Python version ([service] python); `uv pip compile` tries the same file",
    ),
    (r"parse|invalid value", Unresolvable, "uv does not understand a requirement", "correct that line"),
    ("", EnvironmentUnusable, "uv could not do its work", "run `jettison doctor`"),
)
"""What uv's message says, the error that it is, what happened, what to do; the first that fits."""


def failure(message: str) -> JettisonError:
    """The error that uv's message tells of, in one or two sentences and with the next step."""
    said = _explanation(message)
    if only_source := re.search(r"Wheels are required for `([^`]+)`", message):
        return SourceOnly(
            f"the requirements cannot be satisfied with wheels alone: {said}",
            next_step=f"pin {only_source[1]} to a version that has a wheel for this Python",
            name=only_source[1],
        )
    kind, what, next_step = next(row[1:] for row in _KINDS if re.search(row[0], message))
    address = re.search(r"https?://[^\s`)]+", message)
    if kind is IndexUnreachable and address:
        where = without_credentials(address[0])
        return kind(f"{what}: {_last_cause(message)}", where=where, next_step=next_step)
    return kind(f"{what}: {said}", next_step=next_step)


def _last_cause(message: str) -> str:
    """What happened on the network, without the address that it happened at."""
    return re.sub(r" for url \(\S+\)", "", re.split(r"\b(?:cause|error):", message.strip())[-1]).strip()


def _explanation(message: str) -> str:
    """The causes that uv gives, without its drawing and without the formal end of its proof."""
    plain = re.sub(r"[^\x20-\x7e\n]+", " ", message)
    body, *hints = re.split(r"\bhint:", re.split(r"\berror:", plain, maxsplit=1)[-1])
    causes = re.split(r"\bcause:", body)
    said = " ".join((causes[1] if len(causes) > 1 else body).split())
    said = re.sub(r",? we can conclude that your requirements are unsatisfiable\.?$", "", said)
    said = re.sub(r"^Because (?=[^,]*$)", "", said)
    if hints:
        said = f"{said}. {' '.join(hints[0].split())}"
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST].rsplit(' ', 1)[0]} …"
