"""The service runs as root."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator

from ...dockerfile.runs import RunLine
from ...dockerfile.shell import run_commands
from ...dockerfile.system_installs import download
from ...dockerfile.wrappers import program
from ...records import Change, Edit, FixClass
from ..bases import RUNS_AS_ROOT, Base, shipped_base
from ..builds import Build, Line
from ..found import Found, changed, replaced
from ..project import Project
from ..rule import Example
from ..service_writes import written_by_service
from ..starts import added_lines, files_started, place_before_start, scripts_started, start_of
from ..system_libraries import leaves_home
from ..web_code import web_code

CODE = "R01"
NAME = "root"
SUMMARY = "the service runs as root"
WHY = """\
Whoever gets in through the service is root in the container, and a mistake away from being it on the host. Kubernetes
clusters refuse such an image (`runAsNonRoot` looks for a number, not a name).

The fix makes a user with a home of its own behind all that the build does, and starts the service as that user, by
number. What the service writes must go to its home, `/tmp` or a volume: build it and compare. It changes nothing where
something was put below root's home or installed for that user alone, where a user is made already, where the code
writes below its own folder, where a RUN makes folders that nothing fills, where the service listens on a port below
1024, or where the system's tools are not known. Images of AWS Lambda and Azure Functions, which the platform runs as it
likes, images whose user is not known, and those that start nothing, are not accused; nor is a start that gives up its
rights itself (gosu, su-exec, setpriv)."""
FIX: FixClass = "verify"
ALSO = ("DL3002",)
SOURCES = ("hadolint, rule DL3002", "Kubernetes, pod security standards: restricted")
EXAMPLES = (
    Example(
        bad={"Dockerfile": 'FROM python:3.12-slim\nCOPY . /app\n# start\nCMD ["python", "/app/main.py"]\n'},
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nRUN useradd --uid 10001 --create-home app\nUSER 10001\n"
            '# start\nCMD ["python", "/app/main.py"]\n'
        },
    ),
    Example(
        title="the model lies in root's home: where to put it is for a person to say",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nUSER root\n"
            "RUN python -c \"from transformers import pipeline; pipeline('sentiment-analysis')\"\nCMD python main.py\n"
        },
        good={"Dockerfile": "FROM python:3.12-slim\nRUN useradd -m app\nUSER app\nCMD python main.py\n"},
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nUSER root\n"
            "RUN python -c \"from transformers import pipeline; pipeline('sentiment-analysis')\"\nCMD python main.py\n"
        },
    ),
    Example(
        title="distroless has a tag for it; Lambda and Functions decide for themselves",
        bad={"Dockerfile": 'FROM gcr.io/distroless/python3-debian12\nCOPY . /app\nCMD ["/app/main.py"]\n'},
        good={"Dockerfile": 'FROM public.ecr.aws/lambda/python:3.12\nCOPY . .\nCMD ["main.handler"]\n'},
        fixed={"Dockerfile": 'FROM gcr.io/distroless/python3-debian12:nonroot\nCOPY . /app\nCMD ["/app/main.py"]\n'},
    ),
    Example(
        title="no RUN right behind another one",
        bad={"Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nRUN pip install /app\nCMD serve"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN useradd --uid 10001 --create-home app\nCOPY . /app\n"
            "RUN pip install /app\nUSER 10001\nCMD serve"
        },
    ),
    Example(
        title="nothing but a RUN",
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip install app \\\n  gunicorn\nCMD serve\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install app \\\n"
            "  gunicorn && useradd --uid 10001 --create-home app\nUSER 10001\nCMD serve\n"
        },
    ),
    Example(
        title="Alpine",
        bad={"Dockerfile": "FROM python:3.12-alpine\r\nCMD python /app.py\r\nCOPY . /app"},
        good={
            "Dockerfile": "FROM python:3.12-alpine\r\nCMD python /app.py\r\nCOPY . /app\r\nRUN adduser -D -u 10001 app\r\nUSER 10001\r\n",
        },
    ),
)

_UID = 10001
_ROOT = ("", "root", "0", "root:root", "0:0", "root:0", "0:root")
_OF_ROOT = re.compile(r"/root\b|(^|[\s=:\"'])~(/|\s|$)|\$\{?HOME\b|--user\b")
_START_OTHERS = ("supervisord", "nginx", "apache2", "httpd", "s6-svscan", "init", "systemd", "cron", "honcho", "sshd")
_SCRIPTS = (".sh", "entrypoint", ".conf", ".ini")
_CHANGES_FILES = re.compile(
    r"^[^#\n]*?(^|[;&|(\s])(mkdir|rm|ln|cp|mv|touch|chown|install)\s[^\n]*?(?<![\w./])/(?!tmp\b|dev\b|home\b|\S*\.sh\b)"
    r"|^[^#\n]*?(^|[;&|(\s])(mkdir|ln|mv|touch)\s[^\n]*\$|/root\b|^\s*chown\s",
    re.MULTILINE,
)
_GIVES_UP = re.compile(
    r"\b(gosu|su-exec|setpriv|runuser|sudo -u|su -)\b|--user[ =]|--uid[ =]|\bdrop-privileges\b|\bawslambdaric\b"
)


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile whose last USER is root, or that has none."""
    if project.aims_at("aws-lambda", "azure-functions"):
        return
    for build in project.builds:
        base = shipped_base(project, build)
        user = build.scope.user.strip()
        if base is None or user not in _ROOT or not _is_service(project, build, base) or _gives_up(project, build):
            continue
        distroless = base.repository.startswith("gcr.io/distroless/")
        if not RUNS_AS_ROOT.fullmatch(base.repository) and not distroless and not user:
            continue
        if distroless and "nonroot" in base.tag:
            continue
        said = next((line for line in reversed(build.lines) if line.ships and line.word == "USER"), None)
        at = said or next(iter(reversed(build.of_stage(build.final.index))), None)
        instruction = at.instruction if at else build.final.opened
        changes: tuple[Change, ...] = ()
        if distroless:
            if base.written and not base.has_variables and not base.digest and base.tag in ("", "latest"):
                name = base.written.removesuffix(":latest")
                changes = (replaced(build.path, base.start, base.end, f"{name}:nonroot"),)
        elif not (reason := _reason(project, build, base)):
            make = f"RUN adduser -D -u {_UID} app" if base.is_alpine else f"RUN useradd --uid {_UID} --create-home app"
            changes = (changed(build.path, _edits(build, make)),)
        else:
            yield _found(build, instruction.start, instruction.end, f"make a user for it and say USER; {reason}", ())
            continue
        advice = "take the :nonroot tag" if distroless else "make a user for it, and say USER with its number"
        yield _found(build, instruction.start, instruction.end, advice, changes)


