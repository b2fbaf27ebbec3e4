"""How much memory a running service has that cannot be taken back: of its control group, or of its processes."""

from __future__ import annotations

from dataclasses import dataclass

from jettison.replay import processes
from jettison.replay.service import Running
from jettison.sandbox.memory import Group


@dataclass(kw_only=True)
class Meter:
    """One service's."""

    service: Running
    _file_bytes: int = 0
    _exact: bool = False

    def firm_bytes(self) -> int:
        """Now."""
        group = self.service.memory
        return group.firm_bytes() if isinstance(group, Group) else processes.own_bytes(self.service.process.pid)

    def restart(self) -> None:
        """Let `peak_bytes` count from now on; where the kernel cannot, it goes on counting from the beginning."""
        group = self.service.memory
        if isinstance(group, Group):
            self._file_bytes = group.file_bytes()
            self._exact = group.restart_peak()
        else:
            processes.restart_peak(self.service.process.pid)

    def peak_bytes(self) -> int:
        """The most at once. Pages of files that were read meanwhile count too."""
        group = self.service.memory
        if not isinstance(group, Group):
            return processes.own_peak_bytes(self.service.process.pid)
        return group.peak_bytes() - (self._file_bytes if self._exact else group.file_bytes())
