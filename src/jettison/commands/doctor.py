"""``jettison doctor``: what this machine can do, and what to install."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from . import arguments

NAME = "doctor"
SUMMARY = "what this machine can do, and what to install"
EXAMPLES = """\
  jettison doctor
  jettison doctor --json"""

_ROOM = 6_000_000_000
"""An original's environment, its downloads and an image."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that jettison needs or can use."""

    name: str
    fine: bool
    what: str
    needed_for: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Look and print; 1 when something is missing."""
    findings = list(_findings())
    if options.json:
        print(json.dumps([vars(each) for each in findings], indent=1))
    else:
        for each in findings:
            print(f"{'ok ' if each.fine else 'NO '} {each.name:<16} {each.what}")
            if not each.fine:
                print(f"    {'':<16} needed for: {each.needed_for}")
    return 0 if all(each.fine for each in findings) else 1


def _findings() -> Iterator[Finding]:
    yield _machine()
    yield _kernels()
    yield _runner()
    yield _emulator()
    yield _signatures()
    yield _mirror()
    yield _index()
    yield _room()


def _machine() -> Finding:
    from jettison.machine import host, kinds

    found = host()
    quota = "no quota" if found.quota is None else f"a quota of {found.quota:.2f}"
    what = (
        f"{found.cpu}, {found.cores} cores ({quota}), {found.memory_bytes / 1e9:.1f} GB, 8-bit kernels of"
        f" {' and '.join(kinds(found.flags)) or 'no known kind'}; {', '.join(found.flags) or 'no flags'}"
    )
    return Finding(name="machine", fine=sys.platform == "linux", what=what, needed_for="running images (Linux only)")


def _kernels() -> Finding:
    from jettison.convert.kernels import block_product_speed

    speeds = {bits: block_product_speed(bits) for bits in (8, 4)}
    what = ", ".join(f"{bits}-bit blocks {speed:.1f} times plain floats" for bits, speed in speeds.items())
    return Finding(
        name="kernels", fine=all(speed > 1 for speed in speeds.values()), what=what, needed_for="the block forms"
    )


def _runner() -> Finding:
    from jettison.sandbox import container

    working = [runner.NAME for runner in container.RUNNERS if container.refusal(runner) is None]
    what = ", ".join(working) or "none works: apt-get install bubblewrap"
    return Finding(name="image runner", fine=bool(working), what=what, needed_for="measuring and proving")


def _emulator() -> Finding:
    from jettison.convert.fleet import emulator

    _, version = emulator()
    what = f"qemu-x86_64 {version}" if version else "by emulation of their sums alone: apt-get install qemu-user"
    return Finding(name="other CPUs", fine=True, what=what, needed_for="running a model as a CPU of target.cpu")


def _signatures() -> Finding:
    found = [name for name in ("gpgv", "sqv") if shutil.which(name)]
    what = ", ".join(found) or "neither gpgv nor sqv: apt-get install gpgv"
    return Finding(name="signatures", fine=bool(found), what=what, needed_for="the Debian base image")


def _mirror() -> Finding:
    from jettison.errors import JettisonError
    from jettison.packages.debian import mirror

    try:
        found = mirror()
        what, fine = f"{found.distribution} {found.suite}, from the system's sources or JETTISON_DEBIAN_MIRROR", True
    except JettisonError as cause:
        what, fine = f"{cause.what}; {cause.next_step}", False
    return Finding(name="Debian mirror", fine=fine, what=what, needed_for="the Debian base image")


def _index() -> Finding:
    from jettison.packages.index import index_settings
    from jettison.packages.uv import program

    settings = index_settings()
    named = {
        "an index of your own": bool(settings.index_url),
        "further indexes": bool(settings.extra_index_urls),
        "find-links": bool(settings.find_links),
        "no index": settings.no_index,
        "a proxy": bool(settings.proxy),
    }
    found = ", ".join(name for name, is_set in named.items() if is_set) or "nothing but the default index"
    what = f"uv at {program()}; pip's configuration is followed: {found}"
    return Finding(name="packages", fine=True, what=what, needed_for="weighing and environments")


def _room() -> Finding:
    root = arguments.workspace().root
    place = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    return Finding(
        name="disk",
        fine=free > _ROOM,
        what=f"{free / 1e9:.1f} GB free at {place}",
        needed_for=f"environments and images ({_ROOM / 1e9:.0f} GB)",
    )
