"""What a soak says of lines, suspects and settings, on the terminal and the page."""

from __future__ import annotations

import io

from rich.console import Console

from jettison.machine import host
from jettison.records import (
    Allocations,
    Environment,
    Frame,
    Growth,
    Held,
    Holder,
    Interval,
    Kept,
    Reading,
    Remedies,
    Site,
    Soak,
    Suspect,
    TriedSetting,
)
from jettison.report.soaked import page, terminal
from jettison.report.soaked.blame import recycling
from jettison.report.soaked.rows import sentences

EVIL = "<script>alert(1)</script>"
PARTS = (30,) * 6


def soak(**changes: object) -> Soak:
    frame = Frame(function="ask", file="app.py", line=7, own=True)
    site = Site(
        file="app.py",
        line=8,
        function="ask",
        own=True,
        native=False,
        allocated_at="app.py:7",
        size_bytes=(30_000,) * 6,
        blocks=(30,) * 6,
        requests=PARTS,
        stack=(frame,),
        source=((7, "    made = bytes(1000)"), (8, f"    SEEN.append(made)  # {EVIL}")),
        holder=Holder(name="app.SEEN", kind="list", items=180, names=("SEEN",), filled_at=("app.py:8",)),
    )
    window = Allocations(
        endpoint="POST /ask",
        tracer="memray 1",
        requests=PARTS,
        sites=(site,),
        frames=(frame,),
        kept=(Kept(stack=(0,), size_bytes=(30_000,) * 6, blocks=(30,) * 6),),
    )
    suspect = Suspect(
        code="growing-global",
        file="app.py",
        line=8,
        source="SEEN.append(made)",
        message="SEEN grows",
        advice="bound it",
    )
    untouched = TriedSetting(
        name="untouched", says="", resident_bytes=(90_000_000,), peak_bytes=(95_000_000,), seconds=(0.01,)
    )
    better = TriedSetting(
        name="malloc-arenas",
        says="",
        environment=(("MALLOC_ARENA_MAX", "2"),),
        resident_bytes=(60_000_000,),
        peak_bytes=(94_000_000,),
        seconds=(0.01,),
    )
    growth = Growth(
        endpoint="POST /ask",
        cause="leak",
        kept=Interval(estimate=1010.0, low=1000.0, high=1020.0, confidence=0.95, samples=20),
        reason="every request leaves something behind",
        readings=(),
    )
    made = {
        "jettison": "0",
        "started": "2026-11-28T00:00:00+00:00",
        "host": host(),
        "service": "ask",
        "command": ("gunicorn", "app:app"),
        "environment": Environment(name="original", python="3.11", packages=()),
        "growths": (growth,),
        "windows": (window,),
        "suspects": (suspect,),
        "remedies": Remedies(untouched=untouched, trials=(better,), requests=240, clients=4),
        **changes,
    }
    return Soak(**made)  # type: ignore[arg-type]


def shown(found: Soak) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(terminal.render(found))
    return out.getvalue()


def test_line_holder_suspect_and_setting_are_on_the_terminal() -> None:
    text = shown(soak())
    assert "app.py:8 in ask keeps 1.00 kB of every request, allocated at app.py:7" in text
    assert "8 >     SEEN.append(made)" in text
    assert "held by app.SEEN, a list of 180 items" in text
    assert "measured  app.py:8: SEEN grows" in text
    assert "gunicorn's --max-requests 98000 lets a worker go before it has kept 100 MB" in text
    row = next(line for line in text.splitlines() if line.startswith("MALLOC_ARENA_MAX=2"))
    assert "60.0 MB" in row
    assert row.rstrip().endswith("helps")


def test_the_last_resort_lets_a_worker_go_before_its_room_is_filled_and_not_before_it_has_answered() -> None:
    growth = soak().growths[0]

    def advised(kept: float) -> str:
        found = Interval(estimate=kept, low=kept, high=kept, confidence=0.95, samples=20)
        return recycling(soak(growths=(Growth(**{**vars(growth), "kept": found}),)))

    assert "--max-requests 99000 lets" in advised(1005.0)  # of 99,502
    assert "--max-requests 7 lets" in advised(13_000_000.0)
    assert "--max-requests 1 lets a worker go before it has kept 250 MB" in advised(250_000_000.0)


def test_collection_that_is_off_in_one_process_of_several_is_said() -> None:
    def told(*collects: bool) -> str:
        processes = tuple(
            Held(
                pid=pid,
                parent=1,
                heap_bytes=1,
                blocks_bytes=1,
                blocks=1,
                arenas_bytes=1,
                resident_bytes=1,
                anonymous_bytes=1,
                proportional_bytes=1,
                own_bytes=1,
                peak_bytes=1,
                threads=1,
                descriptors=1,
                seconds=0.0,
                collects=each,
            )
            for pid, each in enumerate(collects)
        )
        reading = Reading(phase="start", requests=0, seconds=0.0, processes=processes)
        growths = (Growth(**{**vars(soak().growths[0]), "readings": (reading,)}),)
        return " ".join(sentence for _, sentence in sentences(soak(growths=growths)))

    assert "garbage collection off" in told(True, False)
    assert "garbage collection off" not in told(True, True)


def test_a_suspect_that_no_window_shows_is_only_in_the_code() -> None:
    text = shown(soak(windows=()))
    assert "in the code  app.py:8: SEEN grows" in text
    assert "keeps 1.00 kB of every request" not in text


def test_what_the_windows_do_not_see_is_said() -> None:
    growth = soak().growths[0]
    kept = Interval(estimate=9000.0, low=8900.0, high=9100.0, confidence=0.95, samples=20)
    text = shown(soak(growths=(Growth(**{**vars(growth), "kept": kept}),)))
    assert "memray 1 saw 1.00 kB of the 9.00 kB that a request keeps" in text


def test_the_page_has_all_of_it_and_runs_nothing() -> None:
    text = page.render(soak()).decode()
    assert "<script" not in text
    for words in ("app.py:8 in ask keeps", "Held by app.SEEN", 'class="flame"', "MALLOC_ARENA_MAX=2", "measured"):
        assert words in text
    assert "http://" not in text
    assert "https://" not in text
