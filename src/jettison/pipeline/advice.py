"""What to do next, from what the report says."""

from __future__ import annotations

from jettison.records import Report

from .siblings import lighter


def advice(report: Report) -> tuple[str, ...]:
    """Sentences for a person, the most useful first."""
    found: list[str] = []
    if not report.measurements:
        found.append(f"Nothing could be compared with the original, for it cannot run here. {report.verdict.reason}.")
    if report.adaptation and report.adaptation.refusals:
        lines = ", ".join(f"{each.file}:{each.line}" for each in report.adaptation.refusals[:5])
        found.append(f"The app still needs its framework. Change these lines and run again: {lines}.")
    if report.final:
        for judgement in report.final.judgements:
            if judgement.needed_samples:
                found.append(f"{_more(report, judgement.needed_samples)}: that many would decide '{judgement.limit}'.")
    if report.verdict.needed_items:
        found.append(f"{_more(report, report.verdict.needed_items)}: that many could prove a lighter form.")
    if report.deployment.truth is None:
        found.append(
            "Add labelled data ([truth] in jettison.toml): then quantized models can be judged by more than sameness."
        )
    for checkpoint in report.deployment.checkpoints:
        found += lighter(checkpoint)
    if _could_lose_blas(report):
        found.append(
            "numpy's wheel brings about 28 MB of OpenBLAS, which ONNX Runtime never asks for: "
            '`[target] numpy = "source"` compiles it without, in minutes and once (docs/settings.md).'
        )
    if report.image:
        port = report.deployment.start.port
        found.append(f"Try it: `docker load -i image.tar && docker run -p {port}:{port} {report.image.reference}`.")
        found.append("Push it without a daemon: `skopeo copy oci:image docker://REGISTRY/NAME:TAG`.")
    if report.findings:
        count = len(report.findings)
        found.append(
            f"Mend the service's own build: `jettison lint` explains {count:,} finding{'' if count == 1 else 's'}, "
            "`jettison lint --diff` shows the changes."
        )
    if report.adaptation and report.adaptation.complete and report.adaptation.files:
        found.append("Review adapt.diff and take it into the service: from then on it needs the framework no more.")
    found.append("Check every number: `jettison verify` on this folder.")
    return tuple(found)


def _could_lose_blas(report: Report) -> bool:
    """The image has numpy's wheel, and nobody asked for another one or for a size."""
    found = report.deployment
    asked = found.numpy != "auto" or found.limits.image_bytes is not None
    packages = dict(report.proof[-1].environment.packages) if report.image and len(report.proof) > 1 else {}
    return not asked and "numpy" in packages and "torch" not in packages


def _more(report: Report, items: int) -> str:
    if report.deployment.truth is None:
        return f"Record {items:,} requests"
    return f"Label {items:,} items for the verdict"
