"""chown -R or chmod -R behind the instruction that brought the files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import Change, Edit, FixClass, Saving
from ..builds import Build, Line
from ..found import Found, changed
from ..owners import (
    Recursive,
    copies_into,
    makers_of,
    makes_users_only,
    others_write,
    recursive_changes,
)
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..taken_back import as_one
from ..traces import made

CODE = "L04"
NAME = "copied-owner"
SUMMARY = "chown -R or chmod -R writes all files of an earlier layer once more"
WHY = """\
A layer holds whole files. When only the owner or the mode of a file changes, the file is in the image twice; for models
and environments that is up to half of an image. `COPY --chown` and `COPY --chmod` set both while copying.

The fix gives the COPY the flag and lets `chown` change the folder itself alone, which costs nothing; the image is the
same. Where the user is made further down, the RUN that makes it is moved in front of the COPY, and the image is to be
compared. Where the files were made by a RUN right before, the two become one. It changes nothing where anything else may
have written below the path, where the mode is a symbolic one, and where a COPY brought more than the path."""
FIX: FixClass = "safe"
ALSO = ()
SOURCES = (
    "onyx-dot-app/onyx, pull request 5845: 26.1 GB became 14.8 GB",
    "topoteretes/cognee, pull requests 3753 and 4045: 18 GB became 9.12 GB",
    "wagoodman/dive, issue 684",
)
_HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"
EXAMPLES = (
    Example(
        bad={"Dockerfile": f"{_HEAD}COPY . .\nRUN chown -R 1000:1000 /app\nUSER 1000\n", "app.py": "x = 1\n"},
        good={
            "Dockerfile": f"{_HEAD}COPY --chown=1000:1000 . .\nRUN chown 1000:1000 /app\nUSER 1000\n",
            "app.py": "x = 1\n",
        },
        sizes={"model.safetensors": 90_000_000},
    ),
    Example(
        title="the user is made further down, with the chown",
        bad={
            "Dockerfile": f"{_HEAD}# the service\nCOPY . .\nRUN useradd -m app \\\n && chown -R app:app /app\nUSER app\n"
        },
        good={"Dockerfile": f"{_HEAD}RUN mkdir /data && useradd app && chown -R app:app /data\n"},
        fixed={
            "Dockerfile": f"{_HEAD}RUN useradd -m app\n# the service\nCOPY --chown=app:app . .\n"
            "RUN chown app:app /app\nUSER app\n"
        },
    ),
    Example(
        title="the user is there already; requirements were installed meanwhile; a mode",
        bad={
            "Dockerfile": f"{_HEAD}RUN adduser --disabled-password app\nCOPY requirements.txt ./\n"
            "RUN pip install --no-cache-dir -r requirements.txt\nCOPY --from=0 \\\n  /w /app/w\nRUN chmod -R 755 .\n"
        },
        good={
            "Dockerfile": f"{_HEAD}COPY --chmod=755 . .\nRUN chmod 755 .\n"
            "FROM python:3.12-slim\nRUN mkdir /srv/x && chmod -R 777 /srv/x\n"
        },
        fixed={
            "Dockerfile": f"{_HEAD}RUN adduser --disabled-password app\nCOPY --chmod=755 requirements.txt ./\n"
            "RUN pip install --no-cache-dir -r requirements.txt\nCOPY --chmod=755 --from=0 \\\n  /w /app/w\n"
            "RUN chmod 755 .\n"
        },
    ),
    Example(
        title="what a RUN made",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN git clone https://example.org/m.git /models\n"
            "RUN chown -R nobody:root /models\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN git clone https://example.org/m.git /models && \\\n"
            "    chown -R nobody:root /models\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every recursive change, in a stage that ships, of what an earlier instruction brought."""
    for build in project.builds:
        for line in build.lines:
            for change in recursive_changes(line) if line.ships and line.runs else ():
                maker = _maker(build, change)
                copies = copies_into(build, change)
                saving = _saving(project, build, change)
                if maker is None and not copies and saving is None:
                    continue
                changes, fix = _changes(build, change, copies, maker)
                yield Found(
                    file=build.path,
                    start=line.instruction.start,
                    end=line.instruction.end,
                    message=f"{change.program} -R writes all that lies in {change.path} into a second layer",
                    advice=_advice(change, maker),
                    fix=fix,
                    changes=changes,
                    saving=saving,
                )


def _advice(change: Recursive, maker: Line | None) -> str:
    if maker is not None:
        return f"do it in the RUN of line {maker.instruction.first_line}, which makes the files"
    return f"let COPY do it: {change.flag or '--chmod= with a mode in digits'}"


