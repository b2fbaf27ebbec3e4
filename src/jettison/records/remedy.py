"""Settings of the environment that were tried on a service, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

_LEAST_SHARE = 0.02
_LEAST_BYTES = 1 << 20
_SLOWER = 1.05


@dataclass(frozen=True, kw_only=True)
class TriedSetting:
    """One setting: fresh starts of the service, each asked the same requests in the same order."""

    name: str
    """``malloc-arenas``; ``untouched`` for the service as it is."""
    says: str
    """What it does, in a few words."""
    environment: tuple[tuple[str, str], ...] = ()
    resident_bytes: tuple[int, ...] = ()
    """After the last request, a figure a start."""
    peak_bytes: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()
    """Median latency, a figure a start."""
    added_bytes: int = 0
    """What it adds to an image: a library that is preloaded."""
    failed: str = ""
    """Why it could not be tried."""


@dataclass(frozen=True, kw_only=True)
class Remedies:
    """All that were tried, held against the service as it is."""

    untouched: TriedSetting
    trials: tuple[TriedSetting, ...]
    requests: int
    """Sent to each start."""
    clients: int
    """At the same time."""

    @property
    def kept(self) -> tuple[TriedSetting, ...]:
        """Those that help, the one that saves most first."""
        helped = [each for each in self.trials if self.helps(each)]
        return tuple(sorted(helped, key=lambda each: -sum(self.saved(each))))

    def saved(self, trial: TriedSetting) -> tuple[float, float]:
        """Bytes less resident and less at the peak, medians; below 0 for more."""
        before = self.untouched
        return (
            median(before.resident_bytes) - median(trial.resident_bytes),
            median(before.peak_bytes) - median(trial.peak_bytes),
        )

    def helps(self, trial: TriedSetting) -> bool:
        """Its worst start is better than the best untouched one, in what stays or at the peak, by more than it adds;
        the other is no worse than the untouched starts are, and neither is the latency."""
        before = self.untouched
        if trial.failed or not trial.resident_bytes or not before.resident_bytes:
            return False
        pairs = ((before.resident_bytes, trial.resident_bytes), (before.peak_bytes, trial.peak_bytes))
        less = any(
            max(now) < min(was)
            and median(was) - median(now) > max(_LEAST_BYTES, _LEAST_SHARE * median(was)) + trial.added_bytes
            for was, now in pairs
        )
        not_more = all(median(now) <= max(was) * (1 + _LEAST_SHARE) for was, now in pairs)
        return less and not_more and median(trial.seconds) <= max(before.seconds) * _SLOWER
