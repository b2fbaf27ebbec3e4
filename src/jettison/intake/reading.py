"""A folder in, a Deployment out. Nothing of the folder is run or imported."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..errors import ModelMissing, NotAService, SettingsInvalid
from ..records import Checkpoint, CopiedFile, Deployment, PythonInstall, Request
from .app.entries import Entries, Entry
from .app.guessed_apps import guessed_app
from .app.start_lines import start_lines
from .app.starts import Started, started
from .build import build
from .compose import ComposeService, compose_services
from .dockerfiles import BuildPlan, build_plan
from .installed.installs import installs, without_passwords
from .models.found_models import Shelves, checkpoints
from .models.model_names import named_models
from .python_version import python_version
from .requests import USUAL_NAMES, requests_at
from .settings import Settings, settings
from .source.code import Code
from .source.folding import Folding
from .truth import truth


def deployment(root: Path, *, dockerfile: Path | None = None, models: Path | None = None) -> Deployment:
    """The service in a folder.

    :param dockerfile: which Dockerfile builds it, relative to the folder; found when None.
    :param models: a folder with models that the code names and the folder does not hold.
    :raises NotAService: no app, or several and none is the obvious one.
    :raises UnsupportedApp: the app is neither Flask nor FastAPI.
    :raises DockerfileUnreadable: the Dockerfile does not parse.
    :raises SettingsInvalid: jettison.toml, or a file that it names, holds something wrong.
    :raises ModelUnreadable: a model file is damaged.
    :raises ModelMissing: the folder `models` is not there.
    """
    root = _folder(root)
    if models is not None and not models.is_dir():
        raise ModelMissing("the folder of models is not there", where=str(models), next_step="check its path")
    notes: list[str] = []
    settled = settings(root)
    named = Path(settled.service.dockerfile) if settled.service.dockerfile else None
    plan = build_plan(root, dockerfile or named, notes)
    composed = _composed(root, plan, notes)
    made = build(root, plan, settled.service.stage)
    if settled.service.workdir:
        made = replace(made, scope=replace(made.scope, workdir=settled.service.workdir))
    said = list(start_lines(made, settled, composed, notes))
    found = started(said, made, notes)
    if found is None:
        notes.extend(f"{each.place}: `{' '.join(each.argv)[:80]}` starts no server that is known" for each in said)
    if found is not None and found.environment:
        environment = {**made.scope.environment, **dict(found.environment)}
        made = replace(made, scope=replace(made.scope, environment=environment))
    python = python_version(made, settled.service.python, notes)
    installed = installs(made, python, notes)
    arguments = found.call.arguments if found and found.call else ()
    code = Code(build=made, notes=notes, arguments=arguments)
    entry = _entry(code, settled, found, installed.python, notes)
    loaded = _checkpoints(
        code, entry, found, _Loading(root=root, settled=settled, composed=composed, models=models), notes
    )
    found_here = Deployment(
        name=made.folder.name or "service",
        root=made.folder,
        dockerfile=plan.path if plan and plan.text is None else None,
        base_image=made.base_image,
        python=python,
        workdir=made.scope.workdir,
        environment=tuple(without_passwords(made.scope.environment).items()),
        entry=entry.point,
        start=replace(entry.start, port=settled.service.port) if settled.service.port else entry.start,
        files=tuple(
            CopiedFile(source=Path(each.source), target=each.target, size_bytes=each.size_bytes)
            for each in made.landings.final
            if each.text is None
        ),
        written=tuple((each.target, each.text) for each in made.landings.final if each.text is not None),
        python_installs=installed.python,
        system_installs=installed.system,
        checkpoints=loaded,
        limits=settled.limits.limits,
        cpus=settled.target.cpu,
        numpy=settled.target.numpy,
    )
    requests, asked_from = _requests(root, settled, notes)
    labelled = truth(settled.truth, root, notes) if settled.truth else None
    told = tuple(dict.fromkeys(" ".join(note.split()) for note in (*made.notes, *notes)))
    plain: Deployment = _plain(replace(found_here, notes=told))
    within = settled.service.scores_within
    own = _own_data(settled, asked_from)
    return replace(plain, requests=requests, scores_within=within, truth=labelled, own_data=own)


def _plain(value: Any) -> Any:
    """The record without half surrogate pairs in its texts: code and data may hold them, JSON may not."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, (type, CopiedFile)):
        return replace(value, **{each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)})
    return value


