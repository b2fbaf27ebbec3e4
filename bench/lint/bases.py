"""Stand-ins for the base images that Dockerfiles name, made of Debian's packages and the Python that runs this.

They hold the packages that jettison's table lists for the real ones, so that the full image has compilers and headers
and the slim one has not, and their sizes differ as those of the real ones do.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jettison.oci.base_images import base_image
from jettison.packages.debian import sources
from jettison.workspace import digest

from .images import Store

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_DEBIAN = {"debian:12": "bookworm", "debian:13": "trixie", "debian:13-slim": "trixie"}
_PYTHON = {f"python:{PYTHON}": "debian:13", f"python:{PYTHON}-slim": "debian:13-slim"}
"""What each stands on."""
_APT = """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
APT::AutoRemove::SuggestsImportant "false";
"""
"""As the official images set it: nothing downloaded stays, lists stay packed."""
_SLIM = (
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/groff/*",
    "path-exclude=/usr/share/lintian/*",
    "path-exclude=/usr/share/linda/*",
    "path-exclude=/usr/share/locale/*/LC_MESSAGES/*.mo",
)
"""As the slim ones set it, for whatever is installed later, too."""
_MERGED = ("--include=usr-is-merged", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr")
"""As in the official images; else bookworm gets `usrmerge`, and Perl with it."""
_LEFT_OUT = ("test", "idlelib", "site-packages", "__pycache__", "tests", "*.a", "config-*")
"""As the official images leave it out; pip is put in anew."""
_WITH_PYTHON = """\
FROM {debian}
RUN apt-get update && apt-get install -y --no-install-recommends {packages} && rm -rf /var/lib/apt/lists/*
COPY python /usr/local
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 PYTHON_VERSION={version}
RUN ldconfig && python{minor} -m ensurepip && cd /usr/local/bin && ln -sf python{minor} python \
 && ln -sf python{minor} python3 && ln -sf pip3 pip && ln -sf python{minor}-config python3-config; \
 find /usr/local -name __pycache__ -prune -exec rm -r {{}} +
CMD ["python3"]
"""


def made(store: Store, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of the stand-ins, with those that they stand on; what is not there yet is made.

    :param names: some of them; all when empty
    """
    key = digest(_WITH_PYTHON, _APT, _SLIM, _MERGED, sys.version)
    stamp = store.root / "bases"
    if not (stamp.is_file() and stamp.read_text() == key):
        store.cleared()
        stamp.write_text(key)
    wanted = set(names) or {*_DEBIAN, *_PYTHON}
    wanted |= {_PYTHON[name] for name in wanted if name in _PYTHON}
    for name, suite in _DEBIAN.items():
        if name in wanted and not store.has(name):
            _bootstrapped(store, name, suite)
    for name, debian in _PYTHON.items():
        if name in wanted and not store.has(name):
            _with_python(store, name, debian)
    return tuple(name for name in (*_DEBIAN, *_PYTHON) if store.has(name))


def _bootstrapped(store: Store, name: str, suite: str) -> None:
    """The smallest system of a suite in which apt works, from the mirror that this machine uses itself."""
    mirror = sources.mirror()
    signed = f"[signed-by={','.join(str(path) for path in mirror.keyrings)}]" if mirror.keyrings else ""
    lines = (
        f"deb {signed} {mirror.archive} {suite} main",
        f"deb {signed} {mirror.archive} {suite}-updates main",
        f"deb {signed} {mirror.security} {suite}-security main",
    )
    with tempfile.TemporaryDirectory() as folder:
        archive, settings = Path(folder) / "root.tar", Path(folder) / "docker-clean"
        settings.write_text(_APT)
        subprocess.run(
            [
                *("mmdebstrap", "--quiet", "--variant=minbase"),
                *(_MERGED if suite == "bookworm" else ()),
                f"--customize-hook=copy-in {settings} /etc/apt/apt.conf.d",
                '--customize-hook=rm -f "$1"/var/cache/apt/*.bin',
                *(f"--dpkgopt={option}" for option in (_SLIM if name.endswith("-slim") else ())),
                *(suite, str(archive), "-"),
            ],
            input="\n".join(lines),
            text=True,
            check=True,
            capture_output=True,
        )
        store.from_archive(name, archive)


def _with_python(store: Store, name: str, debian: str) -> None:
    row = base_image(name)
    assert row is not None
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _copied(folder / "python")
        text = _WITH_PYTHON.format(
            debian=debian, packages=" ".join(row.asked), version=sys.version.split()[0], minor=PYTHON
        )
        (folder / "Dockerfile").write_text(text)
        store.built(name, folder, folder / "Dockerfile")


def _copied(target: Path) -> None:
    """The Python that runs this, without what was installed into it."""
    prefix = Path(sys.base_prefix)
    library = Path(sysconfig.get_path("stdlib", vars={"base": str(prefix), "installed_base": str(prefix)}))
    shutil.copytree(
        library, target / "lib" / f"python{PYTHON}", ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True
    )
    shutil.copytree(prefix / "include" / f"python{PYTHON}", target / "include" / f"python{PYTHON}")
    (target / "bin").mkdir()
    shutil.copy2(prefix / "bin" / f"python{PYTHON}", target / "bin")
    for path in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy2(path, target / "lib", follow_symlinks=False)
