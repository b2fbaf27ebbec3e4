"""Stages: what builds on what, and which variables, directory and shell hold at each instruction."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .expand import ExpansionError, expanded
from .instructions import Dockerfile, Instruction

PLATFORM_ARGUMENTS: Mapping[str, str] = MappingProxyType(
    {
        f"{side}{name}": value
        for side in ("TARGET", "BUILD")
        for name, value in (("PLATFORM", "linux/amd64"), ("OS", "linux"), ("ARCH", "amd64"), ("VARIANT", ""))
    }
)
"""What BuildKit sets by itself, for the platform that jettison packs for."""

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What ``$PATH`` is where no ENV sets it."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One FROM and what follows it."""

    index: int
    name: str
    """In small letters; empty when it has none."""
    base: str
    """The image or stage that FROM names, variables replaced."""
    base_index: int | None
    """The earlier stage that it builds on; None for an image from outside."""
    opened: Instruction
    """The FROM itself."""
    instructions: tuple[Instruction, ...]
    """Those behind the FROM."""
    escape: str
    globals: Mapping[str, str]
    """ARGs before the first FROM, which a bare ARG of the stage takes up."""
    given: Mapping[str, str]
    """Build arguments from outside, which win over every default."""


LONGEST_VALUE = 32_768
"""Characters, more than anyone means: each ENV may double the last, and forty lines would fill the memory."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What holds before an instruction runs."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """ENV so far, of this stage and of those that it builds on."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """ARGs so far that have a value."""
    workdir: str = "/"
    user: str = ""
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    escape: str = "\\"

    @property
    def variables(self) -> Mapping[str, str]:
        """What a ``$name`` gives: ENV wins over ARG."""
        return {"PATH": DEFAULT_PATH, **self.arguments, **self.environment}

    def expanded(self, word: str) -> str:
        """The word with this scope's variables; as written when it is malformed, or when it grows beyond all use."""
        try:
            made = expanded(word, self.variables, escape=self.escape)
        except ExpansionError:
            return word
        return made if len(made) <= LONGEST_VALUE else word


@dataclass(frozen=True, kw_only=True)
class Step:
    """An instruction with the scope in which it runs."""

    instruction: Instruction
    scope: Scope
    stage: int


def stages(dockerfile: Dockerfile, build_arguments: Mapping[str, str] = _NOTHING) -> tuple[Stage, ...]:
    """All stages in order.

    :param build_arguments: what ``docker build --build-arg`` would give.
    """
    found: list[_Open] = []
    global_scope = Scope(arguments=PLATFORM_ARGUMENTS, escape=dockerfile.escape)
    for each in dockerfile.instructions:
        if each.word == "FROM":
            found.append(_Open(each))
        elif found:
            found[-1].instructions.append(each)
        elif each.word == "ARG":
            global_scope = _with_arguments(global_scope, each, build_arguments, _NOTHING)
    names: dict[str, int] = {}
    made: list[Stage] = []
    for index, opened in enumerate(found):
        base = global_scope.expanded(opened.instruction.arguments[0])
        name = opened.instruction.arguments[2].lower() if len(opened.instruction.arguments) == 3 else ""
        made.append(
            Stage(
                index=index,
                name=name,
                base=base,
                base_index=names.get(base.lower()),
                opened=opened.instruction,
                instructions=tuple(opened.instructions),
                escape=dockerfile.escape,
                globals=global_scope.arguments,
                given=build_arguments,
            )
        )
        if name:
            names[name] = index
    return tuple(made)


def named(all_stages: tuple[Stage, ...], name: str) -> Stage | None:
    """The stage of that name or number, as ``--from`` and ``--target`` name it."""
    for stage in all_stages:
        if name and name.lower() in (stage.name, str(stage.index)):
            return stage
    return None


def chain(all_stages: tuple[Stage, ...], stage: Stage) -> tuple[Stage, ...]:
    """The stage with those that it builds on, the outermost base first. Only the first one's base is an image."""
    found = [stage]
    while (below := found[0].base_index) is not None:
        found.insert(0, all_stages[below])
    return tuple(found)


def reached(all_stages: tuple[Stage, ...], stage: Stage) -> frozenset[int]:
    """Stages that a stage's image is made of: those that it builds on, and those that these copy or mount from."""
    found: set[int] = set()
    waiting = [stage.index]
    while waiting:
        index = waiting.pop()
        if index in found:
            continue
        found.add(index)
        here = all_stages[index]
        waiting += [here.base_index] if here.base_index is not None else []
        for each in here.instructions:
            mounts = [re.search(r"(?:^|,)from=([^,]+)", flag.value) for flag in each.flags if flag.name == "mount"]
            for name in (each.flag("from"), *(match[1] for match in mounts if match)):
                origin = named(all_stages, name) if name else None
                waiting += [origin.index] if origin else []
    return frozenset(found)


def steps(all_stages: tuple[Stage, ...], stage: Stage) -> Iterator[Step]:
    """Every instruction that makes the stage's image, its base stages' first, each with its scope.

    An ONBUILD of a base stage comes as the instruction that it holds back, at the start of the next stage.
    """
    scope = Scope(escape=stage.escape)
    held_back: list[Instruction] = []
    for each in chain(all_stages, stage):
        waiting, held_back = held_back, []
        for instruction in (*waiting, *each.instructions):
            yield Step(instruction=instruction, scope=scope, stage=each.index)
            if instruction.inner is not None:
                held_back.append(instruction.inner)
            scope = _after(scope, instruction, each)


def final_scope(all_stages: tuple[Stage, ...], stage: Stage) -> Scope:
    """What holds behind the stage's last instruction: the environment of its image."""
    scope = Scope(escape=stage.escape)
    for step in steps(all_stages, stage):
        scope = _after(step.scope, step.instruction, all_stages[step.stage])
    return scope


@dataclass
class _Open:
    instruction: Instruction
    instructions: list[Instruction] = field(default_factory=list)


def _after(scope: Scope, instruction: Instruction, stage: Stage) -> Scope:
    if instruction.word == "ENV":
        # All values of one ENV are replaced with what held before it.
        new = {scope.expanded(name): scope.expanded(value) for name, value in instruction.pairs}
        return replace(scope, environment={**scope.environment, **new})
    if instruction.word == "ARG":
        return _with_arguments(scope, instruction, stage.given, stage.globals)
    if instruction.word == "WORKDIR":
        return replace(
            scope, workdir=posixpath.normpath(posixpath.join(scope.workdir, scope.expanded(instruction.body)))
        )
    if instruction.word == "USER":
        return replace(scope, user=scope.expanded(instruction.body))
    if instruction.word == "SHELL" and instruction.is_json:
        return replace(scope, shell=instruction.arguments)
    return scope


def _with_arguments(
    scope: Scope, instruction: Instruction, given: Mapping[str, str], taken_up: Mapping[str, str]
) -> Scope:
    """The scope after an ARG: a given value wins over the default, and a bare name takes up a global one."""
    new: dict[str, str] = {}
    for word in instruction.arguments:
        name, equals, default = word.partition("=")
        if equals:
            new[name] = given.get(name, replace(scope, arguments={**scope.arguments, **new}).expanded(default))
        elif name in given or name in taken_up:
            new[name] = given.get(name, taken_up.get(name, ""))
    return replace(scope, arguments={**scope.arguments, **new})
