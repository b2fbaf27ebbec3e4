"""What was found, as JSON with every sample, a plot, and the tables of ``bench/README.md``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jettison.records import Interval
from jettison.report.drawings.svg import Drawing, element
from jettison.statistics import median, ratio_of_medians

from ..dated import written as dated
from .cells import NEW_TOKENS
from .contest import Found

_LEFT, _WIDTH, _ROW = 230, 620, 22
_COLOURS = {"jettison": "#0b7285", "": "#adb5bd"}


def written(found: Found, folder: Path) -> Iterator[Path]:
    """The files, as they are written."""
    yield dated("seq2seq", {**asdict(found), "summary": summary(found)}, folder)
    plot = folder / "seq2seq.svg"
    plot.write_text(_plot(found), encoding="utf-8")
    yield plot
    table = folder / "seq2seq.md"
    table.write_text("\n".join(_tables(found)) + "\n", encoding="utf-8")
    yield table


def summary(found: Found) -> dict[str, dict[str, dict[str, Any]]]:
    """Cell → peer → median seconds, and how many times faster than it the best of ours is, with its interval."""
    made: dict[str, dict[str, dict[str, Any]]] = {}
    for cell, peers in found.seconds.items():
        best = _best_of_ours(peers)
        made[cell] = {
            peer: {
                "median_seconds": median(values),
                "rounds": len(values),
                "ours": best,
                "times": asdict(interval) if (interval := _times(peers, peer, best)) else None,
            }
            for peer, values in peers.items()
            if values
        }
    return made


def _best_of_ours(peers: dict[str, list[float]]) -> str:
    """The quantized form with the smallest median; a service would be given that one."""
    ours = {name: median(values) for name, values in peers.items() if name.startswith("jettison_int8") and values}
    return min(ours, key=lambda name: ours[name], default="")


def _times(peers: dict[str, list[float]], peer: str, best: str) -> Interval | None:
    pairs = list(zip(peers[peer], peers.get(best, []), strict=False))
    if not pairs:
        return None
    return ratio_of_medians([(a,) for a, _ in pairs], [(b,) for _, b in pairs])


def _tables(found: Found) -> Iterator[str]:
    yield "| asked | engine | ms | rounds | best of ours is … times faster |"
    yield "|---|---|---|---|---|"
    for cell, peers in summary(found).items():
        for peer, row in sorted(peers.items(), key=lambda item: float(item[1]["median_seconds"])):
            times = row["times"]
            ratio = f"{times['estimate']:.2f} ({times['low']:.2f} to {times['high']:.2f})" if times else ""
            mark = "**" if peer == row["ours"] else ""
            name = f"{mark}{found.names[peer]}{mark}"
            yield f"| {cell} | {name} | {1000 * row['median_seconds']:.0f} | {row['rounds']} | {ratio} |"
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
    for size in dict.fromkeys(key.partition("/")[0] for key in found.peers):
        yield from _per_token(found, size)
    for what, why in found.lost.items():
        yield f"- not measured: {what}: {why}"
    if found.skipped:
        yield f"- the time did not reach: {'; '.join(found.skipped)}"


def _per_token(found: Found, size: str) -> Iterator[str]:
    whole = found.seconds.get(f"{size}, 32 in, {NEW_TOKENS} out", {})
    first = found.seconds.get(f"{size}, 32 in, 1 out", {})
    for peer in whole:
        if whole[peer] and first.get(peer):
            token = (median(whole[peer]) - median(first[peer])) / (NEW_TOKENS - 1)
            yield f"- {size}, {found.names[peer]}: {1000 * token:.2f} ms a token after the first"


def _plot(found: Found) -> str:
    """A bar a peer and cell, each cell to its own scale: its slowest peer fills the width."""
    shapes: list[Drawing] = []
    top = 10
    for cell, peers in summary(found).items():
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
