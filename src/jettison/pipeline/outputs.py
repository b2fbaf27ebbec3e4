"""The output folder: written whole, then put in its place in one step."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.manifests import manifests
from jettison.pack import SINKS
from jettison.records import Blueprint, Candidate, Deployment, Image, Report, Steps
from jettison.report import documents, listed
from jettison.workspace import output_folder

from .placing import of_report

if TYPE_CHECKING:
    from .packing import Proof

IMAGE, ARCHIVE, BUILD, MANIFESTS = "image", "image.tar", "deployment", "manifests"


def written(report: Report, shown: Proof | None, out: Path) -> Steps[Report]:
    """Fill the output folder; gives back the report as it stands there, its paths relative to the folder."""
    with output_folder(out) as folder:
        if shown is not None:
            yield from image_written(folder, shown.image, shown.blueprint)
            report = replace(report, image=_placed(shown.image))
        placement = of_report(report)
        if placement is not None:
            (folder / MANIFESTS).mkdir()
            for name, content in manifests(placement):
                (folder / MANIFESTS / name).write_bytes(content)
        if report.adaptation and report.adaptation.diff:
            (folder / "adapt.diff").write_text(report.adaptation.diff, encoding="utf-8")
        report = replace(report, candidates=tuple(_named(each, report.verdict.winner) for each in report.candidates))
        report = replace(report, deployment=without_files(report.deployment), files=listed(folder))
        for name, content in documents(report):
            (folder / name).write_bytes(content)
    return report


def without_files(found: Deployment) -> Deployment:
    """The requests by the names of the files that they sent: a report is no copy of a user's pictures."""
    requests = tuple(replace(each, data=b"") for each in found.requests)
    truth = found.truth
    if truth is not None:
        selection, verdict = (
            tuple(replace(each, request=replace(each.request, data=b"")) for each in part)
            for part in (truth.selection, truth.verdict)
        )
        calibration = tuple(replace(each, data=b"") for each in truth.calibration)
        truth = replace(truth, selection=selection, verdict=verdict, calibration=calibration)
    return replace(found, requests=requests, truth=truth)


def image_written(folder: Path, image: Image, blueprint: Blueprint) -> Steps[None]:
    """The image in every form: OCI layout, docker-archive, build folder; and the locks that make it again."""
    places = {"oci": folder / IMAGE, "docker-archive": folder / ARCHIVE, "dockerfile": folder / BUILD}
    for sink in SINKS:
        yield from sink.write(image, blueprint, places[sink.NAME])
    for lock in (image.base_lock, image.requirements_lock):
        if lock is not None:
            shutil.copyfile(lock, folder / lock.name)


def _placed(image: Image) -> Image:
    """The image with its paths as they are in the output folder."""
    return replace(
        image,
        layout=Path(IMAGE),
        base_lock=Path(image.base_lock.name) if image.base_lock else None,
        requirements_lock=Path(image.requirements_lock.name) if image.requirements_lock else None,
    )


def _named(candidate: Candidate, winner: str) -> Candidate:
    """A candidate without the path of its place in the cache; the winner's model lies in the build folder."""
    if candidate.model is None:
        return candidate
    place = Path(BUILD) / "model" if candidate.name == winner else Path(candidate.name)
    return replace(candidate, model=replace(candidate.model, path=place))
