"""The files beside a report, held against their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ...records import Checked, ModelFolder, OutputFile, Report

UNLISTED = frozenset({"report.json", "report.html", ".jettison"})
"""What no list of a report can hold: itself, and the mark of the folder."""
MANIFEST, DIFF = "manifest.json", "adapt.diff"


def listed(folder: Path) -> tuple[OutputFile, ...]:
    """Every file below the folder but the report itself, for `Report.files`.

    A link counts as what it points to by name, for what lies there may lie elsewhere tomorrow.
    """
    names = (
        path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file()
    )
    return tuple(_file(folder, name) for name in names if name not in UNLISTED)


def file_claims(folder: Path, report: Report) -> Iterator[Checked]:
    """Every listed file by size and digest; what lies there unlisted; and the model that ships, when something does."""
    there = {file.path: file for file in listed(folder)}
    for file in report.files:
        stated, found = _told(file), there.pop(file.path, None)
        yield Checked(
            claim=f"file {file.path}",
            stated=stated,
            found=_told(found) if found else "missing",
            holds=found is not None and _told(found) == stated,
        )
        if file.path == DIFF:
            yield _diff_claim(report, file)
    for name in there:
        yield Checked(claim=f"file {name}", stated="not listed", found="lies in the folder", holds=False)
    for candidate in report.candidates:
        if report.files and report.image and candidate.model and candidate.name == report.verdict.winner:
            yield from _model_claims(folder, candidate.model)


def described(folder: Path, name: str) -> str:
    """Size and digest of a file of the folder, or why there are none. A name may not lead out of the folder."""
    parts = PurePosixPath(name).parts
    path = folder.joinpath(*parts)
    if name.startswith("/") or ".." in parts or not path.is_file():
        return "missing"
    return _told(_file(folder, name))


def plain(digest: str) -> str:
    """A digest without the name of its algorithm."""
    return digest.removeprefix("sha256:")


def _file(folder: Path, name: str) -> OutputFile:
    path = folder / name
    if path.is_symlink():
        target = f"link {path.readlink()}".encode(errors="surrogateescape")
        return OutputFile(path=name, size_bytes=0, digest=hashlib.sha256(target).hexdigest())
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return OutputFile(path=name, size_bytes=path.stat().st_size, digest=digest)


def _told(file: OutputFile) -> str:
    return f"{file.size_bytes:,} bytes, sha256 {plain(file.digest)}"


def _diff_claim(report: Report, file: OutputFile) -> Checked:
    """The diff that was listed is the one that the report shows."""
    shown = hashlib.sha256((report.adaptation.diff if report.adaptation else "").encode()).hexdigest()
    stated = plain(file.digest)
    return Checked(claim=f"{DIFF}: as the report shows it", stated=stated, found=shown, holds=stated == shown)


def _model_claims(folder: Path, model: ModelFolder) -> Iterator[Checked]:
    """The model folder that ships is the one that was measured: same manifest, same files."""
    claim = f"model {model.form}"
    places = [
        path.parent
        for path in sorted(folder.rglob(MANIFEST))
        if described(folder, path.relative_to(folder).as_posix()).endswith(plain(model.digest))
    ]
    if not places:
        yield Checked(claim=f"{claim}: manifest", stated="in the folder", found="no such manifest", holds=False)
        return
    for name, size in model.file_bytes:
        path, stated = places[0] / name, f"{size:,} bytes"
        found = f"{path.stat().st_size:,} bytes" if path.is_file() else "missing"
        yield Checked(claim=f"{claim}: {name}", stated=stated, found=found, holds=stated == found)
