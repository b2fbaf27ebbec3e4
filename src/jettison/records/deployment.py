"""The service as found: what intake reads from a folder, without running any of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

NumpyFrom = Literal["auto", "wheel", "source"]

AppKind = Literal["wsgi", "asgi"]
CheckpointFormat = Literal[
    "safetensors", "pytorch", "onnx", "torchscript", "keras", "savedmodel", "frozengraph", "unknown"
]


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A model that the service loads: the customer's network, as a folder or a file."""

    name: str
    """As the code or the settings name it: ``./model``, ``t5-base``."""
    path: Path | None
    """Where it lies on this machine; None when it is named but not here."""
    image_path: str | None
    """Where it lies in the service's own image, when a COPY or ADD brings it there."""
    format: CheckpointFormat
    architecture: str | None = None
    """``model_type`` of the folder's config.json: ``t5``, ``bert``."""
    size_bytes: int = 0
    """Of the folder with all that is in it, or of the file."""
    beside: tuple[Path, ...] = ()
    """Files beside a single file that hold its weights: ``model.onnx.data``."""
    place: str = ""
    """``file:line`` of the code that names it, or why it is believed to be the model."""
    tokenizer: Path | None = None
    """The folder with its tokenizer's files: mostly `path` itself; None when there are none, or none are needed."""
    task: str = ""
    """What the code loads it for, as pipelines are named: ``text-classification``; empty when it is not to be seen."""
    samples: bool = False
    """Its own settings draw tokens at random, unless the code says otherwise."""


@dataclass(frozen=True, kw_only=True)
class EntryPoint:
    """The object that a server imports."""

    module: str
    """Dotted module name, as imported from the working directory."""
    variable: str
    """The app object, or the factory with ``()`` behind it."""
    framework: Literal["flask", "fastapi", "starlette", "wsgi", "asgi"]
    kind: AppKind
    file: Path
    """The file that makes it, on this machine, relative to the service's folder."""
    line: int
    """Where in `file` it is made."""
    import_folders: tuple[str, ...] = ()
    """Folders of the image that must be on the import path besides the working directory: the folder of a script,
    ``--chdir``, ``--app-dir``, ``src``."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """How the service is started."""

    argv: tuple[str, ...]
    """As an exec list; a shell-form command is split the way a shell splits it."""
    server: str
    """``gunicorn``, ``uvicorn``, ``waitress``, ``hypercorn``, ``flask``, ``fastapi``, ``uwsgi``, ``python``."""
    form: Literal["exec", "shell", "guessed"]
    port: int = 8080
    workers: int = 1
    threads: int = 1


@dataclass(frozen=True, kw_only=True)
class CopiedFile:
    """One file that the Dockerfile brings into the image."""

    source: Path
    """On this machine, relative to the service's folder."""
    target: str
    """In the image, absolute."""
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class PythonInstall:
    """One ``pip install`` (or uv, pipenv, poetry, conda) of the Dockerfile, or the requirements of a bare folder."""

    tool: str
    requirements: tuple[str, ...]
    """Requirement lines as PEP 508 text, files already read."""
    direct: tuple[str, ...] = ()
    """What has no name of an index package: repositories, URLs and folders, as written."""
    constraints: tuple[str, ...] = ()
    """``name==version`` of constraint and lock files: they narrow what is installed, and install nothing."""
    index_options: tuple[str, ...] = ()
    """Index options on the line itself: ``--index-url …``, ``--extra-index-url …``, ``--find-links …``."""
    options: tuple[str, ...] = ()
    """Others that change what is chosen: ``--no-deps``, ``--pre``, ``--only-binary …``, ``--torch-backend …``."""
    keeps_cache: bool = True
    """The tool's download cache stays in the layer."""
    compiles: bool = True
    """Bytecode is written beside the sources."""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class SystemInstall:
    """One ``apt-get install`` of the Dockerfile."""

    packages: tuple[str, ...]
    recommends: bool = True
    """Recommended packages come along."""
    keeps_lists: bool = True
    """``/var/lib/apt/lists`` stays in the layer."""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Request:
    """One recorded request."""

    method: str
    path: str
    """Path and query."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    """As text; JSON where the request carries JSON. Of a request that sends files, their names, for people."""
    data: bytes = b""
    """What is sent in the place of `body` by a request that sends files."""

    @property
    def sent(self) -> bytes:
        """The bytes of the body."""
        return self.data or self.body.encode()


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """One request whose right answer is known."""

    request: Request
    target: str


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Labelled data, and how to read a score from an answer. The parts share no request."""

    metric: str
    """By name (``accuracy``, ``word_error_rate``, ``recall@5``), or ``file.py:function``."""
    positive: str = ""
    """The label that counts as positive, for F1 and AUC."""
    code: str = ""
    """Python source of `metric`, where that is a function of the user's own."""
    answer: str
    """Which field of the JSON answer holds the prediction, as a dotted path."""
    selection: tuple[Labelled, ...]
    """Looked at as often as the search likes."""
    verdict: tuple[Labelled, ...]
    """Opened once, for what ships."""
    calibration: tuple[Request, ...] = ()
    """What quantizers may look at; its answers need not be known."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the answer must hold to. None means: no limit asked."""

    loss_points: float | None = None
    """Largest loss of the metric against the original, in percentage points."""
    keep: float | None = None
    """Smallest share of the original's score that is kept: 0.99 for 99 %."""
    confidence: float = 0.95
    p95_seconds: float | None = None
    model_bytes: int | None = None
    image_bytes: int | None = None
    """Of the image, unpacked."""
    peak_memory_bytes: int | None = None
    cold_start_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A service as found."""

    name: str
    root: Path
    """The folder that a build gets, on this machine, absolute: mostly the one that was given, else the one below it
    that its compose file or Dockerfile is about."""
    dockerfile: Path | None
    """On this machine, absolute; None when there is none."""
    base_image: str | None
    """Of the final stage, with its tag; None without a Dockerfile."""
    python: str
    """``3.11``: of the base image, else of the project files, else of this machine."""
    workdir: str
    environment: tuple[tuple[str, str], ...] = ()
    """ENV of the final stage."""
    entry: EntryPoint
    start: Start
    files: tuple[CopiedFile, ...]
    """Everything that COPY and ADD bring, .dockerignore applied."""
    own_data: tuple[str, ...] = ()
    """Files that only jettison reads, relative to the service's folder: recorded requests, labelled data."""
    written: tuple[tuple[str, str], ...] = ()
    """Files that heredocs of COPY lines hold: place in the image, text."""
    python_installs: tuple[PythonInstall, ...]
    system_installs: tuple[SystemInstall, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    requests: tuple[Request, ...] = ()
    scores_within: float = 0.0
    """How far numbers with fractions may lie apart in answers that count as equal; 0: as far as rounding goes."""
    truth: Truth | None = None
    limits: Limits = field(default_factory=Limits)
    cpus: tuple[str, ...] = ()
    """Kinds of CPU, of `jettison.machine.CPUS`, that it shall be right on; empty: that of this machine."""
    numpy: NumpyFrom = "auto"
    """Whether the image's numpy is the index's wheel, compiled from source without BLAS, or that where a limit of the
    image's size asks for it."""
    notes: tuple[str, ...] = ()
    """What was guessed, and what could not be read, in sentences."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """All Python requirement lines, in the order of the Dockerfile."""
        return tuple(line for install in self.python_installs for line in install.requirements)
