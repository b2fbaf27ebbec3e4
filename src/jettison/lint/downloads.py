"""Models that come over the network: while the image is built, or when the service starts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..dockerfile.runs import RunLine
from ..dockerfile.wrappers import program
from .builds import Build, Line
from .code import Call, PythonFile
from .project import Project
from .weights import is_weights

_HUB = (
    "from_pretrained", "snapshot_download", "hf_hub_download", "SentenceTransformer", "CrossEncoder", "pipeline",
    "WhisperModel", "TextEmbedding", "SetFitModel",
)  # fmt: skip
_OTHER = ("load_model", "Reader", "YOLO", "load")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+|[\w-][\w.-]*")
_MODEL_HOSTS = ("huggingface.co", "hf.co", "civitai.com", "storage.googleapis.com", "drive.google.com", "modelscope.cn")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A model that a call gets from a hub when it is not there yet."""

    name: str
    """``org/model``; empty when a variable decides."""
    call: Call
    on_hub: bool
    """Hugging Face's, with its cache; else a library's own place."""
    folder: str = ""
    """Where the call is told to put it; empty for the library's cache."""
    patterns: bool = False
    """It says which files."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """A command of a RUN that brings a model."""

    line: Line
    run: RunLine
    kind: str
    """``hub``: through Hugging Face's cache or into a folder; ``clone``: with git; ``file``: one file by its address;
    ``library``: a library's own cache."""
    name: str
    """Of the model, or the address; empty when it is not known."""
    place: str = ""
    """The folder or file that it lands in, absolute; empty for the cache."""
    saved: str = ""
    """Where the program then saves it, absolute; empty when it does not."""
    patterns: bool = False
    """It says which files."""


def downloads(project: Project, build: Build) -> tuple[Download, ...]:
    """What the RUN lines of a build bring, in their order."""
    key = ("downloads", build.path)
    if key not in project.worked_out:
        found = (each for line in build.lines for run in line.runs for each in _of_command(project, build, line, run))
        project.worked_out[key] = tuple(found)
    known: tuple[Download, ...] = project.worked_out[key]
    return known


def wanted_by(file: PythonFile) -> Iterator[Wanted]:
    """What a file's calls get from a hub. A call that is told to look on the disk only is left out."""
    for call in file.calls:
        named = dict(call.named)
        if "local_files_only" in named:
            continue
        if call.function in _HUB:
            name = _repository(call, named)
            if name is not None:
                folder = named.get("local_dir", "")
                patterns = bool({"allow_patterns", "ignore_patterns", "filename"} & {*named}) or call.function in (
                    "hf_hub_download",
                    "from_pretrained",
                    "SentenceTransformer",
                )
                yield Wanted(name=name, call=call, on_hub=True, folder=folder, patterns=patterns)
        elif call.function in _OTHER and call.texts and _is_library_call(call):
            yield Wanted(name=call.texts[0], call=call, on_hub=False)


def hub_cache(variables: Mapping[str, str], user: str) -> str:
    """The folder of Hugging Face's cache, absolute; empty when it depends on a user whose home is not known."""
    for name, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "")):
        if variables.get(name):
            return posixpath.join(variables[name], below).rstrip("/")
    if variables.get("TRANSFORMERS_CACHE"):
        return variables["TRANSFORMERS_CACHE"].rstrip("/")
    if variables.get("XDG_CACHE_HOME"):
        return posixpath.join(variables["XDG_CACHE_HOME"], "huggingface")
    home = variables.get("HOME") or ("/root" if user in ("", "root", "0") else "")
    return posixpath.join(home, ".cache/huggingface") if home else ""


def code_run_by(project: Project, build: Build, line: Line, run: RunLine) -> PythonFile | None:
    """The program that a ``python`` command runs: behind ``-c``, in a heredoc, or a file of the folder."""
    if program(run.argv) != "python":
        return None
    words = run.argv[1:]
    while words and words[0].startswith("-") and words[0] not in ("-c", "-m", "-"):
        words = words[1:]
    if words[:1] == ("-c",) and len(words) > 1:
        return PythonFile(build.path, words[1])
    if not words or words[0] == "-":
        heredoc = next(iter(line.instruction.heredocs), None)
        return PythonFile(build.path, heredoc.text) if heredoc else None
    if not words[0].endswith(".py"):
        return None
    target = posixpath.normpath(posixpath.join(run.directory, words[0]))
    landing = build.landings.before(line.instruction.first_line).get(target)
    if landing is None:
        return None
    text = project.text(build.below(landing.source)) if landing.source else landing.text
    return PythonFile(landing.source, text) if text is not None else None