def _is_service(project: Project, build: Build, base: Base) -> bool:
    """It starts something, and is no image for other Dockerfiles to stand on."""
    if "windows" in base.tag or "nanoserver" in base.tag or any(line.word == "ONBUILD" for line in build.lines):
        return False
    starts = any(
        line.word in ("CMD", "ENTRYPOINT") and line.ships and line.instruction.arguments for line in build.lines
    )
    return starts or base.repository.startswith("tiangolo/")


def _edits(build: Build, make: str) -> Iterator[Edit]:
    """USER behind all that the build does; the user right before it, or where no RUN would follow a RUN."""
    place = place_before_start(build)
    inside = build.of_stage(build.final.index)
    before = [line for line in inside if line.instruction.start < place]
    opened = build.final.opened.end
    at = place
    if before and before[-1].word == "RUN":
        if before[0].word != "RUN":
            at = opened
        elif (last := _end_of_chain(before[-1])) is not None:
            yield Edit(start=last, end=last, replacement=f" && {make.removeprefix('RUN ')}")
            yield Edit(start=place, end=place, replacement=added_lines(build, place, f"USER {_UID}"))
            return
    if at != place:
        yield Edit(start=at, end=at, replacement=added_lines(build, at, make))
        yield Edit(start=place, end=place, replacement=added_lines(build, place, f"USER {_UID}"))
    else:
        yield Edit(start=place, end=place, replacement=added_lines(build, place, make, f"USER {_UID}"))


def _end_of_chain(line: Line) -> int | None:
    """Where another command can be added to a RUN with ``&&``; None where that could hide a failure."""
    instruction = line.instruction
    commands = run_commands(instruction, line.scope.shell)
    plain = all(each.understood and not each.inside and each.after in ("", "&&") for each in commands)
    return commands[-1].end if plain and not instruction.is_json and not instruction.heredocs else None


def _found(build: Build, start: int, end: int, advice: str, changes: tuple[Change, ...]) -> Found:
    return Found(
        file=build.path,
        start=start,
        end=end,
        message="the service runs as root",
        advice=advice,
        fix="verify",
        changes=changes,
    )


