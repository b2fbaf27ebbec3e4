"""PyTorch's index where it serves, or hides, packages that are not PyTorch's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import Change, Edit, FixClass
from ..cpu_torch import poetry_projects, uv_projects
from ..cpu_torch.asked import asked
from ..cpu_torch.installed import Asking
from ..cpu_torch.names import FAMILY, INDEX, is_cpu_index, is_cuda_index
from ..cpu_torch.pip_changes import with_cpu_builds
from ..cpu_torch.toml_files import says
from ..found import Found, changed
from ..project import Project
from ..rule import Example
from ..toml_places import table_at

CODE = "W04"
NAME = "torch-index-shadows"
SUMMARY = "PyTorch's index is asked for packages that are not PyTorch's"
WHY = """\
PyTorch's index carries old copies of what torch requires (charset-normalizer, numpy, requests …) and nothing else. uv and
Poetry take a package from the first index that has it, so an index for torch that is not explicit brings these old copies,
or no version that fits a pin. As pip's only index, it has no flask at all.

The fix narrows it: `--torch-backend cpu` for `uv pip`, `explicit = true` with sources for uv projects,
`priority = "explicit"` for Poetry, `--extra-index-url` instead of `--index-url` for pip. An extra index is right for pip,
which compares the versions of all of them."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "hushh-labs/hushh-research, pull request 6584: charset-normalizer shadowed",
    "uv's documentation, Package indexes: searching across multiple indexes",
)
_SERVED = {
    *FAMILY, "filelock", "fsspec", "jinja2", "markupsafe", "mpmath", "networkx", "numpy", "pillow", "sympy", "typing-extensions",
    "setuptools", "wheel", "requests", "certifi", "charset-normalizer", "idna", "urllib3", "tqdm", "packaging", "pyyaml", "torchtext",
    "torchdata", "torchao", "torchcodec", "torchserve", "tensordict", "torchrl", "executorch", "xformers", "pip",
}  # fmt: skip
"""What PyTorch's CPU index has (2026-11)."""
_NAMED = '[project]\nname = "service"\nversion = "1"\ndependencies = ["torch", "flask"]\n'
EXAMPLES = (
    Example(
        title="uv pip takes a package from the first index that has it",
        bad={
            "Dockerfile": f"FROM python:3.12-slim\nRUN uv pip install --system --extra-index-url {INDEX} \\\n    torch requests\n"
        },
        good={
            "Dockerfile": f"FROM python:3.12-slim\nRUN pip install --extra-index-url {INDEX} torch requests\nRUN uv pip install --system --extra-index-url {INDEX} --index-strategy unsafe-best-match torch requests\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN uv pip install --system --torch-backend cpu \\\n    torch requests\n"
        },
    ),
    Example(
        title="pip has no other index",
        bad={"requirements.txt": f"--index-url {INDEX}\ntorch\nflask\n"},
        good={"requirements.txt": f"--index-url {INDEX}\ntorch\nnumpy\n"},
        fixed={"requirements.txt": f"--extra-index-url {INDEX}\ntorch\nflask\n"},
    ),
    Example(
        title="a uv project",
        bad={"pyproject.toml": _NAMED + f'\n[[tool.uv.index]]\nname = "cpu"\nurl = "{INDEX}"  # small\n'},
        good={
            "pyproject.toml": _NAMED
            + f'\n[[tool.uv.index]]\nname = "cpu"\nurl = "{INDEX}"  # small\nexplicit = true\n\n[tool.uv.sources]\ntorch = {{ index = "cpu" }}\n'
        },
    ),
    Example(
        title="a Poetry project",
        bad={
            "pyproject.toml": f'[tool.poetry.dependencies]\ntorch = "^2.3"\n\n[[tool.poetry.source]]\nname = "cpu"\nurl = "{INDEX}"\n'
        },
        good={
            "pyproject.toml": f'[tool.poetry.dependencies]\ntorch = {{ version = "^2.3", source = "cpu" }}\n\n[[tool.poetry.source]]\nname = "cpu"\nurl = "{INDEX}"\npriority = "explicit"\n'
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Commands, requirements files and project files."""
    if not project.on_cpu:
        return
    for asking in asked(project):
        yield from _of_pip(asking) if asking.tool == "pip" else _of_uv_pip(asking)
    for path in uv_projects.uv_files(project):
        yield from _of_uv(uv_projects.Reading(project, path))
    for path in poetry_projects.poetry_files(project):
        yield from _of_poetry(poetry_projects.Reading(project, path))


def _of_pip(asking: Asking) -> Iterator[Found]:
    others = [each.name for each in asking.named if each.name not in _SERVED and not each.requirement.url]
    wants_others = others or asking.projects
    if not wants_others or any(not is_cpu_index(url) for url in asking.addresses) or not asking.addresses:
        return
    message = f"PyTorch's index is the only one here, and it has no {(others or ['dependencies of the project'])[0]}"
    if asking.build is not None and asking.each is not None:
        words = asking.words
        for index, (value, place) in enumerate(words):
            if place is not None and value.partition("=")[0] in ("--index-url", "-i"):
                text = re.sub(r"^(--index-url|-i)", "--extra-index-url", place.text)
                url = value.partition("=")[2] or (words[index + 1][0] if index + 1 < len(words) else "")
                if is_cpu_index(url):
                    edit = Edit(start=place.start, end=place.end, replacement=text)
                    yield _found(
                        asking.build.path, place.start, place.end, message, (changed(asking.build.path, [edit]),)
                    )
    for file in asking.files:
        for line in file.options("--index-url"):
            if is_cpu_index(line.value):
                text = re.sub(r"^\s*(--index-url|-i|--pypi-url)", "--extra-index-url", file.text[line.start : line.end])
                edit = Edit(start=line.start, end=line.end, replacement=text)
                yield _found(file.path, line.start, line.end, message, (changed(file.path, [edit]),))


def _of_uv_pip(asking: Asking) -> Iterator[Found]:
    best = "unsafe-best-match" in (
        asking.variables.get("UV_INDEX_STRATEGY"),
        *(value for _, value, _ in asking.options()),
    )
    best = best or any("unsafe-best-match" in value for value, _ in asking.words)
    others = [each.name for each in asking.named if each.name not in FAMILY]
    if best or asking.build is None or not (others or asking.projects):
        return
    message = "uv takes a package from the first index that has it, and PyTorch's has old copies of some that are asked for here"
    words = asking.words
    for index, (value, place) in enumerate(words):
        option, equals, inside = value.partition("=")
        if option not in ("--extra-index-url", "--index", "--index-url", "-i", "--default-index") or place is None:
            continue
        last = place if equals else words[index + 1][1] if index + 1 < len(words) else None
        url = inside if equals else words[index + 1][0] if index + 1 < len(words) else ""
        if not is_cpu_index(url) or is_cuda_index(url):
            continue
        new = "" if asking.backend else "--torch-backend cpu"
        edits = [Edit(start=place.start, end=last.end, replacement=new)] if last is not None and new else []
        path = asking.build.path
        yield _found(path, place.start, (last or place).end, message, (changed(path, edits),) if edits else ())
        return
    for file in asking.files:
        for line in file.options("--extra-index-url", "--index-url"):
            if is_cpu_index(line.value):
                shown, _ = ((), "") if asking.backend else with_cpu_builds(asking)
                end = line.end + len(file.newline) if file.text[line.end :].startswith(file.newline) else line.end
                removed = changed(file.path, [Edit(start=line.start, end=end, replacement="")])
                yield _found(
                    file.path, line.start, line.end, message, (removed, *shown) if shown or asking.backend else ()
                )
                return


def _of_uv(reading: uv_projects.Reading) -> Iterator[Found]:
    index = uv_projects.cpu_index_of(reading)
    if index is None or index.get("explicit") or table_at(reading.content, "tool", "uv").get("index") is None:
        return
    names = tuple(name for name in FAMILY if name in reading.brought and not reading.source(name))
    made = uv_projects.arranged_for(reading, names) if names else ()
    yield from _narrowed(reading.path, reading.text, str(index["url"]), ("explicit", "true"), made)


def _of_poetry(reading: poetry_projects.Reading) -> Iterator[Found]:
    source = next((each for each in reading.sources if is_cpu_index(str(each.get("url", "")))), None)
    if source is None or source.get("priority", "primary") not in ("primary", "default") or source.get("secondary"):
        return
    names = tuple(
        name
        for name in reading.brought
        if not (isinstance(reading.own.get(name), dict) and "source" in reading.own[name])
    )
    made = poetry_projects.arranged_for(reading, names) if names else ()
    yield from _narrowed(reading.path, reading.text, str(source["url"]), ("priority", '"explicit"'), made)


def _narrowed(path: str, text: str, url: str, entry: tuple[str, str], made: tuple[Change, ...]) -> Iterator[Found]:
    """The index asked for what names it alone."""
    key, value = entry
    line = re.search(rf"^url[^\S\n]*=[^\S\n]*[\"']{re.escape(url)}[\"'][^\r\n]*", text, re.M)
    if line is None:
        return
    beginning = text.rfind("[[", 0, line.start())
    ending = re.compile(r"^[^\S\n]*\[", re.M).search(text, line.end())
    table = (beginning, ending.start() if ending else len(text))
    there = re.compile(rf"^{key}[^\S\n]*=[^\S\n]*([^\r\n#]*[^\s#])", re.M).search(text, *table)
    newline = "\r\n" if "\r\n" in text else "\n"
    if there is not None:
        edit = Edit(start=there.start(1), end=there.end(1), replacement=value)
    else:
        edit = Edit(start=line.end(), end=line.end(), replacement=f"{newline}{key} = {value}")
    edits = [edit, *(each for change in made for each in change.edits)]
    changes = (changed(path, edits),) if says(text, edits) else ()
    message = "PyTorch's index is asked for every package, and has old copies of some"
    yield _found(path, line.start(), line.end(), message, changes)


def _found(path: str, start: int, end: int, message: str, changes: tuple[Change, ...]) -> Found:
    return Found(
        file=path,
        start=start,
        end=end,
        message=message,
        advice="let torch, torchvision and torchaudio alone come from there",
        fix="verify",
        changes=changes,
    )