def _maker(build: Build, change: Recursive) -> Line | None:
    """The earlier RUN of its stage that made files below its path."""
    found = None
    for line in build.of_stage(change.line.stage):
        if line.instruction.start >= change.line.instruction.start:
            break
        traces = [trace for run in line.runs for trace in made(run, line.runs) if trace.kind == "path"]
        if any(f"{trace.name}/".startswith(change.path.rstrip("/") + "/") for trace in traces):
            found = line
    return found


def _saving(project: Project, build: Build, change: Recursive) -> Saving | None:
    """The files of the folder that are written twice; None when none of those is there."""
    lying = build.landings.before(change.line.instruction.first_line)
    below = change.path.rstrip("/") + "/"
    sources = [each.source for each in lying.values() if each.source and f"{each.target}/".startswith(below)]
    return of_files(project, map(build.below, sources)) if sources else None


def _changes(
    build: Build, change: Recursive, copies: tuple[Line, ...] | None, maker: Line | None
) -> tuple[tuple[Change, ...], FixClass]:
    if maker is not None:
        return (as_one(build, maker, change.line)[0] if not copies else ()), "safe"
    option = change.option
    if not copies or not change.flag or option is None or option.value != option.text or others_write(build, change):
        return (), "safe"
    flag = change.flag.partition("=")[0][2:]
    # Builders do not agree on whose the files of an archive are.
    if any(map(_unpacks, copies)) or any(
        copy.instruction.flag(flag) not in (None, change.flag.partition("=")[2]) for copy in copies
    ):
        return (), "safe"
    edits = [_flagged(copy, change.flag) for copy in copies if copy.instruction.flag(flag) is None]
    makers = makers_of([line for line in build.lines if line.ships], change.names)
    late = [line for line in makers or () if line.instruction.start > copies[0].instruction.start]
    if makers is None or len(late) > 1:
        return (), "safe"
    if late:
        moved = _moved(build, late[0], copies[0], change)
        if not moved:
            return (), "safe"
        edits += moved
    edits.append(_once(build, change))
    return (changed(build.path, edits),), "verify" if late else "safe"


def _unpacks(copy: Line) -> bool:
    return copy.word == "ADD" and any(
        re.search(r"\.(tar|tgz|gz|bz2|xz|zst)\b|\$|\*", word) for word in copy.instruction.arguments[:-1]
    )


def _flagged(copy: Line, flag: str) -> Edit:
    at = copy.instruction.source_at(len(copy.word) - 1) + 1
    return Edit(start=at, end=at, replacement=f" {flag}")


def _once(build: Build, change: Recursive) -> Edit:
    """Without -R."""
    words = change.run.command.words
    option = next(word for word in words if word is change.option)
    before = words[words.index(option) - 1]
    left = option.text.replace("R", "") if not option.text.startswith("--") else "-"
    if len(left) > 1:
        return Edit(start=option.start, end=option.end, replacement=left)
    return Edit(start=before.end, end=option.end, replacement="")


def _moved(build: Build, line: Line, copy: Line, change: Recursive) -> list[Edit]:
    """The RUN that makes the user, in front of the COPY; without the chown, when that is its last command."""
    own = line is change.line
    runs = line.runs[:-1] if own else line.runs
    instruction = line.instruction
    plain = all(run.command.after in ("", "&&") and not run.command.inside for run in line.runs)
    if not plain or instruction.flags or instruction.is_json or instruction.heredocs or line.stage != copy.stage:
        return []
    if (own and line.runs[-1] is not change.run) or not makes_users_only(runs, change.path):
        return []
    if line.scope.user != copy.scope.user or line.scope.shell != copy.scope.shell:
        return []
    text, newline = build.dockerfile.text, build.dockerfile.newline
    start = instruction.source_at(instruction.body_at)
    made_text = f"{text[instruction.start : start]}{text[start : runs[-1].command.end]}{newline}"
    at = _above_comments(build, copy)
    gone = (
        Edit(start=start, end=change.run.command.start, replacement="")
        if own
        else Edit(start=instruction.start, end=instruction.end, replacement="")
    )
    return [Edit(start=at, end=at, replacement=made_text), gone]


def _above_comments(build: Build, line: Line) -> int:
    """Where the comments right above an instruction begin."""
    text, at = build.dockerfile.text, line.instruction.start
    while at:
        above = text.rfind("\n", 0, at - 1) + 1
        if not text[above:at].lstrip().startswith("#"):
            break
        at = above
    return at
