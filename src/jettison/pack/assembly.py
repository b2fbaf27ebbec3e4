"""From a blueprint to an image: base, libraries, model, app, a layer each, without daemon or root."""

from __future__ import annotations

from pathlib import Path

from .. import oci
from ..errors import SettingsInvalid
from ..oci import Compression, Config, History, Platform
from ..oci.values import Pairs
from ..records import Blueprint, Image, Progress, Steps
from ..workspace import Workspace, output_folder
from .bases import BASES
from .contents import Contents, contents
from .layering import StoredLayer, copied_blob, descriptor, inside, stored_layer
from .libraries import libraries
from .outputs import ALWAYS, BASE_LOCK, LAYOUT, PRUNED_FILES, REQUIREMENTS_LOCK, UNLESS_SET
from .root import Root

_CODE_LEVEL = {"gzip": 9, "zstd": 19, "none": 0}
_WEIGHTS_LEVEL = {"gzip": 6, "zstd": 3, "none": 0}
"""Weights are nearly random: a higher level costs minutes and gains a third of a percent."""


def image(blueprint: Blueprint, workspace: Workspace, into: Path) -> Steps[Image]:
    """Write the image as an OCI layout, with the locks that make it again, and read it back to check it.

    ``into`` gets the folder ``oci``, ``requirements.lock``, ``pruned-files.txt`` and, unless the base was given,
    ``base.lock.json``. The same blueprint gives the same digest, whatever the times, the umask and the folders.

    :raises Unresolvable: nothing satisfies the requirements for the image's Python
    :raises IndexUnreachable: an index or mirror does not answer
    :raises Untrusted: a signature or digest does not hold
    :raises ImageInvalid: what was written breaks the specification, or the given base is no image
    :raises SettingsInvalid: the base or the command is none that there is
    """
    into = into.absolute()
    code = _code(blueprint)
    weights = Compression(kind=blueprint.compression, level=_WEIGHTS_LEVEL[blueprint.compression])
    root = yield from root_of(blueprint, workspace)
    installed = yield from libraries(blueprint, root, workspace)
    above = yield from contents(blueprint, root, installed, workspace)
    layers = []
    for name, compression, found in (
        ("libraries", code, above.libraries),
        ("model", weights, above.models),
        ("app", code, above.app),
    ):
        if found:
            placed = inside(root.folder, found)
            layers.append((yield from stored_layer(placed, workspace, name=name, compression=compression)))
    yield Progress(step="write image")
    with output_folder(into) as made:
        digest = _written(made / LAYOUT, blueprint, root, above.start.command, layers)
        _write_locks(made, root, above)
        given = frozenset(layer.digest for layer in root.layers) if root.given else frozenset[str]()
        yield from oci.check(made / LAYOUT, given=given)
    return Image(
        reference=blueprint.reference,
        digest=digest,
        architecture=blueprint.architecture,
        python=root.python,
        layers=(*root.layers, *(stored.layer for stored in layers)),
        layout=into / LAYOUT,
        base=root.label,
        base_lock=into / BASE_LOCK if root.lock else None,
        requirements_lock=into / REQUIREMENTS_LOCK,
        removed=above.removed,
        notes=(*root.notes, *installed.resolution.notes, *above.notes),
    )


def root_of(blueprint: Blueprint, workspace: Workspace) -> Steps[Root]:
    """The base that the image stands on. :raises SettingsInvalid: there is none of that name"""
    for base in BASES:
        if base.fits(blueprint.base):
            return (yield from base.root(blueprint, workspace, _code(blueprint)))
    raise SettingsInvalid(
        f"there is no base {blueprint.base!r}",
        where="base",
        next_step=f"name one of {', '.join(base.NAME for base in BASES)}, or the path of an OCI layout",
    )


def _code(blueprint: Blueprint) -> Compression:
    return Compression(kind=blueprint.compression, level=_CODE_LEVEL[blueprint.compression])


def _written(
    layout: Path, blueprint: Blueprint, root: Root, command: tuple[str, ...], layers: list[StoredLayer]
) -> str:
    """Write the layout; gives the manifest's digest."""
    oci.create(layout)
    for layer in root.layers:
        copied_blob(layer.digest, root.blobs, layout)
    for stored in layers:
        copied_blob(stored.layer.digest, stored.blobs, layout)
    every = (*root.layers, *(stored.layer for stored in layers))
    time = oci.timestamp()
    said = _annotations(blueprint, root, time)
    config = Config(
        platform=Platform(architecture=blueprint.architecture),
        created=time,
        environment=_environment(blueprint, root),
        command=command,
        workdir=blueprint.workdir,
        user=str(blueprint.user),
        ports=(f"{blueprint.port}/tcp",) if blueprint.port else (),
        labels=said,  # an engine that loads the image keeps these, and not the manifest's
        diff_ids=tuple(layer.diff_id for layer in every),
        history=(
            *root.history,
            *(History(created=time, created_by="jettison pack", comment=stored.layer.name) for stored in layers),
        ),
    )
    return oci.put_image(
        layout,
        config=config,
        layers=tuple(descriptor(layer) for layer in every),
        reference=blueprint.reference,
        annotations=said,
    ).digest


def _write_locks(folder: Path, root: Root, above: Contents) -> None:
    (folder / REQUIREMENTS_LOCK).write_text(above.lock, "utf-8")
    (folder / PRUNED_FILES).write_text("".join(f"{file}\n" for file in above.pruned_files), "utf-8", "surrogateescape")
    if root.lock:
        (folder / BASE_LOCK).write_bytes(root.lock)


def _environment(blueprint: Blueprint, root: Root) -> Pairs:
    """The base's, ours, the service's own: the last word is the service's."""
    return tuple((dict(UNLESS_SET) | dict(root.environment) | dict(ALWAYS) | dict(blueprint.environment)).items())


def _annotations(blueprint: Blueprint, root: Root, time: str) -> Pairs:
    prefix = "org.opencontainers.image"
    return (
        (f"{prefix}.created", time),
        (f"{prefix}.title", blueprint.title or blueprint.reference.rpartition("/")[2].partition(":")[0]),
        (f"{prefix}.base.name", root.label),
    )