def _of_command(project: Project, build: Build, line: Line, run: RunLine) -> Iterator[Download]:
    name, argv = program(run.argv), run.argv
    if name in ("hf", "huggingface-cli") and argv[1:2] == ("download",):
        words = _positional(argv[2:])
        folder = _option(argv, "--local-dir")
        yield Download(
            line=line,
            run=run,
            kind="hub",
            name=words[0] if words else "",
            place=posixpath.normpath(posixpath.join(run.directory, folder)) if folder else "",
            patterns=len(words) > 1 or "--include" in argv or "--exclude" in argv,
        )
    elif name == "git" and argv[1:2] in (("clone",), ("lfs",)) and "clone" in argv[1:3]:
        words = [word for word in argv[2:] if not word.startswith("-") and word != "clone"]
        address = next((word for word in words if "://" in word), "")
        if any(host in address for host in ("huggingface.co", "hf.co", "modelscope.cn")):
            rest = words[words.index(address) + 1 :]
            folder = rest[0] if rest else posixpath.basename(address.rstrip("/")).removesuffix(".git")
            place = posixpath.normpath(posixpath.join(run.directory, folder))
            yield Download(line=line, run=run, kind="clone", name=address, place=place)
    elif name in ("wget", "curl", "aria2c", "gdown"):
        address = next((word for word in argv[1:] if "://" in word), "")
        target = _option(argv, "-O", "-o", "--output", "--output-document") or posixpath.basename(address.split("?")[0])
        if is_weights(target) or is_weights(address.split("?")[0]) or any(host in address for host in _MODEL_HOSTS):
            place = run.output or posixpath.normpath(posixpath.join(run.directory, target))
            yield Download(line=line, run=run, kind="file", name=address, place=place)
    elif (code := code_run_by(project, build, line, run)) is not None:
        yield from _of_code(code, line, run)


def _of_code(code: PythonFile, line: Line, run: RunLine) -> Iterator[Download]:
    saved = next((call.texts[0] for call in code.calls if call.function == "save_pretrained" and call.texts), "")
    for wanted in wanted_by(code):
        yield Download(
            line=line,
            run=run,
            kind="hub" if wanted.on_hub else "library",
            name=wanted.name,
            place=posixpath.normpath(posixpath.join(run.directory, wanted.folder)) if wanted.folder else "",
            saved=posixpath.normpath(posixpath.join(run.directory, saved)) if saved else "",
            patterns=wanted.patterns,
        )


def _repository(call: Call, named: Mapping[str, str]) -> str | None:
    """The model that a call names; empty when a variable decides, None for a place on the disk."""
    if call.function == "pipeline":
        if "model" not in named and len(call.texts) < 2:
            return None  # a default of the task, or a model that is there already
        name = named.get("model") or "".join(call.texts[1:2])
    else:
        keys = ("repo_id", "pretrained_model_name_or_path", "model_name_or_path")
        name = next((named[key] for key in keys if named.get(key)), "".join(call.texts[:1]))
    if not name:
        return ""
    is_path = name.startswith(("/", ".", "~")) or name.count("/") > 1 or "\\" in name or is_weights(name)
    return None if is_path or not _REPOSITORY.fullmatch(name) else name


def _is_library_call(call: Call) -> bool:
    if call.function == "YOLO":
        return call.texts[0].endswith(".pt") and "/" not in call.texts[0]
    if call.function == "load_model":
        return call.name == "whisper.load_model" and not is_weights(call.texts[0])
    if call.function == "load":
        return call.name == "hub.load"
    return call.name == "easyocr.Reader"


def _positional(words: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(words):
        if words[at].startswith("-"):
            at += 0 if "=" in words[at] or words[at] in ("--quiet", "--force-download") else 1
        else:
            found.append(words[at])
        at += 1
    return found


def _option(argv: tuple[str, ...], *names: str) -> str:
    for index, word in enumerate(argv):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(argv[index + 1 : index + 2])
    return ""
