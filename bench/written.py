"""What a contest found, as JSON with every sample, a plot, and the tables of ``bench/README.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from jettison.records import Interval
from jettison.report.drawings.svg import Drawing, element
from jettison.statistics import median, ratio_of_medians

from .contest import Found
from .dated import written as dated

_LEFT, _WIDTH, _ROW = 230, 620, 22
_ALIKE = 1e-6
"""Likenesses that differ by less are rounding."""
_COLOURS = {"jettison": "#0b7285", "": "#adb5bd"}


def written(
    name: str,
    found: Found,
    folder: Path,
    *,
    as_like: bool = False,
    notes: Callable[[Found], Iterator[str]] = lambda _: iter(()),
) -> Iterator[Path]:
    """The files, as they are written.

    :param as_like: hold against each engine the fastest of ours that is at least as like the baseline as it is.
    :param notes: lines that only this kind of contest has, for the end of the tables.
    """
    rows = summary(found, as_like=as_like)
    yield dated(name, {**asdict(found), "summary": rows}, folder)
    plot = folder / f"{name}.svg"
    plot.write_text(_plot(found, rows), encoding="utf-8")
    yield plot
    table = folder / f"{name}.md"
    table.write_text("\n".join((*_tables(found, rows), *notes(found))) + "\n", encoding="utf-8")
    yield table


Rows: TypeAlias = dict[str, dict[str, dict[str, Any]]]


def summary(found: Found, *, as_like: bool) -> Rows:
    """Cell → peer → median seconds, and how many times faster than it the best of ours is, with its interval."""
    made: Rows = {}
    for cell, peers in found.seconds.items():
        likeness = found.agreement.get(cell, {})
        made[cell] = {}
        for peer, values in peers.items():
            if not values:
                continue
            best = _best_of_ours(peers, likeness, likeness.get(peer) if as_like else None)
            made[cell][peer] = {
                "median_seconds": median(values),
                "rounds": len(values),
                "ours": best,
                "agreement": likeness.get(peer),
                "times": asdict(interval) if (interval := _times(peers, peer, best)) else None,
            }
    return made


def _best_of_ours(peers: dict[str, list[float]], likeness: dict[str, float], least: float | None) -> str:
    """The form with the smallest median, of those quantized or at least so like the baseline."""
    ours = {
        name: median(values)
        for name, values in peers.items()
        if values
        and (name.startswith("jettison_int8") or (least is not None and name.startswith("jettison")))
        and (least is None or likeness.get(name, 0.0) >= least - _ALIKE)
    }
    return min(ours, key=lambda name: ours[name], default="")


def _times(peers: dict[str, list[float]], peer: str, best: str) -> Interval | None:
    pairs = list(zip(peers[peer], peers.get(best, []), strict=False))
    if not pairs:
        return None
    return ratio_of_medians([(a,) for a, _ in pairs], [(b,) for _, b in pairs])


def _tables(found: Found, rows: Rows) -> Iterator[str]:
    yield "| asked | engine | ms | rounds | best of ours is … times faster | agreement with the first engine |"
    yield "|---|---|---|---|---|---|"
    for cell, peers in rows.items():
        for peer, row in sorted(peers.items(), key=lambda item: float(item[1]["median_seconds"])):
            times = row["times"]
            ratio = f"{times['estimate']:.2f} ({times['low']:.2f} to {times['high']:.2f})" if times else ""
            if times and peer != row["ours"]:
                ratio += f", {found.names[row['ours']].removeprefix('jettison ')}"
            mark = "**" if peer == row["ours"] else ""
            name = f"{mark}{found.names[peer]}{mark}"
            ms = f"{1000 * row['median_seconds']:.{0 if row['median_seconds'] > 0.1 else 2}f}"
            like = "" if row["agreement"] is None else f"{row['agreement']:.4f}"
            yield f"| {cell} | {name} | {ms} | {row['rounds']} | {ratio} | {like} |"
    yield ""
    yield "| model | engine | MB | load s | peak MB | convert s | convert peak MB |"
    yield "|---|---|---|---|---|---|---|"
    for key, row in found.peers.items():
        size, _, peer = key.partition("/")
        load, peak = row.get("load_seconds_1", float("nan")), row.get("peak_bytes_1", float("nan")) / 1e6
        making = f"{row['convert_seconds']:.1f} | {row['convert_peak_bytes'] / 1e6:.0f}"
        yield f"| {size} | {found.names[peer]} | {row['bytes'] / 1e6:.0f} | {load:.2f} | {peak:.0f} | {making} |"
    yield ""
    if found.roofs:
        yield f"Memory roof of one core: {median(found.roofs) / 1e9:.1f} GB/s (best {max(found.roofs) / 1e9:.1f})."
    for what, why in found.lost.items():
        yield f"- not measured: {what}: {why}"
    if found.skipped:
        yield f"- the time did not reach: {'; '.join(found.skipped)}"


def _plot(found: Found, rows: Rows) -> str:
    """A bar a peer and cell, each cell to its own scale: its slowest peer fills the width."""
    shapes: list[Drawing] = []
    top = 10
    for cell, peers in rows.items():
        shapes.append(element("text", cell, x=10, y=top + 14, font_size=14, font_weight="bold"))
        top += _ROW
        slowest = max(row["median_seconds"] for row in peers.values())
        for peer, row in sorted(peers.items(), key=lambda item: float(item[1]["median_seconds"])):
            width = _WIDTH * row["median_seconds"] / slowest
            colour = _COLOURS["jettison" if peer.startswith("jettison") else ""]
            shapes.append(element("text", found.names[peer], x=_LEFT - 8, y=top + 12, font_size=12, text_anchor="end"))
            shapes.append(element("rect", x=_LEFT, y=top + 1, width=width, height=_ROW - 6, rx=2, fill=colour))
            value = f"{1000 * row['median_seconds']:.0f} ms"
            shapes.append(element("text", value, x=_LEFT + width + 6, y=top + 12, font_size=12))
            top += _ROW - 2
        top += 14
    width = _LEFT + _WIDTH + 90
    return element(
        "svg", *shapes, xmlns="http://www.w3.org/2000/svg", font_family="sans-serif", width=width, height=top
    )
