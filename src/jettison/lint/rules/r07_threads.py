"""Every worker counts on all cores."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..asked import asked_for
from ..code import code_of
from ..found import Found
from ..project import Project
from ..rule import Example
from ..starts import start_of

CODE = "R07"
NAME = "threads"
SUMMARY = "several workers calculate with as many threads as the machine has cores, each"
WHY = """\
torch, TensorFlow, ONNX Runtime and numpy's libraries open a thread for every core of the machine, not of the container's
share. Four workers on a machine of 16 cores are then 64 threads that take turns, and every answer takes longer.

How many are right depends on the share of CPU that the service gets: cores of the container by workers, at least one.
It speaks only of CPU services that start several workers and say nothing of threads, neither in a variable nor in code."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("pytorch/docs, CPU threading and TorchScript inference", "microsoft/onnxruntime, docs: thread management")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip install torch gunicorn\nCMD gunicorn -w 4 web:app\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install torch gunicorn\nENV OMP_NUM_THREADS=1\n"
            "CMD gunicorn -w 4 web:app\n"
        },
    ),
    Example(
        title="the code says it",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install onnxruntime\nCOPY . .\nCMD uvicorn web:app --workers 2\n",
            "web.py": "import onnxruntime\nsession = onnxruntime.InferenceSession('m.onnx')\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install onnxruntime\nCOPY . .\nCMD uvicorn web:app --workers 2\n",
            "web.py": "import onnxruntime\no = onnxruntime.SessionOptions()\no.intra_op_num_threads = 1\n",
        },
    ),
)

_CALCULATE = {
    *("torch", "tensorflow", "tensorflow-cpu", "onnxruntime", "openvino", "ctranslate2", "faster-whisper", "numpy"),
    *("scikit-learn", "lightgbm", "xgboost", "transformers", "sentence-transformers", "ultralytics", "easyocr"),
}
_VARIABLES = {
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"),
    *("CT2_INTRA_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"),
}
_IN_CODE = (
    "set_num_threads",
    "intra_op",
    "intra_threads",
    "NUM_THREADS",
    "n_threads",
    "num_threads",
    "threadpool_limits",
)


def findings(project: Project) -> Iterator[Found]:
    """Every start with several workers."""
    for build in project.builds if project.on_cpu else ():
        start = start_of(project, build)
        if start is None or start.call is None or start.call.workers < 2:
            continue
        names = sorted(asked_for(project, build) & _CALCULATE)
        if not names or _VARIABLES & set(build.scope.environment):
            continue
        if any("_NUM_THREADS" in word.value for word in start.words):
            continue
        if any(said in file.text for file in code_of(project, build).files for said in _IN_CODE):
            continue
        instruction = start.line.instruction
        yield Found(
            file=build.path,
            start=instruction.start,
            end=instruction.end,
            message=f"{start.call.workers} workers run {', '.join(names[:3])}, each with a thread for every core",
            advice="set OMP_NUM_THREADS to the cores of the container divided by the workers",
        )
