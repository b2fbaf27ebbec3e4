"""Requirements whose version the day of the build decides."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..dependencies import Dependency
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "W19"
NAME = "unpinned"
SUMMARY = "nothing decides which versions are installed, so that the next build may give another image"
WHY = """\
A requirement without an upper bound takes whatever is newest on the day of the build: other versions, another size,
sometimes other answers. A lock (`uv lock`, `poetry lock`, `pip-compile --generate-hashes`) decides all of them, those
that others require too.

One finding a file. It says nothing where a lock or a compiled file stands beside it, where constraints pin the names,
or where every line has an upper bound. pip, setuptools and wheel are left out."""
FIX: FixClass = "suggest"
ALSO = ("DL3013",)
SOURCES = ("hadolint, rule DL3013", 'pip, "Repeatable installs"')
EXAMPLES = (
    Example(
        bad={"requirements.txt": "flask\nnumpy>=1.26\npandas==2.2.3\n"},
        good={"requirements.txt": "flask==3.1.0\nnumpy~=1.26\npandas==2.2.3\n"},
    ),
    Example(
        title="constraints pin them",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY r.txt c.txt /\nRUN pip install -r /r.txt -c /c.txt\n",
            "r.txt": "flask\nnumpy\n",
            "c.txt": "flask==3.1.0\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY r.txt c.txt /\nRUN pip install -r /r.txt -c /c.txt\n",
            "r.txt": "flask\nnumpy\n",
            "c.txt": "flask==3.1.0\nnumpy==2.3.5\n",
        },
    ),
    Example(
        title="words of a command; a project with its lock",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install --upgrade pip && \\\n    pip install flask numpy==2.3.5\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install --upgrade pip setuptools && uv sync\n",
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['flask>=3']\n",
            "uv.lock": "version = 1\n",
        },
    ),
)
_TOOLS = ("pip", "setuptools", "wheel")


def findings(project: Project) -> Iterator[Found]:
    """Every file with such requirements, at the first of them."""
    pinned = {
        line.name
        for file in project.requirement_files
        if file.path in project.constraints
        for line in file.lines
        if line.pinned
    }
    by_file: dict[str, list[Dependency]] = {}
    for each in project.dependencies:
        if each.ships and not each.lock and each.name not in pinned and not _is_bounded(each):
            by_file.setdefault(each.file, []).append(each)
    for file, named in by_file.items():
        names = list(dict.fromkeys(each.name for each in named))
        many = f" and {len(names) - 4} more" if len(names) > 4 else ""
        yield Found(
            file=file,
            start=named[0].start,
            end=named[0].end,
            message=f"no version is decided for {', '.join(names[:4])}{many}",
            advice="lock the versions: uv lock, poetry lock, or pip-compile --generate-hashes",
        )


def _is_bounded(each: Dependency) -> bool:
    """A version, an upper bound, or an address decides."""
    said = each.specifier.replace(" ", "")
    if each.url or each.name in _TOOLS or each.is_hashed:
        return True
    if each.form in ("poetry", "pipfile") and said[:1] in tuple("^~0123456789"):
        return True
    return any(part.startswith(("==", "~=", "<", "===")) for part in said.split(",")) or (
        each.form == "conda" and bool(said) and not said.startswith(">")
    )
