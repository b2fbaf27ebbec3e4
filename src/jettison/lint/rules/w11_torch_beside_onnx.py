"""torch in an image whose models run in ONNX Runtime."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...records import FixClass
from ..distributions import user_of
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_distribution
from ..unused import could_be_judged, present_in

CODE = "W11"
NAME = "torch-beside-onnx"
SUMMARY = "torch is installed, although the models that are served have an ONNX export"
WHY = """\
A service that runs its models with ONNX Runtime needs no torch: 0.9 GB of image and about 11 seconds of import. The fix
takes torch, torchvision and torchaudio out where the code imports onnxruntime, loads no model with torch and
imports none of the three.

Where torch is still imported (for `no_grad`, `softmax`, or tensors of a tokenizer), or where every model of the
folder has an export that the code does not use yet, it only says so: `jettison optimize` does that work and
compares the answers. It says nothing where another distribution needs torch."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "sam-dumont/immich-video-memory-generator, issue 822: torch kept for one detector, 920 MB of wheels, 11 s of import",
)
_APP = (
    "import numpy\nimport onnxruntime\nfrom transformers import AutoTokenizer\n"
    "session = onnxruntime.InferenceSession('model.onnx')\ntokenizer = AutoTokenizer.from_pretrained('tokenizer')\n"
    "def answer(text):\n    return session.run(None, dict(tokenizer(text, return_tensors='np')))\n"
)
EXAMPLES = (
    Example(
        bad={"app.py": _APP, "requirements.txt": "onnxruntime\ntransformers\ntorch==2.9.1\n"},
        good={"app.py": _APP, "requirements.txt": "onnxruntime\ntransformers\n"},
    ),
    Example(
        title="a second model runs in torch",
        bad={
            "app.py": _APP,
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install onnxruntime transformers\n"
            "RUN pip install torch torchvision --index-url https://download.pytorch.org/whl/cpu\n",
        },
        good={
            "app.py": _APP + "import easyocr\nreader = easyocr.Reader(['en'])\n",
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install torch onnxruntime transformers easyocr\n",
        },
        fixed={"Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install onnxruntime transformers\n"},
    ),
)
_TORCH = ("torch", "torchvision", "torchaudio")
_LOADS = re.compile(
    r"^((?!TF|Flax)\w*(AutoModel\w*|\wFor[A-Z]\w+|Model)\.from_pretrained|SentenceTransformer|CrossEncoder|pipeline|YOLO|"
    r"torch\.(load|jit\.load|hub\.load|export\.load)|load_state_dict|TorchScript|nn\.Module|ORTModel\w*|\w+Pipeline)$",
    re.MULTILINE,
)
_WEIGHTS = (".pt", ".pth", ".safetensors", "pytorch_model.bin", ".ckpt")


def findings(project: Project) -> Iterator[Found]:
    """Every distribution of torch that only ONNX models stand beside."""
    named = [each for each in project.dependencies if each.ships and each.name in _TORCH and not each.group]
    if not named or not could_be_judged(project):
        return
    code = project.code
    others = present_in(project) - {*_TORCH, "transformers"}
    if user_of("torch", others, code.words):
        return
    is_served_by_onnx = "onnxruntime" in code.modules and not _LOADS.search(code.words)
    imports_it = any(code.imports_of(name) or code.imported_elsewhere(name) for name in _TORCH)
    says_it = any(code.says(name) for name in _TORCH) or "pt" in code.texts
    for each in named:
        if is_served_by_onnx and each.is_direct and not imports_it and not says_it:
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"{each.name} is installed, but the models run in ONNX Runtime and no code imports it",
                advice="take it out, then build and compare the answers",
                fix="verify",
                changes=each.removed(),
                saving=of_distribution(project, each.name),
            )
        elif each.name == "torch" and (is_served_by_onnx or _all_exported(project)):
            why = "the models run in ONNX Runtime" if is_served_by_onnx else "every model here has an ONNX export"
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"torch is installed, although {why}",
                advice="jettison optimize takes it out of the code, and compares the answers",
                saving=of_distribution(project, each.name),
            )


def _all_exported(project: Project) -> bool:
    """Weights are in the folder, and an ONNX file beside each of them."""
    weights = {posixpath.dirname(path) for path in project.paths if path.endswith(_WEIGHTS)}
    exports = {posixpath.dirname(path) for path in project.paths if path.endswith(".onnx")}
    return bool(weights) and all(folder in exports or posixpath.join(folder, "onnx") in exports for folder in weights)
