"""What the readings of an endpoint show. Pure: the same readings give the same verdict.

The method is a differential one (Matias, Trivedi et al., "Software Aging Detection Based on Differential Analysis",
2016) on bytes in use, not on resident memory, which allocators keep: after warm-up the slope over repeated requests
(Theil-Sen, with its interval) and the certainty that it rises (Mann-Kendall), the drift of null batches subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from jettison.records import Growth, Reading
from jettison.statistics import median

from .series import NOT_FOUND, Rise, Soaked, left, of_all, rise

_IDLE_BYTES = 1000.0
"""Growth by the clock that is told: from so much in a second, 86 MB in a day; less is not seen in so short a time."""
_CACHE_BYTES = 32_768
"""Less is what servers and formatters keep for themselves; it is no cache that a person would look for."""
_RETAINED_BYTES, _RETAINED_SHARE = 4e6, 0.05
_LOADED_BYTES = 1e6
"""More in use from one reading to the next, before anything counts, is an app or a model that was being loaded."""
_MULTIPLE_BYTES, _MULTIPLE_SHARE, _BUSY = 20e6, 0.5, 0.2
_ERROR = 400


def goes_on(soaked: Soaked) -> bool:
    """Whether another stage could tell more: it is not flat, so it may yet end, or is not certain."""
    last = soaked.rises[-1] if soaked.rises else None
    return last is None or not last.is_flat


def growth(soaked: Soaked) -> Growth:
    """The verdict."""
    last = next((each for each in reversed(soaked.rises) if each is not None), None)
    if last is None and soaked.ended:  # all that there is, a warming-up service's too, is better than nothing
        last = rise(soaked.readings[2:], 0.0)
    blank = Growth(
        endpoint=soaked.endpoint.name,
        cause="unknown",
        kept=last.kept if last else None,
        reason="",
        idle_bytes=_idle_bytes(soaked),
        readings=soaked.readings,
        repeated=len(soaked.endpoint.mix),
        statuses=soaked.statuses,
        missing=soaked.missing,
        ended=soaked.ended,
        notes=_notes(soaked),
    )
    made = _by_repeated(soaked, blank, last)
    if made.cause == "clean":
        made = _by_new(soaked, made)
    if made.cause == "clean" and soaked.ended:
        made = replace(made, cause="unknown", reason=f"{made.reason}, until the service was gone")
    if made.cause == "clean" and any(name in ("heap", "blocks_bytes") for name, _ in soaked.missing):
        made = replace(made, cause="unknown", reason=f"{made.reason}, but not all memory has a meter here")
    if made.cause == "clean" and soaked.idle_bytes_per_second > _IDLE_BYTES:
        told = f"it grows by {soaked.idle_bytes_per_second:,.0f} B in every second, also while nothing is asked"
        made = replace(
            made, cause="unknown", reason=f"{told}: a thread or a task of its own; whether it ends was not seen"
        )
    if made.cause == "clean":
        made = _by_residence(soaked, made)
    if made.cause not in ("leak", "unknown") and _only_errors(soaked):
        codes = ", ".join(str(status) for status, _ in soaked.statuses)
        reason = f"it answers only errors ({codes}): what it keeps of a request that succeeds was not seen"
        made = replace(made, cause="unknown", bound_bytes=None, reason=reason)
    return made


def _notes(soaked: Soaked) -> tuple[str, ...]:
    notes = []
    answered = [each for each in soaked.readings if each.phase != "start"]
    if changes := sum(one.pids != other.pids for one, other in pairwise(answered)):
        notes.append(f"processes were replaced or added {changes:,} times: what is kept ends with each of them")
    if soaked.endpoint.made and soaked.of("new sizes"):
        made = soaked.endpoint.made
        notes.append(f"{made} of the new sizes were made of a recorded request: its texts and lists longer, shorter")
    return tuple(notes)


def _by_repeated(soaked: Soaked, blank: Growth, last: Rise | None) -> Growth:
    """What the repeated requests show."""
    if last is None or not (soaked.of("repeated") or last.is_certain):
        return replace(blank, reason=_too_little(soaked))
    seen = next((number for number, each in enumerate(soaked.rises) if each is not None and each.is_certain), None)
    if last.is_certain and soaked.slows_down:
        return replace(blank, reason="it grows, more and more slowly: a cache that is filling, its bound not yet seen")
    if last.is_certain:
        return _leak(soaked, replace(blank, cause="leak"), last, seen)
    if not last.is_flat:
        return replace(blank, reason="it may grow: the readings are too uneven for so few requests")
    filled = soaked.readings[soaked.stages[-1]].in_use_bytes - soaked.readings[soaked.stages[0] - 1].in_use_bytes
    if seen is not None and filled > _CACHE_BYTES:
        return replace(
            blank,
            cause="cache",
            bound_bytes=filled,
            reason=f"a cache: it grew and then ended, before {_repeated(soaked, len(soaked.stages) - 2):,} requests",
        )
    return replace(blank, cause="clean", reason=f"no growth shows in {_repeated(soaked):,} repeated requests")


def _leak(soaked: Soaked, blank: Growth, last: Rise, seen: int | None) -> Growth:
    if seen is None:  # it ended in the first stage, or before it
        asked = soaked.readings[-1].requests
        return replace(blank, seen_after=asked, reason=f"it grew with every request until it was gone, after {asked:,}")
    reason = f"every request leaves something behind, also after {_repeated(soaked):,} of them"
    return replace(blank, kept=of_all(soaked.rises, last.kept), seen_after=_repeated(soaked, seen), reason=reason)


def _by_new(soaked: Soaked, made: Growth) -> Growth:
    """What requests show that were not asked before."""
    sizes, contents, again = (left(soaked, phase) for phase in ("new sizes", "new requests", "again"))
    if again is not None and again.matters and not again.ends:
        return replace(
            made,
            cause="leak",
            kept=again.each,
            seen_after=again.requests,
            reason="requests outside of the repeated mix leave something behind each time they are asked",
        )
    if contents is not None and contents.matters:
        grown = int(contents.total + (sizes.total if sizes else 0))
        if contents.ends:
            reason = (
                f"it grew with requests that are new, and ended before {contents.requests:,} of them: a bounded cache"
            )
            return replace(made, cause="cache", bound_bytes=grown, each_new=contents.each, reason=reason)
        reason = (
            f"a cache of what was asked: it grows with new requests, and no bound was seen in {contents.requests:,}"
        )
        return replace(made, cause="unknown", each_new=contents.each, reason=reason)
    if sizes is not None and sizes.matters_for_sizes:
        told = "" if contents is not None else ", or with contents that are new: the recording has no other requests"
        bound = int(sizes.total) if sizes.ends else None
        ended = ", and ended" if sizes.ends else ""
        reason = f"it grew with sizes that were not asked before{ended}, and not when they came again{told}"
        return replace(made, cause="shapes", bound_bytes=bound, each_new=sizes.each, reason=reason)
    return made


def _by_residence(soaked: Soaked, made: Growth) -> Growth:
    """What is resident and not in use, and what several processes hold."""
    readings = soaked.readings
    trimmed = next((each for each in readings if each.phase == "trimmed"), None)
    if trimmed is None:
        return made
    start, before = _loaded(readings), readings[-2]
    busy = _busy(start, before)
    if len(busy) > 1 and min(busy) > _MULTIPLE_BYTES and min(busy) > _MULTIPLE_SHARE * max(busy):
        reason = f"{len(busy)} processes hold {median(busy) / 1e6:.0f} MB each that they do not share"
        return replace(made, cause="workers", bound_bytes=int(sum(busy) - max(busy)), reason=reason)
    kept = before.anonymous_bytes - start.anonymous_bytes - max(0, before.in_use_bytes - start.in_use_bytes)
    if kept > max(_RETAINED_BYTES, _RETAINED_SHARE * start.resident_bytes):
        back = max(0, before.anonymous_bytes - trimmed.anonymous_bytes)
        told = f"{kept / 1e6:.1f} MB more are resident, of which malloc_trim gives back {back / 1e6:.1f} MB"
        reason = f"what is in use stays the same, but {told}"
        return replace(made, cause="retention", bound_bytes=kept, reason=reason)
    return made


def _loaded(readings: Sequence[Reading]) -> Reading:
    """The first reading of the service when all of it was there: what loading leaves behind is no request's doing."""
    found, before = readings[0], readings[0]
    for each in readings:
        if each.phase not in ("start", "warm-up"):
            break
        if each.pids != before.pids or each.in_use_bytes - before.in_use_bytes > _LOADED_BYTES:
            found = each
        before = each
    return found


