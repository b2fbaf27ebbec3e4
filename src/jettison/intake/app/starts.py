"""From a start line through scripts and wrappers to the server at its end."""

from __future__ import annotations

import configparser
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...dockerfile.commands import Command, commands
from ...dockerfile.servers import ServerCall, server_call, uwsgi_call
from ...dockerfile.shell import SHELLS, argv_commands, script_of
from ...dockerfile.words import Word
from ...dockerfile.wrappers import program, unwrapped
from ..build import Build
from ..documents import table, toml_at
from .frameworks import OTHER_COMMANDS
from .start_lines import Form, SaidStart

DEFAULT_PORT = 8080
_DEEPEST = 6
_ALL_ARGUMENTS = ('"$@"', "$@", '"$*"', "$*", '"${@}"', "${@}")


@dataclass(frozen=True, kw_only=True)
class Started:
    """What stands at the end of a start line."""

    call: ServerCall | None
    form: Form
    place: str
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that the way to the server sets."""
    other: str | None = None
    """A server of another kind, when one is started instead."""


def started(lines: Iterable[SaidStart], build: Build, notes: list[str]) -> Started | None:
    """The first start line that leads to a server; None when none does."""
    reader = _Follower(build, notes)
    return next((found for line in lines if (found := reader.started(line))), None)


@dataclass(frozen=True, kw_only=True)
class _Where:
    """What holds where a command runs."""

    directory: str
    variables: Mapping[str, str]
    always: bool = True
    """Nothing around it is a condition."""
    depth: int = 0
    arguments: tuple[str, ...] = ()
    """What ``"$@"`` stands for."""


@dataclass(frozen=True, kw_only=True)
class _Ending:
    """A program that a start line comes to in the end."""

    argv: tuple[str, ...]
    where: _Where


@dataclass
class _Follower:
    build: Build
    notes: list[str]
    port_was_guessed: bool = False

    def started(self, line: SaidStart) -> Started | None:
        self.port_was_guessed = False
        variables = dict(self.build.scope.environment)
        endings = list(self._endings(line.argv, _Where(directory=self.build.scope.workdir, variables=variables)))
        calls = [(each, call) for each in endings if (call := self._call(each))]
        # Behind `if` and `||` stand other ways to start; what always runs counts more, and a server more than a script.
        calls.sort(key=lambda pair: (pair[0].where.always, pair[1].server != "python", "--reload" not in pair[1].argv))
        if calls:
            ending, call = calls[-1]
            if self.port_was_guessed:
                self.notes.append(f"{line.place}: PORT is set from outside; {self._guessed_port} stands for it")
            if not ending.where.always:
                self.notes.append(f"{line.place}: starts in several ways; `{' '.join(call.argv)[:80]}` was taken")
            moved = ending.where.directory != self.build.scope.workdir
            call = replace(call, directory=ending.where.directory if moved else None)
            given = {key: value for key, value in ending.where.variables.items() if variables.get(key) != value}
            return Started(call=call, form=line.form, place=line.place, environment=tuple(sorted(given.items())))
        other = next((name for each in endings if (name := _other_server(each.argv))), None)
        return Started(call=None, form=line.form, place=line.place, other=other) if other else None

    @property
    def _guessed_port(self) -> str:
        return str(self.build.exposed[0] if self.build.exposed else DEFAULT_PORT)

    def _call(self, ending: _Ending) -> ServerCall | None:
        if module := self._console_script(program(ending.argv)):  # it may be called as another server is
            return ServerCall(server="python", argv=ending.argv, module=module)
        if _other_server(ending.argv) is not None:
            return None
        call = server_call(ending.argv, ending.where.variables)
        if call is not None and call.server == "uwsgi" and call.config and not call.app:
            return self._with_ini(call, ending.where.directory)
        return call

    def _endings(self, argv: tuple[str, ...], where: _Where) -> Iterator[_Ending]:
        """The programs that an argument list comes to."""
        argv, given = unwrapped(argv)
        if not argv or where.depth > _DEEPEST:
            return
        where = replace(where, variables={**where.variables, **dict(given)}, depth=where.depth + 1)
        script = script_of(argv)
        if script is not None:
            behind = argv[argv.index(script) + 2 :]  # the first word behind a script is its name
            yield from self._of_commands(argv_commands(argv), replace(where, arguments=behind))
            return
        words = argv[1:] if program(argv) in (*SHELLS, "source", ".") else argv
        while words and words[0].startswith("-"):
            words = words[1:]
        text = self._script(words[0], where.directory) if words else None
        if text is not None:
            yield from self._of_commands(commands(text), replace(where, arguments=words[1:]))
        elif program(argv) in ("supervisord", "honcho", "foreman"):
            for line in self._supervised(argv, where.directory):
                yield from self._endings(line, where)
        else:
            yield _Ending(argv=argv, where=where)

    def _of_commands(self, found: tuple[Command, ...], where: _Where) -> Iterator[_Ending]:
        directory, variables = where.directory, dict(where.variables)
        for command in found:
            for assignment in command.assignments:
                fields = self._fields(assignment, variables)
                if fields:
                    name, _, value = " ".join(fields).partition("=")
                    variables[name] = value
            argv = self._argv(command, where.arguments, variables)
            if argv[:1] == ("cd",) and len(argv) == 2:
                directory = posixpath.normpath(posixpath.join(directory, argv[1]))
            elif argv[:1] == ("export",):
                variables.update(part.partition("=")[::2] for part in argv[1:] if "=" in part)
            elif argv:
                always = where.always and command.always
                inner = replace(where, directory=directory, variables=dict(variables), always=always)
                yield from self._endings(argv, inner)

    def _argv(self, command: Command, arguments: tuple[str, ...], variables: Mapping[str, str]) -> tuple[str, ...]:
        """A command's words with variables replaced; a word that is not known stays as it is written."""
        made: list[str] = []
        for word in command.words:
            if word.text in _ALL_ARGUMENTS:
                made += arguments
                continue
            fields = self._fields(word, variables)
            made += fields if fields is not None else (word.text.strip("\"'"),)
        return tuple(made)

    def _fields(self, word: Word, variables: Mapping[str, str]) -> tuple[str, ...] | None:
        """What a word becomes; a PORT that comes from outside, and has no default in the word, is guessed."""
        found = word.fields(variables)
        if found is None and "PORT" not in variables:
            found = word.fields({**variables, "PORT": self._guessed_port})
            self.port_was_guessed |= found is not None
        return found

    def _script(self, name: str, directory: str) -> str | None:
        """The text of a shell script of the image."""
        places = [posixpath.normpath(posixpath.join(directory, name))]
        if "/" not in name:
            places += [f"/usr/local/bin/{name}", f"/usr/bin/{name}", f"/bin/{name}"]
        for place in places:
            text = self.build.text(place, self.notes)
            if text is not None:
                first = text.partition("\n")[0]
                is_shell = any(each in first for each in SHELLS) if first.startswith("#!") else name.endswith("sh")
                return text if is_shell else None
        return None

    def _supervised(self, argv: tuple[str, ...], directory: str) -> Iterator[tuple[str, ...]]:
        """The programs of a supervisor's configuration, or of a Procfile."""
        named = [argv[index + 1] for index, word in enumerate(argv[:-1]) if word in ("-c", "--configuration", "-f")]
        places = [posixpath.normpath(posixpath.join(directory, each)) for each in (*named, "Procfile")]
        places += [target for target in self.build.at if target.endswith("supervisord.conf")]
        for place in dict.fromkeys(places):
            for line in (self.build.text(place, self.notes) or "").splitlines():
                command = line.partition("=")[2] if line.startswith("command") else line.partition("web:")[2]
                if command.strip():
                    yield ("/bin/sh", "-c", command.strip())

    def _with_ini(self, call: ServerCall, directory: str) -> ServerCall:
        """uwsgi's options from its ini file."""
        text = self.build.text(posixpath.normpath(posixpath.join(directory, call.config or "")), self.notes)
        config = configparser.RawConfigParser(strict=False, allow_no_value=True)
        try:
            config.read_string(text or "")
        except configparser.Error:
            self.notes.append(f"{call.config} does not parse and was left out")
        section = config.items("uwsgi") if config.has_section("uwsgi") else []
        return uwsgi_call({key: [value or ""] for key, value in section}, call.argv, [])

    def _console_script(self, name: str) -> str | None:
        """The module behind a program that the service's own project installs."""
        for target in self.build.at:
            path = self.build.local(target) if posixpath.basename(target) == "pyproject.toml" else None
            if path is not None:
                project = toml_at(path, [])
                scripts = {**table(project, "tool", "poetry", "scripts"), **table(project, "project", "scripts")}
                if isinstance(scripts.get(name), str):
                    return str(scripts[name]).partition(":")[0]
        return None


def _other_server(argv: tuple[str, ...]) -> str | None:
    """The server of another kind that an argument list starts."""
    name = program(argv)
    if name == "python" and argv[1:2] == ("-m",):
        name = "".join(argv[2:3])
    if any(posixpath.basename(word) == "manage.py" for word in argv[:3]):
        return "Django"
    return OTHER_COMMANDS.get(name)
