"""apt lines: which Debian packages the image gets."""

from __future__ import annotations

import re

from ..records import SystemInstall
from .runs import RunLine
from .wrappers import program

_TAKES_VALUE = ("-o", "--option", "-t", "--target-release", "--default-release", "-c", "--config-file")
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
        words = _words(line.argv)
        packages += [word for word in words[words.index("install") + 1 :] if not word.endswith(("-", ".deb"))]
        recommends = recommends or not _without_recommends(line.argv)
    if not packages:
        return None
    mounted = [mount.target for line in run for mount in line.mounts if mount.kind in ("cache", "tmpfs")]
    kept = not any(target.startswith(("/var/lib/apt", "/var/lib")) for target in mounted)
    removed = any(program(line.argv) == "rm" and any("/var/lib/apt" in word for word in line.argv) for line in run)
    return SystemInstall(
        packages=tuple(dict.fromkeys(re.split(r"[=/:]", word)[0] for word in packages)),
        recommends=recommends,
        keeps_lists=kept and not removed,
        line=run[0].line,
    )


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
    return program(line.argv) in ("apt-get", "apt", "aptitude") and "install" in _words(line.argv)


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
    return "--no-install-recommends" in argv or bool(
        re.search(r"Install-Recommends=(0|false|no)", joined, re.IGNORECASE)
    )
