"""RUN lines that follow each other, and that nothing would be gained by joining."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.system_installs import leaves_lists
from ...records import FixClass
from ..found import Found
from ..joining import neighbours
from ..project import Project
from ..rule import Example
from ..savings import of_table
from ..taken_back import taken_back

CODE = "L06"
NAME = "runs-apart"
SUMMARY = "RUN lines follow each other; joining them would save nothing"
WHY = """\
A layer holds the files that its RUN changed. Joining two RUN lines moves files from one layer to another and takes none
away, so it saves bytes only when one of them removes or writes anew what another has made (L03, L04, L05). Everywhere
else it saves a few hundred bytes of metadata, and costs the build cache: a change in one line runs all of them again.

So this is no flaw, and the fixer leaves such lines alone; it is said so that nobody expects anything of it. Where RUN
lines are joined, they are joined with `&&`, keep their comments, and get brackets where their text needs some."""
FIX: FixClass = "suggest"
ALSO = ("DL3059",)
SOURCES = ("hadolint, rule DL3059", "OCI image-spec, layer.md: a layer is a set of changes")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM debian:12\nRUN touch /a\n\n# b\nRUN touch /b\nRUN touch /c\n"},
        good={"Dockerfile": "FROM debian:12\nRUN touch /a\nCOPY . /app\nRUN touch /b && touch /c\n"},
    ),
    Example(
        title="where joining saves bytes, another rule says so; what does not ship may be apart",
        bad={"Dockerfile": "FROM debian:12\nRUN --mount=type=secret,id=a touch /a\nRUN <<EOF\ntouch /b\nEOF\n"},
        good={
            "Dockerfile": "FROM debian:12 AS build\nRUN touch /a\nRUN touch /b\nFROM debian:12\n"
            "RUN wget https://example.org/a.zip\nRUN unzip a.zip\nRUN rm a.zip\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every group of RUN lines in a stage that ships."""
    for build in project.builds:
        groups = [group for group in neighbours(build) if group[0].ships]
        pairs = taken_back(build) if groups else ()
        for group in groups:
            if any(pair.remover in group for pair in pairs) or any(leaves_lists(line.runs) for line in group):
                continue
            first, last = group[0].instruction, group[-1].instruction
            yield Found(
                file=build.path,
                start=first.start,
                end=last.end,
                message=f"{len(group)} RUN lines follow each other; joining them would save about 0 bytes, since none "
                "removes what another made",
                advice="leave them, unless there are very many: each is built again only when it or one above changes",
                saving=of_table("joined-layers"),
            )
