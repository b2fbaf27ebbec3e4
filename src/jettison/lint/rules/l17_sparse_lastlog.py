"""useradd with a very large user id."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.runs import RunLine
from ...dockerfile.wrappers import program
from ...records import FixClass, Saving
from ..found import Found, changed
from ..options import option_behind
from ..project import Project
from ..rule import Example

CODE = "L17"
NAME = "sparse-lastlog"
SUMMARY = "useradd with a very large user id writes a huge, empty login record"
WHY = """\
`/var/log/lastlog` has a record of 292 bytes for every user id up to the largest, and `/var/log/faillog` one of 32. On a
disk the holes in between take no room; in a layer they do, and packing them takes minutes. `useradd -l` leaves these
records out. Ids of up to five digits are not worth a word."""
FIX: FixClass = "safe"
ALSO = ("DL3046",)
SOURCES = ("hadolint, rule DL3046", "moby/moby, issue 5419: useradd with a large id fills the disk")
_RECORD_BYTES = 292 + 32
_LARGE = 100_000
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM debian:12\nRUN useradd -m -u 1000700000 app\n"},
        good={"Dockerfile": "FROM debian:12\nRUN useradd -l -m -u 1000700000 app\n"},
    ),
    Example(
        title="the id in an ARG, on a line of its own; a small one, and the long name of the option",
        bad={
            "Dockerfile": "FROM debian:12\nARG UID=1234567\nRUN groupadd -g 5 app && \\\n    useradd \\\n"
            "      --uid=${UID} app\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN useradd -u 65532 app && useradd --no-log-init --uid 1234567 big\n"
            "RUN useradd -lm -u 1234567 other && adduser -u 1234567 another\n"
        },
        fixed={
            "Dockerfile": "FROM debian:12\nARG UID=1234567\nRUN groupadd -g 5 app && \\\n    useradd -l \\\n"
            "      --uid=${UID} app\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every useradd of a stage that ships."""
    for build in project.builds:
        for line in (*build.lines, *build.held_back):
            for run in line.runs if line.ships else ():
                number = _user_id(run)
                if number < _LARGE:
                    continue
                edit = option_behind(build, line, run, "useradd", "-l")
                yield Found(
                    file=build.path,
                    start=line.instruction.start,
                    end=line.instruction.end,
                    message=f"useradd writes login records of {number + 1:,} user ids into the layer",
                    advice="add -l to useradd",
                    fix="safe",
                    changes=(changed(build.path, [edit]),) if edit else (),
                    saving=Saving(
                        size_bytes=_RECORD_BYTES * (number + 1),
                        known="table",
                        source="lastlog and faillog have 292 and 32 bytes for every user id (2026-11)",
                    ),
                )


def _user_id(run: RunLine) -> int:
    """The id that a useradd without ``-l`` asks for; 0 for everything else."""
    if program(run.argv) != "useradd":
        return 0
    number = 0
    for index, word in enumerate(run.argv):
        name, equals, value = word.partition("=")
        is_short = word.startswith("-") and not word.startswith("--")
        if word == "--no-log-init" or (is_short and "l" in word[1:].rstrip("0123456789")):
            return 0
        if name == "--uid" or (is_short and word.endswith("u")):
            value = value if equals else "".join(run.argv[index + 1 : index + 2])
        elif is_short and word.startswith("-u"):
            value = word[2:]
        number = int(value) if value.isdecimal() else number
    return number