def _reason(project: Project, build: Build, base: Base) -> str:
    """Why a user cannot simply be made at the end; empty when it can."""
    if not (base.is_debian or base.is_alpine):
        return "how its system makes users is not known here"
    for line in build.lines:
        if line.ships and (reason := _of_instruction(line) or _of_commands(build, line)):
            return f"line {line.instruction.first_line} {reason}"
    if reason := written_by_service(project, build) or _by_script(project, build):
        return reason
    start = start_of(project, build)
    if base.repository.startswith("tiangolo/") and start is None:
        return "its image listens on port 80, which is for root alone on some hosts"
    if start is None or start.call is None:
        starts_others = start is not None and program(start.argv) in _START_OTHERS
        return "it starts several programs as root: let each give it up" if starts_others else ""
    given = [call.keyword("port") for call in web_code(project, build).started_by(start.call)]
    ports = [start.call.port, *(each.value for each in given if isinstance(each, ast.Constant))]
    low = next((port for port in ports if isinstance(port, int) and port < 1024), None)
    return f"port {low} is for root alone on some hosts" if low is not None else ""


def _by_script(project: Project, build: Build) -> str:
    if any(_CHANGES_FILES.search(text) for text in scripts_started(project, build)):
        return "the script that is started makes or moves files, which the user must be able to"
    return ""


def _of_instruction(line: Line) -> str:
    if line.word == "USER":
        return "names one already, and the end goes back to root"
    if line.word == "VOLUME":
        return "makes a volume, which the user must get"
    if line.word in ("RUN", "COPY", "ADD", "ENV", "WORKDIR", "CMD", "ENTRYPOINT"):
        bodies = (line.instruction.body, *(heredoc.content for heredoc in line.instruction.heredocs))
        if _OF_ROOT.search(re.sub(r"\brm\s+-\S+\s+[^;&|\n]*", "", "\n".join(bodies))):
            return "uses root's home, which the user cannot read"
    return ""


def _of_commands(build: Build, line: Line) -> str:
    if not line.is_understood:
        return "was not understood"
    for run in line.runs:
        name = program(run.argv)
        for reason, holds in (
            ("makes one already", name in ("useradd", "adduser", "groupadd", "addgroup")),
            ("clones code, and where that writes is not seen", name == "git" and _keeps_clone(run)),
            ("makes a folder, which the user may have to write to", name == "mkdir" and _may_be_empty(build, run)),
        ):
            if holds:
                return reason
        elsewhere = {"HF_HOME", "TORCH_HOME", "XDG_CACHE_HOME", "SENTENCE_TRANSFORMERS_HOME"} & set(run.variables)
        if (download(run) in ("python", "hf download", "huggingface-cli download") and not elsewhere) or (
            name == "uv" and run.argv[1:2] == ("python",)
        ):
            return "downloads into root's home, which the user cannot read"
        if "HOME" not in {*line.scope.environment, *run.variables} and _may_fill_home(run):
            return f"runs {name}, which may put files into root's home, which the user cannot read"
    return ""


def _may_fill_home(run: RunLine) -> bool:
    """A program of the service's own, or of a package: models, browsers and corpora are brought that way."""
    name = program(run.argv)
    if name == "python" and run.argv[1:2] == ("-m",):
        return "".join(run.argv[2:3]) not in leaves_home("modules")
    return name not in leaves_home("programs") and not name.endswith((".sh", ".py"))


def _keeps_clone(run: RunLine) -> bool:
    return "clone" in run.argv[1:4] and not any(word.startswith("/tmp") for word in run.argv)


def _may_be_empty(build: Build, run: RunLine) -> bool:
    """The folders that a mkdir makes are not all the system's, and the build puts no files there."""
    paths = [posixpath.normpath(posixpath.join(run.directory, word)) for word in run.argv[1:] if word[:1] != "-"]
    filled = {each.target for each in build.landings.steps} | {f"{line.scope.workdir}/" for line in build.lines}
    return not all(
        re.match(r"/(etc|usr|opt|tmp|var/(lib|cache|tmp))(/|$)", path)
        or any(target.startswith(f"{path.rstrip('/')}/") for target in filled)
        for path in paths
    )


def _gives_up(project: Project, build: Build) -> bool:
    """What it starts gives up root's rights by itself."""
    starting = (line for line in build.lines if line.ships and line.word in ("CMD", "ENTRYPOINT"))
    if any(_GIVES_UP.search(" ".join(line.instruction.arguments)) for line in starting):
        return True
    return any(
        _GIVES_UP.search(text) or re.search(r"(?m)^\s*(uid|user)\s*=", text)
        for name, text in files_started(project, build)
        if name.endswith(_SCRIPTS)
    )
