"""The changes after which pip and ``uv pip`` take CPU builds.

pip looks at all its indexes and takes the highest version: ``2.9.1+cpu`` is higher than ``2.9.1``, so an extra index
is enough, for what torch is required by too, and other packages stay as they are. uv takes a package from the first
index that has it, so an extra index would shadow others there; it has ``--torch-backend`` instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...records import Change, Edit
from ..builds import Build
from ..found import changed
from ..requirement_files import RequirementFile
from .asked import shared_with_uv
from .compiled import Compiled, compiled
from .installed import Asking, Named, named_in
from .names import FAMILY, INDEX, cpu_version, family_of, is_cpu_index, is_cuda_index, on_cpu

_FIRST_UV_WITH_BACKEND = (0, 6, 9)
_UV_VERSION = re.compile(r"astral-sh/uv:(\d+)\.(\d+)(?:\.(\d+))?|\buv==(\d+)\.(\d+)(?:\.(\d+))?")
_PIN = re.compile(r"(===?\s*)([0-9][\w.!]*\+(?:cu|rocm)[\w.]+)")


@dataclass
class CpuBuilds:
    """Puts the changes of one command together."""

    asking: Asking
    names: tuple[str, ...]
    reasons: tuple[Named, ...]
    place: Named | None
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    advice: str = ""

    def changes(self) -> tuple[Change, ...]:
        """None when something about it is not understood; `advice` then says what to do."""
        if not self._made():
            return ()
        return tuple(changed(file, edits) for file, edits in self.edits.items())

    def _made(self) -> bool:
        hashed = next((each for each in self.reasons if each.line and each.line.is_hashed), None)
        if hashed is not None:
            return self._recompiled(hashed)
        moved = self._moved_addresses()
        if moved is None or not self._moved_pins():
            return False
        if moved:
            self.advice = "build, and compare the answers"
            return True
        return self.shown()

    def shown(self) -> bool:
        """The index alone: for pip in front of the file or behind the verb, for uv its back end."""
        return self._with_backend() if self.asking.tool == "uv" else self._with_index()

    def _edit(self, file: str, start: int, end: int, text: str) -> None:
        edit = Edit(start=start, end=end, replacement=text)
        if edit not in self.edits.setdefault(file, []):
            self.edits[file].append(edit)

    def _moved_addresses(self) -> bool | None:
        """Addresses of GPU builds become those of CPU builds; None when one of them cannot be reached from here."""
        asking = self.asking
        seen = {url for url in asking.addresses if is_cuda_index(url)}
        reached: set[str] = set()
        for _, value, place in asking.options():
            if value in seen and place is not None and is_cuda_index(place.text) and asking.build is not None:
                self._edit(asking.build.path, place.start, place.end, on_cpu(place.text))
                reached.add(value)
        for file in asking.files:
            for line in file.lines:
                if line.option and line.value in seen:
                    text = file.text[line.start : line.end]
                    self._edit(file.path, line.start, line.end, on_cpu(text))
                    reached.add(line.value)
        if seen - reached:
            self.advice = f"a variable or pip's configuration names {sorted(seen - reached)[0]}: make it {INDEX}"
            return None
        return bool(reached)

    def _moved_pins(self) -> bool:
        asking = self.asking
        for each in asking.named:
            if each.name in FAMILY and each.requirement.url and is_cuda_index(each.requirement.url):
                self.advice = f"name the CPU build of {each.name} instead, from {INDEX}"
                return False
            if each.name not in FAMILY or not re.search(r"\+(cu|rocm)", each.pinned):
                continue
            version = cpu_version(each.name, each.pinned, asking.addresses)
            text = self._text(each.file)
            found = _PIN.search(text, each.start, each.end) if each.has_place else None
            if not version or found is None:
                self.advice = (
                    f"choose a version of {each.name} that {INDEX} has; {each.pinned} is not there in this form"
                )
                return False
            self._edit(each.file, found.start(2), found.end(2), version)
        return True

    def _text(self, path: str) -> str:
        build = self.asking.build
        return build.dockerfile.text if build and path == build.path else self.asking.project.text(path) or ""

    def _verb(self) -> int | None:
        """Where the verb of the command ends."""
        asking = self.asking
        if asking.build is None or asking.each is None:
            return None
        text = asking.build.dockerfile.text
        verbs = ("install", "sync", "wheel", "download", "pip-sync")
        word = next((word for word in asking.each.run.command.words if word.value in verbs), None)
        return word.end if word is not None and text[word.start : word.end] == word.text else None

    def _with_backend(self) -> bool:
        asking = self.asking
        assert asking.build is not None
        given = next(((value, place) for option, value, place in asking.options() if option == "--torch-backend"), None)
        if asking.backend and (given is None or given[1] is None):
            self.advice = "set UV_TORCH_BACKEND to cpu"
            return False
        self.advice = (
            "uv then takes torch and what belongs to it from PyTorch's CPU index, and everything else as before"
        )
        if given is not None and given[1] is not None:
            place = given[1]
            self._edit(asking.build.path, place.start, place.end, place.text.replace(given[0], "cpu"))
            return True
        old, verb = _old_uv(asking.build), self._verb()
        if old or verb is None:
            self.advice = f"--torch-backend cpu needs uv 0.6.9{f', and this is {old}' if old else ''}: add it by hand"
            return False
        self._edit(asking.build.path, verb, verb, " --torch-backend cpu")
        return True

    def _with_index(self) -> bool:
        asking = self.asking
        file = self.place.of if self.place is not None else None
        self.advice = "pip then prefers the CPU build of the same version, and takes everything else from where it did"
        if any(is_cpu_index(url) for url in asking.addresses):
            return bool(self.edits)
        asked_here = any(each.of is None for each in self.reasons) or not self.reasons
        if asking.resetting is not None:
            self._index_in(asking.resetting)
        elif file is None or asked_here or shared_with_uv(asking.project, file.path):
            verb = self._verb()
            if verb is None or asking.build is None:
                self.advice = f"add --extra-index-url {INDEX}"
                return False
            self._edit(asking.build.path, verb, verb, f" --extra-index-url {INDEX}{self._named_too()}")
            return True
        if file is None or asked_here:
            return True
        self._in_file(file, self._missing_in(file))
        made = compiled(asking.project, file)
        for path in made.sources if made is not None and made.tool == "pip-compile" else ():
            self._in_source(path)
        if made is not None and asking.project.refreshes:
            self._in_command(file, made)
        return True

    def _named_too(self) -> str:
        """What only others require becomes an argument of its own."""
        named = {each.name for each in self.asking.named}
        return "".join(f" {name}" for name in self.names if name not in named and self.reasons)

    def _missing_in(self, file: RequirementFile) -> list[str]:
        named = {each.name for each in self.asking.named}
        return [] if file.is_compiled else [name for name in self.names if name not in named]

    def _in_file(self, file: RequirementFile, missing: list[str]) -> None:
        """The index, and behind what requires them those that are not named yet."""
        if self.asking.resetting is None or file.path not in {each.path for each in self.asking.files}:
            self._index_in(file)
        if missing:
            self._name_in(file, missing)

    def _index_in(self, file: RequirementFile) -> None:
        """The index in front of the first line, or behind the last ``--index-url``."""
        own = file.options("--index-url")
        if own:
            at = own[-1].end
            self._edit(file.path, at, at, f"{file.newline}--extra-index-url {INDEX}")
        else:
            first = file.lines[0].start
            at = first + file.text[first:].startswith("\ufeff")
            self._edit(file.path, at, at, f"--extra-index-url {INDEX}{file.newline}")

    def _name_in(self, file: RequirementFile, missing: list[str]) -> None:
        for each in reversed(list(named_in(file))):
            brings = [name for name in family_of(each.requirement) if name in missing]
            if brings:
                lines = "".join(f"{file.newline}{name}  # {each.name} requires it" for name in brings)
                self._edit(file.path, each.end, each.end, lines)
                missing = [name for name in missing if name not in brings]

    def _in_source(self, path: str) -> bool:
        """The same in the file that a compiled one is made from; False when that is no requirements file."""
        source = next((each for each in self.asking.project.requirement_files if each.path == path), None)
        if source is None or not source.lines:
            return False
        named = {each.name for each in named_in(source)}
        if any(is_cpu_index(line.value) for line in source.lines if line.option):
            return True
        self._in_file(source, [name for name in self.names if name not in named])
        return True

    def _in_command(self, file: RequirementFile, made: Compiled) -> None:
        """uv's back end in the command that the file's head tells, which is then run."""
        if made.tool == "uv" and made.argv and "--torch-backend" not in " ".join(made.argv):
            self._edit(file.path, made.end, made.end, " --torch-backend cpu")

    def _recompiled(self, hashed: Named) -> bool:
        """Hashes are those of the CUDA wheels: nothing but compiling again gives others."""
        assert hashed.of is not None
        made = compiled(self.asking.project, hashed.of)
        self.advice = (
            "its hashes are those of the CUDA wheels: name PyTorch's CPU index in its source and compile it again "
            "(--refresh-locks does both)"
        )
        if made is None or not made.sources or not made.argv or not self.asking.project.refreshes:
            return False
        if made.tool == "uv":
            self._in_command(hashed.of, made)
            return bool(self.edits)
        named = [self._in_source(path) for path in made.sources if made.tool == "pip-compile"]
        return any(named)


def with_cpu_builds(asking: Asking, named: tuple[Named, ...] = ()) -> tuple[tuple[Change, ...], str]:
    """The change that shows PyTorch's CPU index to a command, where nothing else is wrong with it; and what to do."""
    making = CpuBuilds(asking, tuple(each.name for each in named), named, named[0] if named else None)
    done = making.shown()
    return tuple(changed(file, edits) for file, edits in making.edits.items()) if done else (), making.advice


def _old_uv(build: Build) -> str:
    """The version of uv that a Dockerfile names, when it knows no ``--torch-backend`` yet."""
    for found in _UV_VERSION.finditer(build.dockerfile.text):
        numbers = tuple(int(each) for each in found.groups() if each is not None)
        if numbers < _FIRST_UV_WITH_BACKEND[: len(numbers)]:
            return ".".join(map(str, numbers))
    return ""
