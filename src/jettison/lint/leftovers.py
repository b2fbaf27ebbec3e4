"""What lies in a build's folder and no service needs: history, environments, caches, training, secrets.

Every piece is something that a pattern of an ignore file can name, with the files that it would hide. What the
Dockerfile or the code names is never among them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..dockerfile.folder import FolderEntry
from ..dockerfile.ignore import ignored_by
from ..dockerfile.patterns import clean, copy_regex, has_wildcards, ignore_regex
from .builds import Build
from .code import Code, code_of
from .folder_uses import asks_history, opens_notebooks, reads_env, runs_copied_packages, runs_in_copied
from .project import Project
from .weights import LEAST_BYTES, is_checkpoint, is_training, is_weights

KINDS = {
    "history": "history of version control",
    "environments": "Python environments of this machine",
    "bytecode": "bytecode of this machine's Python",
    "node": "Node packages",
    "caches": "caches of tools",
    "secrets": "settings and keys that are not for an image",
    "notebooks": "notebooks",
    "logs": "logs",
    "training": "what only a training needs",
    "datasets": "data sets",
}
CERTAIN = ("history", "environments", "bytecode", "node", "caches", "secrets")
"""Kinds that no image needs even where the folder that they lie in is copied by name."""

_CACHES = (
    ".pytest_cache", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints", ".tox", ".nox", ".hypothesis", ".eggs",
    ".cache", ".dvc", ".terraform", ".idea", ".vscode",
)  # fmt: skip
_FOLDERS = {
    **dict.fromkeys((".git", ".svn", ".hg"), "history"),
    **dict.fromkeys((".venv", ".conda"), "environments"),
    "__pycache__": "bytecode",
    "node_modules": "node",
    **dict.fromkeys(_CACHES, "caches"),
    **dict.fromkeys(("wandb", "lightning_logs", "tb_logs", "tensorboard"), "training"),
    "logs": "logs",
}
_DATA_FOLDERS = ("data", "dataset", "datasets", "raw_data", "training_data", "train_data", "corpus", "corpora")
_DATA = re.compile(
    r".*\.(csv|tsv|parquet|arrow|feather|jsonl|ndjson|tfrecords?|npy|npz|lmdb|mdb|rec|wav|flac|mp3|mp4|jpe?g|png|tiff?|bmp|xml|"
    r"txt|json|gz|zip|tar|tgz|bz2|xz|zst|hdf5|h5|mat|idx)",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"\.env|\.env\.(local|development|dev|production|prod|staging)|id_(rsa|ed25519|ecdsa|dsa)|.*\.(pem|p12|pfx|key)"
)


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing that an ignore file could name."""

    kind: str
    """A key of `KINDS`."""
    pattern: str
    """As an ignore file has it."""
    files: tuple[str, ...]
    """Of the build's folder, relative to it, that the build sees now."""
    within: str = ""
    """The folder around it that the Dockerfile names; empty where it only comes along with everything."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a Dockerfile takes out of its folder by name."""

    named: tuple[str, ...]
    """Cleaned paths and patterns; the whole folder is not among them."""
    whole: bool
    """Some instruction copies the whole folder."""

    def needs(self, path: str) -> bool:
        """The path is named, or holds something that is."""
        return any(_fits(source, path) or source.startswith(f"{path}/") for source in self.named)

    def above(self, path: str) -> str:
        """The named folder in which the path lies; empty when there is none."""
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        return next((each for each in above if any(_fits(source, each) for source in self.named)), "")


def sources_of(build: Build) -> Sources:
    """What COPY, ADD and the bind mounts of RUN name of the build's folder."""
    named: set[str] = set()
    whole = False
    for line in build.lines:
        found: list[str] = []
        if line.word in ("COPY", "ADD") and line.instruction.flag("from") is None:
            found = [line.scope.expanded(each) for each in line.instruction.arguments[:-1]]
        for run in line.runs[:1]:
            found += [mount.source or "." for mount in run.mounts if mount.kind == "bind" and not mount.origin]
        for each in found:
            if "://" in each or each.startswith(("<<", "git@")):
                continue
            path = clean("/" + each)[1:]
            if path in ("", ".", "*", "**"):
                whole = True
            else:
                named.add(path)
    return Sources(named=tuple(sorted(named)), whole=whole)