def _busy(start: Reading, end: Reading) -> list[int]:
    """Bytes that each process which answered has for itself; one that only keeps the others alive is left out."""
    before = {each.pid: each.seconds for each in start.processes}
    used = {each.pid: each.seconds - before.get(each.pid, 0.0) for each in end.processes}
    parents = {each.parent for each in end.processes}
    most = max(used.values(), default=0.0)
    return [
        each.own_bytes
        for each in end.processes
        if each.own_bytes is not None and each.pid not in parents and used[each.pid] >= _BUSY * most > 0
    ]


def _repeated(soaked: Soaked, stage: int | None = None) -> int:
    """Repeated requests that were answered by the end of that stage; None: of the last."""
    first = soaked.readings[soaked.stages[0] - 1].requests
    if stage is None or stage + 1 >= len(soaked.stages):
        repeated = [each for each in soaked.readings if each.phase == "repeated"]
        return repeated[-1].requests - first
    return soaked.readings[soaked.stages[stage + 1] - 1].requests - first


def _idle_bytes(soaked: Soaked) -> float:
    repeated = soaked.of("repeated")
    if len(repeated) < 2:
        return 0.0
    seconds = (repeated[-1].seconds - repeated[0].seconds) / max(1, repeated[-1].requests - repeated[0].requests)
    return soaked.idle_bytes_per_second * seconds


def _too_little(soaked: Soaked) -> str:
    if soaked.ended:
        grown = soaked.readings[-1].in_use_bytes - soaked.readings[0].in_use_bytes
        after = soaked.readings[-1].requests
        return f"the service was gone too early; after {after:,} requests {grown / 1e6:.1f} MB more were in use"
    if soaked.statuses and all(status in NOT_FOUND for status, _ in soaked.statuses):
        return "it answers only that there is no such page"
    if len({each.pids for each in soaked.readings}) > 1:
        return "its processes are replaced before enough of one is read"
    return "too few readings"


def _only_errors(soaked: Soaked) -> bool:
    return bool(soaked.statuses) and all(status >= _ERROR for status, _ in soaked.statuses)
