"""What a shell text does to one that is written behind it: how it binds, and what it leaves set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from ..dockerfile.commands import Command, commands
from ..dockerfile.words import NotUnderstoodError, Operator, Word, tokens

_CLOSED_BY = {
    **dict.fromkeys(("while", "until", "for", "select"), "done"),
    "if": "fi",
    "case": "esac",
    "{": "}",
    "[[": "]]",
    "(": ")",
}
_STAYS_AT_COMMAND = ("then", "elif", "else", "do", "!", "time")
_LEAVES_SOMETHING = frozenset(
    (
        *("cd", "pushd", "popd", "export", "unset", "readonly", "declare", "typeset", "local", "read", "alias", "let"),
        *("unalias", "shopt", "source", ".", "eval", "exec", "exit", "return", "trap", "umask", "ulimit", "hash"),
        *("mapfile", "getopts", "shift", "enable", "command", "builtin"),
        *("nvm", "rvm", "sdk", "module", "spack", "workon", "deactivate"),
    )
)
"""Commands after which the same shell is another one: its folder, its variables, or not there any more."""
_ACTIVATES = ("conda", "mamba", "micromamba", "pyenv", "jenv")
_ONLY_STOPS_AND_SHOWS = re.compile(r"-[exv]+")


@dataclass(frozen=True, kw_only=True)
class Script:
    """A shell text on one line, as a RUN in shell form holds it."""

    text: str
    joins: tuple[str, ...]
    """Operators between commands outside all constructs, in order; one behind the last command too."""
    ends_in_construct: bool
    """What stands behind its last ``;`` holds a loop, a condition, a bracket, or a command inside ``$(…)``."""
    commands: tuple[Command, ...]

    @property
    def is_chain(self) -> bool:
        """Nothing but commands with ``&&`` and ``|`` between them, so that the first that fails ends all of it."""
        return (
            not self.may_go_on_after_a_failure
            and not self.ends_in_construct
            and not any(command.inside for command in self.commands)
        )

    @property
    def may_go_on_after_a_failure(self) -> bool:
        """A command behind one that failed may run: outside constructs ``;`` or ``||`` stand between two."""
        between = self.joins[:-1] if self.ends_with_join else self.joins
        return not set(between) <= {"&&", "|"}

    @property
    def ends_with_join(self) -> str:
        """The ``;`` that stands behind the last command; empty when none does."""
        return self.joins[-1] if self.joins and self.text.rstrip().endswith(self.joins[-1]) else ""

    @cached_property
    def sets_options(self) -> bool:
        """``set`` changes how the same shell treats what follows."""
        return any(command.name == "set" for command in self.commands)

    @cached_property
    def may_end_early(self) -> bool:
        """What is written behind it may not run although all went well."""
        return any(command.name in ("exit", "exec", "return") for command in self.commands)

    @cached_property
    def leaves_something(self) -> bool:
        """The folder, a variable, a function or an option other than -e, -x and -v is another one afterwards."""
        return any(_leaves(command) for command in self.commands if "(" not in command.inside)


def script(text: str) -> Script | None:
    """How a text is built; None when some of it is not understood, runs beside the rest, or ends in a comment."""
    try:
        found = tuple(tokens(text))
    except NotUnderstoodError:
        return None
    read = commands(text)
    if not found or not all(command.understood for command in read) or text[found[-1].end :].strip():
        return None
    joins: list[str] = []
    stack: list[str] = []
    at_command, in_construct = True, False
    for before, token in zip((None, *found), found, strict=False):
        if before is not None and before.text == ";" and not stack:
            in_construct = False
        if isinstance(token, Operator):
            if token.text in ("&", "\n") or "<<" in token.text:
                return None
            at_command = _operator(token.text, stack)
            in_construct = in_construct or bool(stack)
            if not stack and token.text in ("&&", "||", ";", "|", "|&"):
                joins.append(token.text)
        else:
            at_command = _word(token, stack, at_command)
            in_construct = in_construct or bool(stack) or any(part.kind == "opaque" for part in token.parts)
    if stack or (joins and joins[-1] != ";" and text.rstrip().endswith(joins[-1])):
        return None
    return Script(text=text, joins=tuple(joins), ends_in_construct=in_construct, commands=read)


def _operator(text: str, stack: list[str]) -> bool:
    """Follow an operator; whether a command may begin behind it."""
    if text == "(":
        stack.append("(")
    elif text == ")" and stack and stack[-1] == "(":
        stack.pop()
    return text[-1] not in "<>" and not text.endswith((">&", "<&", ">|"))


def _word(word: Word, stack: list[str], at_command: bool) -> bool:
    if not at_command and word.text != "]]":
        return False
    if stack and word.text == _CLOSED_BY[stack[-1]]:
        stack.pop()
        return False
    if word.text in _CLOSED_BY and word.text != "(":
        stack.append(word.text)
        return word.text not in ("for", "select", "case", "[[")
    return word.text in _STAYS_AT_COMMAND or _is_assignment(word)


def _is_assignment(word: Word) -> bool:
    return bool(re.match(r"[A-Za-z_]\w*\+?=", word.text))


def _leaves(command: Command) -> bool:
    if not command.words or "function" in command.inside:
        return True
    if command.name == "set":
        return not all(_ONLY_STOPS_AND_SHOWS.fullmatch(word.text) for word in command.words[1:])
    if command.name in _ACTIVATES:
        return any(word.text in ("activate", "deactivate", "shell") for word in command.words[1:2])
    return not command.name or command.name in _LEAVES_SOMETHING
