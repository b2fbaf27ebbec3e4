"""What weighs what: the waterfall with sizes as a plain pip install brings them, and the image that was built."""

from __future__ import annotations

from jettison.records import Group, Image, Known, Layer, Part, Weight

from .service import MB


def part(
    name: str,
    group: Group,
    pulled: float | None,
    unpacked: float,
    known: Known = "weighed",
    source: str = "",
    by: tuple[str, ...] = (),
) -> Part:
    """A part, its sizes in MB."""
    return Part(
        name=name,
        group=group,
        pulled_bytes=None if pulled is None else round(pulled * MB),
        unpacked_bytes=round(unpacked * MB),
        known=known,
        source=source,
        required_by=by,
    )


BASE = part("python:3.11", "base", 366.2, 1017.4, "table", "dated table, 2026-11-01")
SLIM = part("Debian 12 Python", "base", 11.5, 33.8, "built")
SYSTEM = (
    part("git", "system", 9.3, 47.4),
    part("cmake", "system", 15.9, 71.6),
    part("vim", "system", 8.8, 41.2),
    part("package lists", "system", None, 19.4, "table", "Debian 12, 2026-11-01"),
)
CUDA = (
    part("torch 2.13.0", "python", 902.4, 1741.3, by=()),
    part("nvidia-cublas 13.1", "python", 423.1, 566.9, by=("torch 2.13.0",)),
    part("nvidia-cudnn 9.17", "python", 366.4, 698.2, by=("torch 2.13.0",)),
    part("nvidia-cusparselt 0.8", "python", 169.9, 239.5, by=("torch 2.13.0",)),
    part("nvidia-nccl 2.28", "python", 196.3, 411.6, by=("torch 2.13.0",)),
    part("nvidia-cusolver 12.0", "python", 200.9, 339.8, by=("torch 2.13.0",)),
    part("nvidia-cufft 12.0", "python", 214.1, 277.6, by=("torch 2.13.0",)),
    part("triton 3.7", "python", 188.4, 521.7, by=("torch 2.13.0",)),
)
TORCH = (part("torch 2.13.0+cpu", "python", 189.5, 714.9),)
PYTHON = (
    part("transformers 5.23.0", "python", 10.6, 48.3),
    part("numpy 2.4.6", "python", 16.6, 71.2, by=("transformers 5.23.0",)),
    part("sympy 1.14", "python", 6.3, 30.1, by=("torch 2.13.0",)),
    part("hf-xet 1.2", "python", 3.3, 9.1, by=("huggingface-hub 1.3",)),
    part("tokenizers 0.22", "python", 3.3, 10.2, by=("transformers 5.23.0",)),
    part("flask 3.1", "python", 0.1, 0.5),
)
SMALL = (
    part("onnxruntime 1.24", "python", 17.4, 54.7, "built"),
    part("numpy 2.4.6", "python", 6.2, 24.4, "built", by=("onnxruntime 1.24",)),
    part("tokenizers 0.22", "python", 3.3, 10.2, "built"),
    part("flask 3.1", "python", 1.1, 3.6, "built"),
)
MODEL = part("model", "model", 10.9, 11.87)
APP = part("app and data", "app", 0.1, 0.31)


def weights() -> tuple[Weight, ...]:
    """The waterfall of the main report."""
    rest = (*PYTHON, MODEL, APP)
    onnx = part("onnxruntime 1.24", "python", 17.4, 54.7)
    torchless = tuple(one for one in PYTHON if one.name.startswith(("numpy", "tokenizers", "flask")))
    return (
        Weight(
            name="as found",
            parts=(
                BASE,
                *SYSTEM,
                *CUDA,
                *rest,
                part("compiled Python", "bytecode", None, 214.3, "table", "share of the sources, 2026-11-01"),
                part("pip's cache", "cache", 2714.8, 2716.1),
            ),
            missing=("build-essential: the mirror did not answer, so its 73 packages are not counted.",),
            fetched_bytes=3_412_881,
        ),
        Weight(name="CPU torch", parts=(BASE, *SYSTEM, *TORCH, *rest)),
        Weight(name="ONNX", parts=(BASE, *SYSTEM, *TORCH, onnx, *rest)),
        Weight(name="quantized", parts=(BASE, *SYSTEM, *TORCH, onnx, *PYTHON, part("model", "model", 3.4, 3.91), APP)),
        Weight(name="no torch", parts=(BASE, *SYSTEM, onnx, *torchless, part("model", "model", 3.4, 3.91), APP)),
        Weight(name="final", parts=final_parts()),
    )


def final_parts() -> tuple[Part, ...]:
    """Of the image that was built; sums equal its layers."""
    return (SLIM, *SMALL, part("model", "model", 3.4, 3.91, "built"), part("app", "app", 0.05, 0.09, "built"))


IMAGE = Image(
    reference="pronounce:jettison",
    digest="sha256:" + "5d" * 32,
    architecture="amd64",
    python="3.11.2",
    layers=tuple(
        Layer(
            name=name,
            digest="sha256:" + mark * 32,
            diff_id="sha256:" + mark[::-1] * 32,
            compressed_bytes=round(pulled * MB),
            unpacked_bytes=round(unpacked * MB),
            media_type="application/vnd.oci.image.layer.v1.tar+gzip",
            files=files,
        )
        for name, mark, pulled, unpacked, files in (
            ("runtime", "a1", 11.5, 33.8, 1204),
            ("libraries", "b2", 28.0, 92.9, 1630),
            ("model", "c3", 3.4, 3.91, 7),
            ("app", "d4", 0.05, 0.09, 3),
        )
    ),
    base="Debian 12 packages: python3.11-minimal, libc6, zlib1g",
    notes=("Bytecode of 3 files is missing: they do not compile.",),
    removed=(("tests", 14_212_881), ("headers", 2_200_100), ("type stubs", 1_020_444)),
)
