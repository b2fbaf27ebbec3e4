"""apt lines: which Debian packages the image gets."""

from __future__ import annotations

import re

from ..records import SystemInstall
from .runs import RunLine
from .wrappers import program

_TAKES_VALUE = ("-o", "--option", "-t", "--target-release", "--default-release", "-c", "--config-file")
_APT = ("apt-get", "apt", "aptitude")
_LISTS = re.compile(r"/var/lib/(\{[^}]*\b)?apt(/lists(/.*)?|/\*|[,}].*)?/?$|/var/lib/apt\b")
_OTHER_MANAGERS = ("apk", "yum", "dnf", "microdnf", "zypper", "pacman", "tdnf")
_DOWNLOADS = re.compile(
    r"\b(from_pretrained|pipeline|snapshot_download|hf_hub_download|download|downloader|load_model)\b"
)


def system_install(run: tuple[RunLine, ...]) -> SystemInstall | None:
    """The packages that one RUN installs; None when it installs none."""
    packages: list[str] = []
    recommends = False
    for line in run:
        if not line.always or not _is_install(line):
            continue
        packages += packages_of(line)
        recommends = recommends or not _without_recommends(line.argv)
    if not packages:
        return None
    return SystemInstall(
        packages=tuple(dict.fromkeys(packages)),
        recommends=recommends,
        keeps_lists=_keeps_lists(run),
        line=run[0].line,
    )


def packages_of(line: RunLine) -> tuple[str, ...]:
    """The packages that one command installs with apt, without versions; those in files are not among them."""
    if not _is_install(line):
        return ()
    words = _words(line.argv)
    named = [word for word in words[words.index("install") + 1 :] if not word.endswith(("-", ".deb"))]
    return tuple(re.split(r"[=/:]", word)[0] for word in named)


def takes_recommends(line: RunLine) -> bool:
    """Whether a command installs packages with apt and what they recommend, without asking for that by name."""
    if not _is_install(line) or "--install-recommends" in line.argv:
        return False
    words = _words(line.argv)
    return bool(words[words.index("install") + 1 :]) and not _without_recommends(line.argv)


def leaves_lists(run: tuple[RunLine, ...]) -> bool:
    """Whether one RUN fetches apt's package lists and leaves them in its layer."""
    updates = [index for index, line in enumerate(run) if is_update(line)]
    return bool(updates) and _keeps_lists(run[updates[-1] :])


def needs_lists(run: tuple[RunLine, ...]) -> bool:
    """Whether one RUN installs with apt from lists that an earlier one fetched."""
    first = next((line for line in run if is_update(line) or _is_install(line)), None)
    return first is not None and _is_install(first)


def is_update(line: RunLine) -> bool:
    """``apt-get update``, in any spelling."""
    return program(line.argv) in _APT and _words(line.argv)[:1] == ["update"]


def removes_lists(line: RunLine) -> bool:
    """``rm -rf /var/lib/apt/lists/*``, in any of the spellings that are in use."""
    name = program(line.argv)
    if name in _APT:
        return "distclean" in line.argv
    return name in ("rm", "find") and any(_LISTS.search(word) for word in line.argv[1:])


def _keeps_lists(run: tuple[RunLine, ...]) -> bool:
    mounted = [mount.target for line in run for mount in line.mounts if mount.kind in ("cache", "tmpfs")]
    if any(_LISTS.fullmatch(target) or target in ("/var", "/var/lib") for target in mounted):
        return False
    return not any(removes_lists(line) for line in run)


def other_manager(line: RunLine) -> str | None:
    """The package manager of another family that the line calls to install; None for any other line."""
    name = program(line.argv)
    return name if name in _OTHER_MANAGERS and {"add", "install", "-S"} & {*line.argv[1:4]} else None


def download(line: RunLine) -> str | None:
    """The program that brings files from the network into the image and is no installer; None for any other line."""
    name, words = program(line.argv), line.argv[1:]
    text = " ".join(words)
    if name in ("wget", "curl", "aria2c", "gdown") and "://" in text:
        return name
    if (name, words[:1]) in (("git", ("clone",)), ("hf", ("download",)), ("huggingface-cli", ("download",))):
        return f"{name} {words[0]}"
    is_code = name == "python" and words[:1] in (("-c",), ("-m",))
    return "python" if is_code and _DOWNLOADS.search(text) else None


def _is_install(line: RunLine) -> bool:
    return program(line.argv) in _APT and "install" in _words(line.argv)


def _words(argv: tuple[str, ...]) -> list[str]:
    """The words that are neither options nor their values; unknown variables are left out."""
    found: list[str] = []
    at = 1
    while at < len(argv):
        if argv[at] in _TAKES_VALUE:
            at += 1
        elif not argv[at].startswith(("-", "$")):
            found.append(argv[at])
        at += 1
    return found


def _without_recommends(argv: tuple[str, ...]) -> bool:
    joined = " ".join(argv)
    return bool({"--no-install-recommends", "--without-recommends"} & {*argv}) or bool(
        re.search(r"Install-Recommends=(0|false|no)", joined, re.IGNORECASE)
    )
