"""The default base: a Python root file system made of Debian or Ubuntu packages.

The method: choose the Python, and with it the suite; close over the dependencies of a short list; leave out
what only maintainer scripts call; lay the files out with ``/usr`` merged; make by hand what the scripts would
have made. Every package is checked against the archive's signature, and all are written into a lock.
"""

from __future__ import annotations

from pathlib import Path

from ... import oci
from ...oci import Compression, History
from ...packages import debian
from ...packages.debian import DebianPackage, deb
from ...records import Blueprint, Progress, Steps
from ...workspace import Workspace, digest
from ..layering import stored_layer
from ..root import Root
from ..rootfs import made_files, rules
from ..rootfs.base_lock import BaseLock, lock_bytes, locked, packages_of, read_lock
from ..rootfs.extract import extracted, merge_usr
from ..rootfs.suites import nearest

NAME = "debian"
_CERTIFICATES = "usr/share/ca-certificates"


def fits(base: str) -> bool:
    """The base is named, or none is."""
    return base in ("", NAME)


def root(blueprint: Blueprint, workspace: Workspace, compression: Compression) -> Steps[Root]:
    """The base with the Python that the blueprint asks for, or the nearest.

    :raises Untrusted: a signature or digest does not hold
    :raises IndexUnreachable: no mirror answers, or it no longer has a locked package
    :raises EnvironmentUnusable: this machine knows no mirror
    """
    mirror = debian.mirror()
    if blueprint.base_lock:
        lock = read_lock(blueprint.base_lock, blueprint.architecture)
        packages = packages_of(lock, mirror)
        differs = f"the service asks for Python {blueprint.python}, the base lock holds {lock.python}"
        notes = [differs] if lock.python != blueprint.python else []
    else:
        suite, note = nearest(blueprint.python, mirror.distribution)
        catalogue = yield from debian.catalogue(suite.codename, blueprint.architecture, workspace)
        packages = catalogue.closure(rules.wanted(suite.python), already=frozenset(rules.LEFT_OUT))
        lock = locked(catalogue, packages, mirror, suite.python)
        notes = [*([note] if note else []), *catalogue.notes]
    folder = yield from _folder(lock, packages, workspace)
    stored = yield from stored_layer(oci.tree(folder), workspace, name="runtime", compression=compression)
    label = f"{lock.distribution.title()} {lock.suite}, {len(packages)} packages"
    time = oci.timestamp()
    return Root(
        folder=folder,
        blobs=stored.blobs,
        layers=(stored.layer,),
        history=(History(created=time, created_by="jettison pack", comment=f"runtime: {label}"),),
        python=lock.python,
        executable=f"usr/bin/python{lock.python}",
        site=f"usr/local/lib/python{lock.python}/dist-packages",
        standard_library=f"usr/lib/python{lock.python}",
        libc=next(package.version.partition("-")[0] for package in packages if package.name == "libc6"),
        environment=(("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LANG", "C.UTF-8")),
        label=label,
        notes=tuple(notes),
        lock=lock_bytes(lock),
    )


def _folder(lock: BaseLock, packages: tuple[DebianPackage, ...], workspace: Workspace) -> Steps[Path]:
    """The unpacked root, made once for the same packages and rules."""
    key = digest(
        rules.VERSION,
        rules.UNNEEDED_FILES,
        lock.python,
        [(package.name, package.sha256) for package in packages],
    )

    def make(folder: Path) -> Steps[None]:
        kept = []
        for position, package in enumerate(packages):
            yield Progress(step="base", done=position, total=len(packages), note=package.name)
            file = yield from debian.fetched(package, workspace)
            kept.append((package.name, deb.control(file), extracted(file, folder, _is_wanted)))
        _complete(folder, lock.python, kept)

    return (yield from workspace.folder("roots", key, make))


def _is_wanted(path: str) -> bool:
    """What the image keeps, and the certificates until they are one bundle."""
    return rules.is_needed(path) or path.startswith(_CERTIFICATES)


def _complete(folder: Path, python: str, kept: list[tuple[str, str, tuple[str, ...]]]) -> None:
    certificates = [path for path in (folder / _CERTIFICATES).rglob("*.crt") if path.is_file()]
    made_files.certificate_bundle(folder, certificates)
    for path in sorted((folder / _CERTIFICATES).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (folder / _CERTIFICATES).rmdir()
    merge_usr(folder)
    made_files.accounts_and_folders(folder)
    made_files.python_names(folder, python)
    listed = [(name, control, tuple(filter(rules.is_needed, paths))) for name, control, paths in kept]
    made_files.package_database(folder, listed)