def leftovers(project: Project, build: Build) -> tuple[Leftover, ...]:
    """All of a build's folder that it sees now and needs in no way, by kind."""
    key = ("leftovers", build.path)
    if key not in project.worked_out:
        found = _shortened(tuple(_leftovers(project, build)), build)
        ordered = sorted(found, key=lambda each: ([*KINDS].index(each.kind), each.pattern))
        project.worked_out[key] = tuple(ordered)
    known: tuple[Leftover, ...] = project.worked_out[key]
    return known


def _leftovers(project: Project, build: Build) -> Iterator[Leftover]:
    entries = [each for each in build.sent.entries if not each.link]
    candidates = list(_candidates(entries))
    if not candidates:
        return
    sources, code = sources_of(build), code_of(project, build)
    by_first: dict[str, list[FolderEntry]] = {}
    for entry in entries:
        by_first.setdefault(entry.path.partition("/")[0], []).append(entry)
    everywhere: dict[str, list[str]] = {}
    for kind, path in candidates:
        below = [
            each.path
            for each in by_first[path.partition("/")[0]]
            if not each.is_folder and (each.path == path or each.path.startswith(f"{path}/"))
        ]
        if sources.needs(path) or any(
            _fits(source, each) for source in sources.named for each in below if has_wildcards(source)
        ):
            continue
        if _is_let_in(build, path):
            continue
        within = sources.above(path) if kind not in CERTAIN else ""
        if _is_used(kind, path, below, (code, project, build)):
            continue
        if kind in ("bytecode", "caches") and posixpath.basename(path) in ("__pycache__", *_CACHES):
            everywhere.setdefault(f"{kind} {posixpath.basename(path)}", []).extend(below)
        else:
            yield Leftover(kind=kind, pattern=_escaped(path), files=tuple(below), within=within)
    for name, files in everywhere.items():
        kind, _, folder = name.partition(" ")
        yield Leftover(kind=kind, pattern=f"**/{folder}", files=tuple(files))


def _is_let_in(build: Build, path: str) -> bool:
    """The ignore file names it, or something below it, behind a ``!``: somebody wants it."""
    kept = [pattern.text for pattern in build.ignored.patterns if pattern.keeps]
    return any(each.startswith(f"{path}/") or ignore_regex(each).fullmatch(path) for each in kept)


def _shortened(found: Sequence[Leftover], build: Build) -> Iterator[Leftover]:
    """One pattern for files of one name or ending, where it would hide nothing else."""
    groups: dict[tuple[str, str, str], list[Leftover]] = {}
    for each in found:
        name = posixpath.basename(each.pattern)
        ending = f"*{posixpath.splitext(name)[1]}" if each.kind in ("notebooks", "logs") else name
        is_file = len(each.files) == 1 and each.pattern == _escaped(each.files[0])
        groups.setdefault((each.kind, each.within, f"**/{ending}" if is_file else each.pattern), []).append(each)
    for (kind, within, pattern), group in groups.items():
        files = tuple(file for each in group for file in each.files)
        whole = posixpath.join(_escaped(within), pattern) if within else pattern
        if len(group) == 1 or set(hidden_by(build, [whole])) != set(files):
            yield from group
        else:
            yield Leftover(kind=kind, pattern=whole, files=files, within=within)


