"""Commands that install development groups, and the edit that leaves these out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..dockerfile.runs import RunLine
from ..dockerfile.words import Word
from ..dockerfile.wrappers import program
from ..records import Edit
from .builds import Build, InstallLine, brought
from .declared import project_files
from .dependencies import Dependency, is_dev
from .distributions import tool_kind
from .project import Project
from .removals import word_removed

_DEV_FILE = re.compile(r"(^|[._/-])(dev|develop|development|tests?|testing|lint|docs?|ci|notebooks?)([._/-]|$)")
_OLD_POETRY = re.compile(r"poetry(==|<=?|~=)1\.[01]\b")
_FILE_OPTIONS = ("-r", "--requirement", "--requirements")


@dataclass(frozen=True, kw_only=True)
class DevGroup:
    """What a command installs that only developers need."""

    tool: str
    what: str
    """As a message calls it."""
    brought: tuple[Dependency, ...]
    edit: Edit | None
    """Leaves it out; None when the command was not understood."""
    advice: str


def dev_install(project: Project, build: Build, each: InstallLine) -> DevGroup | None:
    """The development group that an install brings along; None when it brings none."""
    install = each.install
    if install.kind in ("project", "pipfile") and install.dev and not _has(each.run, "--only"):
        return _of_project(build, each, _grouped(project, project_files(build, each)))
    if install.kind in ("requirements", "wheels"):
        grouped = _grouped(project, project_files(build, each))
        return _of_file(project, build, each) or _of_extra(build, each, grouped)
    return None


def dev_export(project: Project, build: Build, run: RunLine) -> DevGroup | None:
    """The development group in what ``uv export`` writes out; None for any other command."""
    chooses = ("--no-dev", "--no-default-groups", "--only-group", "--only-dev", "--no-group")
    if program(run.argv) != "uv" or run.argv[1:2] != ("export",) or _has(run, *chooses) or "UV_NO_DEV" in run.variables:
        return None
    verb = next((word for word in run.command.words if word.value == "export"), None)
    found = tuple(each for each in _grouped(project, (build.below("pyproject.toml"),)) if each.group == "dev")
    return DevGroup(
        tool="uv",
        what="the development group",
        brought=found,
        edit=_behind(build, verb, "--no-dev"),
        advice="uv export --no-dev",
    )


def _grouped(project: Project, paths: tuple[str, ...]) -> tuple[Dependency, ...]:
    return tuple(each for each in project.dependencies if each.file in paths and each.group)


def _of_project(build: Build, each: InstallLine, grouped: tuple[Dependency, ...]) -> DevGroup:
    tool = each.install.tool
    verb = next((word for word in each.run.command.words if word.value in ("sync", "install")), None)
    found = tuple(_of_development(each, grouped))
    if tool == "pipenv":
        edit, advice = _flag_removed(build, each, ("--dev", "-d")), "pipenv install without --dev"
    else:
        option = {"uv": "--no-dev", "pdm": "--prod"}.get(tool) or _poetry_option(build, each, grouped, found)
        edit, advice = _behind(build, verb, option), f"{tool} {verb.value if verb else 'install'} {option}"
    return DevGroup(tool=tool, what="the development group", brought=found, edit=edit, advice=advice)


def _of_development(each: InstallLine, grouped: tuple[Dependency, ...]) -> Iterator[Dependency]:
    """uv takes the group called dev by itself, Poetry and pdm all that are not left out; pipenv has a single one."""
    left_out = {name for value in _values(each.run, "--without", "-G") for name in value.split(",")}
    for found in grouped:
        is_taken = found.group == "dev" or each.install.tool in ("poetry", "pdm")
        is_extra = found.form == "pep621" and found.group in each.install.extras
        is_optional = each.install.tool == "poetry" and not found.ships
        if is_taken and is_dev(found.group) and not is_extra and not is_optional and found.group not in left_out:
            yield found


def _poetry_option(
    build: Build, each: InstallLine, grouped: tuple[Dependency, ...], found: tuple[Dependency, ...]
) -> str:
    said = " ".join(" ".join(run.argv) for line in build.lines for run in line.runs)
    if _OLD_POETRY.search(said) or re.match(r"1\.[01]\b", each.run.variables.get("POETRY_VERSION", "")):
        return "--no-dev"
    has_others = any(not is_dev(other.group) and other.form == "poetry" for other in grouped)
    names = ",".join(sorted({other.group for other in found}))
    return f"--without {names}" if has_others or _has(each.run, "--with", "--without") else "--only main"


def _of_file(project: Project, build: Build, each: InstallLine) -> DevGroup | None:
    """``-r requirements-dev.txt``"""
    by_path = {file.path: file for file in project.requirement_files}
    words = each.run.command.words
    for at in range(2, len(words)):
        value = words[at].value or ""
        if words[at - 1].value not in _FILE_OPTIONS or not _DEV_FILE.search(posixpath.basename(value)):
            continue
        path = next((found for name in brought(build, each, value) if (found := build.below(name)) in by_path), "")
        listed = tuple(found for found in project.dependencies if found.file == path)
        if any(tool_kind(found.name) for found in listed):
            base = [line.value for line in by_path[path].options("-r")]
            return DevGroup(
                tool=each.install.tool,
                what=posixpath.basename(path),
                brought=listed,
                edit=_base_instead(build, words, at, base),
                advice=f"install {base[0]} instead" if base else "install it where the tests run",
            )
    return None


def _base_instead(build: Build, words: tuple[Word, ...], at: int, base: list[str]) -> Edit | None:
    """The file that a development file builds on; nothing when the command installs that, or another one, anyway."""
    word = words[at]
    if not _is_placed(build, word) or not _is_placed(build, words[at - 1]) or len(base) > 1:
        return None
    others = [words[index].value for index in range(2, len(words)) if words[index - 1].value in _FILE_OPTIONS]
    name = posixpath.normpath(posixpath.join(posixpath.dirname(word.value or ""), base[0])) if base else ""
    if name and name not in others:
        return Edit(start=word.start, end=word.end, replacement=name)
    gap = build.dockerfile.text[words[at - 2].end : word.end]
    return Edit(start=words[at - 2].end, end=word.end, replacement="") if len(others) > 1 and "#" not in gap else None


def _of_extra(build: Build, each: InstallLine, grouped: tuple[Dependency, ...]) -> DevGroup | None:
    """``pip install .[serve,dev]``"""
    for word in each.run.command.words:
        match = re.fullmatch(r"((?:\.|/)[^\[]*)\[([^\]]*)\]", word.value or "")
        names = [name.strip() for name in match[2].split(",")] if match else []
        found = tuple(other for other in grouped if other.group in names and is_dev(other.group))
        if match and found and _is_placed(build, word):
            left = ",".join(name for name in names if not is_dev(name))
            written = f"[{left}]" if left else ""
            return DevGroup(
                tool=each.install.tool,
                what="the project's development extra",
                brought=found,
                edit=Edit(start=word.start, end=word.end, replacement=word.text.replace(f"[{match[2]}]", written)),
                advice=f"install {match[1]}{written}",
            )
    return None


def _behind(build: Build, verb: Word | None, option: str) -> Edit | None:
    is_placed = verb is not None and _is_placed(build, verb)
    return Edit(start=verb.end, end=verb.end, replacement=f" {option}") if verb is not None and is_placed else None


def _flag_removed(build: Build, each: InstallLine, flags: tuple[str, ...]) -> Edit | None:
    words = each.run.command.words
    at = next((index for index, word in enumerate(words) if word.value in flags and _is_placed(build, word)), 0)
    return word_removed(build.dockerfile.text, words[at - 1], words[at]) if at else None


def _is_placed(build: Build, word: Word) -> bool:
    """It stands in the file as it is; words of a JSON list and of a script in quotes do not."""
    return build.dockerfile.text[word.start : word.end] == word.text


def _has(run: RunLine, *options: str) -> bool:
    return any(word.partition("=")[0] in options for word in run.argv)


def _values(run: RunLine, *options: str) -> Iterator[str]:
    for index, word in enumerate(run.argv):
        name, equals, value = word.partition("=")
        if name in options:
            yield value if equals else "".join(run.argv[index + 1 : index + 2])