def _folder(root: Path) -> Path:
    what = "there is no such folder"
    try:
        found = root.resolve()
        if found.is_dir():
            return found
        what = "this is a file, and no folder" if found.is_file() else what
    except (OSError, RuntimeError):  # a link that leads to itself
        pass
    raise NotAService(what, where=str(root), next_step="name the folder that holds the service")


def _composed(root: Path, plan: BuildPlan | None, notes: list[str]) -> ComposeService | None:
    """The service's own entry in the compose file, when exactly one fits."""
    services = compose_services(root, notes)
    if plan is None or plan.text is not None:
        fitting = [each for each in services if each.folder is None and each.mounts]
    else:
        fitting = [
            each for each in services if each.folder is not None and (root / each.folder).resolve() == plan.folder
        ]
        # Several that share a folder are told apart by their Dockerfiles.
        named = [
            each
            for each in fitting
            if plan.path.resolve() == (plan.folder / (each.dockerfile or "Dockerfile")).resolve()
        ]
        fitting = named if len(fitting) > 1 else fitting
    return fitting[0] if len(fitting) == 1 else None


def _entry(
    code: Code, settled: Settings, found: Started | None, installed: tuple[PythonInstall, ...], notes: list[str]
) -> Entry:
    entries = Entries(code, notes)
    if settled.service.app is not None:
        return entries.named(settled.service.app, found)
    if found is not None:
        return entries.started(found)
    return guessed_app(code, _package_names(installed), notes)


def _package_names(installed: tuple[PythonInstall, ...]) -> set[str]:
    names: set[str] = set()
    for install in installed:
        for each in install.requirements:
            try:
                names.add(canonicalize_name(Requirement(each).name))
            except InvalidRequirement:
                continue
    return names


@dataclass(frozen=True, kw_only=True)
class _Loading:
    """What besides the code says where models are."""

    root: Path
    """Of the settings and the compose file."""
    settled: Settings
    composed: ComposeService | None
    models: Path | None


def _checkpoints(
    code: Code, entry: Entry, found: Started | None, loading: _Loading, notes: list[str]
) -> tuple[Checkpoint, ...]:
    made = code.build
    call = found.call if found else None
    directories = [made.scope.workdir, *(call.folders if call else ())]
    if call is not None and call.directory:
        directories.insert(0, call.directory)
    mounts = loading.composed.mounts if loading.composed else ()
    shelves = Shelves(
        build=made,
        directories=tuple(directories),
        models=loading.models,
        mounts=tuple((target, path) for source, target in mounts if (path := _mounted(loading.root, source))),
    )
    code = code.with_roots(*entry.point.import_folders)
    named = tuple(named_models(code.reachable(entry.module), Folding(code)))
    return checkpoints(named, loading.settled.service.model_names, shelves, notes)


def _mounted(root: Path, source: str) -> Path | None:
    """A folder that a compose file mounts; None when it is none, or leads out of the service's."""
    try:
        path = (root / source).resolve()
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself; a name that no file can have
        return None
    return path if path.is_dir() and path.is_relative_to(root) else None


def _requests(root: Path, settled: Settings, notes: list[str]) -> tuple[tuple[Request, ...], str]:
    """Those that the settings name, else those in a file of a usual name; and that file."""
    if (named := settled.service.requests) is not None:
        return requests_at(root / named), named
    for name in USUAL_NAMES:
        if (root / name).is_file():
            try:
                return requests_at(root / name), name
            except SettingsInvalid as cause:
                notes.append(f"{cause.where} was not taken for requests: {cause.what}")
    return (), ""


def _own_data(settled: Settings, requests: str) -> tuple[str, ...]:
    """The files that only jettison reads, relative to the folder."""
    names = [requests]
    if truth_settings := settled.truth:
        names += [truth_settings.selection or "", truth_settings.verdict or "", truth_settings.data or ""]
        names += [truth_settings.calibration or "", truth_settings.metric.rpartition(":")[0]]
    return tuple(str(Path(name)) for name in names if name)