def _candidates(entries: Iterable[FolderEntry]) -> Iterator[tuple[str, str]]:
    """Paths that could be left out with their kind; none of them lies in another one."""
    entries = list(entries)
    environments = {posixpath.dirname(each.path) for each in entries if posixpath.basename(each.path) == "pyvenv.cfg"}
    taken: set[str] = set()
    sizes = _sizes(entries)
    weights = [each.path for each in entries if not each.is_folder and is_weights(each.path)]
    for entry in entries:
        if any(above in taken for above in _above(entry.path)):
            continue
        kind = _folder_kind(entry.path, environments, sizes, weights) if entry.is_folder else _file_kind(entry)
        if kind:
            taken.add(entry.path)
            yield kind, entry.path


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _folder_kind(path: str, environments: set[str], sizes: dict[str, int], weights: list[str]) -> str:
    name = posixpath.basename(path)
    kind = _FOLDERS.get(name, "")
    if path in environments:
        kind = "environments"
    elif is_checkpoint(path) and any(not _in_checkpoint(each) for each in weights):
        kind = "training"  # where every model lies in a checkpoint, the service may well serve it
    elif name.lower() in _DATA_FOLDERS and sizes.get(path, 0) >= LEAST_BYTES:
        kind = "" if any(each.startswith(f"{path}/") for each in weights) else "datasets"
    return kind if kind != "logs" or sizes.get(path, 0) else ""


def _in_checkpoint(path: str) -> bool:
    return any(is_checkpoint(above) for above in _above(path))


def _file_kind(entry: FolderEntry) -> str:
    name = posixpath.basename(entry.path)
    if _SECRET.fullmatch(name):
        return "secrets"
    if name.endswith(".ipynb"):
        return "notebooks"
    if is_training(entry.path):
        return "training"
    if name.endswith(".log"):
        return "logs"
    return ""


def _sizes(entries: Iterable[FolderEntry]) -> dict[str, int]:
    """Bytes below every folder."""
    found: dict[str, int] = {}
    for each in entries:
        for above in _above(each.path):
            found[above] = found.get(above, 0) + each.size_bytes
    return found


def _is_used(kind: str, path: str, below: list[str], service: tuple[Code, Project, Build]) -> bool:
    """Whether something of the build or the service may need it."""
    code, project, build = service
    if kind == "history":
        return asks_history(code, project, build)
    if kind == "bytecode":
        return False  # made anew wherever it runs
    if kind == "environments":
        return runs_in_copied(code, build, path)
    if kind == "node":
        return code.names(path) or runs_copied_packages(build)  # package.json and index.js are everywhere
    if kind == "secrets":
        return code.names(path) or (posixpath.basename(path).startswith(".env") and reads_env(code, project, build))
    return code.names(path) or _is_content(kind, path, below, code, build)


def _is_content(kind: str, path: str, below: list[str], code: Code, build: Build) -> bool:
    """What lies there is a model, a package, or something that a tool of the image opens, or is named by itself."""
    if is_checkpoint(path):
        # Its files are called like those of the model that is served: a pattern of its own name counts.
        bare = re.sub(r"\d+$", "", posixpath.basename(path))
        return bare in code.named or any("get_last_checkpoint" in file.text for file in code.files)
    is_package = f"{path}/__init__.py" in below or (kind == "logs" and any(each.endswith(".py") for each in below))
    is_opened = (kind == "notebooks" and opens_notebooks(code, build)) or (
        posixpath.basename(path) == ".dvc" and "dvc" in code.named
    )
    return is_package or is_opened or any(_is_named(kind, each, code) for each in below)


def _is_named(kind: str, file: str, code: Code) -> bool:
    """Something names a file below a folder that nothing names."""
    if kind == "caches":
        return is_weights(file)
    if kind == "datasets":
        return code.names(file) or not _DATA.fullmatch(file)
    return posixpath.basename(file) in code.named


def hidden_by(build: Build, patterns: Iterable[str]) -> tuple[str, ...]:
    """Files that the build sees now and would not see with these patterns at the end of its ignore file."""
    added = ignored_by("\n".join(patterns))
    return tuple(each.path for each in build.sent.entries if not each.is_folder and added.holds(each.path))


def _fits(source: str, path: str) -> bool:
    return bool(copy_regex(source).fullmatch(path)) if has_wildcards(source) else source == path


def _escaped(path: str) -> str:
    """A path as a pattern that names it alone."""
    escaped = re.sub(r"([*?\[\]\\])", r"\\\1", path)
    return f"./{escaped}" if escaped.startswith(("#", "!")) else escaped
