"""How much memory a running service has that cannot be taken back: of its control group, or of its processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from jettison.replay import processes
from jettison.replay.service import Running
from jettison.sandbox.memory import Group


@dataclass(kw_only=True)
class Meter:
    """One service's."""

    service: Running
    _file_bytes: int = field(init=False, default=0)
    """In pages of files, the least seen since `peak_bytes` counts: at its peak it may have had no more."""

    def __post_init__(self) -> None:
        if isinstance(group := self.service.memory, Group):
            self._file_bytes = group.file_bytes()

    def firm_bytes(self) -> int:
        """Now."""
        group = self.service.memory
        return group.firm_bytes() if isinstance(group, Group) else processes.own_bytes(self.service.process.pid)

    def restart(self) -> None:
        """Let `peak_bytes` count from now on; where the kernel cannot, it goes on counting from the beginning."""
        group = self.service.memory
        if not isinstance(group, Group):
            processes.restart_peak(self.service.process.pid)
        elif group.restart_peak():
            self._file_bytes = group.file_bytes()

    def peak_bytes(self) -> int:
        """The most at once. Pages of files that were read meanwhile count too."""
        group = self.service.memory
        if not isinstance(group, Group):
            return processes.own_peak_bytes(self.service.process.pid)
        self._file_bytes = min(self._file_bytes, group.file_bytes())
        return group.peak_bytes() - self._file_bytes
