"""An output folder with real files in it: an OCI layout of real layers, a model folder, and the report about them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

from backports import zstd

from jettison.records import Image, Layer, ModelFolder, OutputFile, Part, Report, Weight
from jettison.report import documents

from . import facts

MODEL_FILES = {"weights.bin": bytes(range(256)) * 16, "tokenizer.json": b'{"version": "1.0"}'}


def complete(folder: Path) -> Report:
    """Fill the folder as `jettison optimize` does, and give back the report that stands in it."""
    model = _model(folder / "deployment" / "model")
    (folder / "deployment" / "app.py").write_text("app = None\n")
    (folder / "adapt.diff").write_text(facts.ADAPTATION.diff)
    image = _image(folder / "image")
    report = _about(facts.full(), model, image)
    report = replace(report, files=_listed(folder))
    for name, data in documents(report):
        (folder / name).write_bytes(data)
    return report


def _about(report: Report, model: ModelFolder, image: Image) -> Report:
    """The report with the sizes of what was really written."""
    candidates = tuple(replace(one, model=model) if one.name == model.form else one for one in report.candidates)
    size = model.size_bytes
    measurements, proof = (
        tuple(replace(one, model_bytes=size) if one.candidate == model.form else one for one in group)
        for group in (report.measurements, report.proof)
    )
    parts = tuple(
        Part(
            name=layer.name,
            group="python",
            pulled_bytes=layer.compressed_bytes,
            unpacked_bytes=layer.unpacked_bytes,
            known="built",
        )
        for layer in image.layers
    )
    return replace(
        report,
        candidates=candidates,
        measurements=measurements,
        proof=proof,
        image=image,
        weights=(*report.weights[:-1], Weight(name="final", parts=parts)),
        model_sizes=(*report.model_sizes[:-1], ("quantized", size)),
    )


def _model(folder: Path) -> ModelFolder:
    folder.mkdir(parents=True)
    for name, data in MODEL_FILES.items():
        (folder / name).write_bytes(data)
    manifest = json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in MODEL_FILES.items()}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    return ModelFolder(
        path=folder,
        form="int8-blocks",
        digest=hashlib.sha256(manifest).hexdigest(),
        file_bytes=(*((name, len(data)) for name, data in MODEL_FILES.items()), ("manifest.json", len(manifest))),
    )


def _image(layout: Path) -> Image:
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return f"sha256:{digest}"

    layers = []
    for name, kind in (("runtime", "gzip"), ("libraries", "zstd"), ("model", "gzip"), ("app", "none")):
        tar = _tar(name)
        data = {"gzip": gzip.compress(tar, mtime=0), "zstd": zstd.compress(tar), "none": tar}[kind]
        layers.append(
            Layer(
                name=name,
                digest=put(data),
                diff_id=f"sha256:{hashlib.sha256(tar).hexdigest()}",
                compressed_bytes=len(data),
                unpacked_bytes=len(tar),
                media_type=f"application/vnd.oci.image.layer.v1.tar{'' if kind == 'none' else '+' + kind}",
                files=1,
            )
        )
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]}}).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"digest": put(config), "size": len(config)},
            "layers": [{"digest": layer.digest, "size": layer.compressed_bytes} for layer in layers],
        }
    ).encode()
    digest = put(manifest)
    index = {"schemaVersion": 2, "manifests": [{"digest": digest, "size": len(manifest)}]}
    (layout / "index.json").write_text(json.dumps(index))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return replace(facts.IMAGE, digest=digest, layers=tuple(layers))


def _tar(name: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member = tarfile.TarInfo(f"{name}/file")
        data = name.encode() * 500
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def _listed(folder: Path) -> tuple[OutputFile, ...]:
    return tuple(
        OutputFile(
            path=path.relative_to(folder).as_posix(),
            size_bytes=path.stat().st_size,
            digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
