"""``python -m bench.soak [--runs N] [--into FILE] [APP …]``: every app soaked N times over, in fresh processes.

Counts false alarms (a clean endpoint called a leak), leaks that were found and after how many requests, and how often
the interval holds the true allocator bytes a request, which follow from the app's code (its docstring has the sum).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jettison.commands import arguments
from jettison.pipeline import SoakWish, soak
from jettison.records import Growth, finished
from jettison.soak.series import LEAK_BYTES

from ..dated import written

APPS = Path(__file__).parent / "apps"


def apps(names: Sequence[str] = ()) -> tuple[Path, ...]:
    """The folders of the apps."""
    return tuple(
        folder for folder in sorted(APPS.iterdir()) if (folder / "truth.json").is_file() and _in(folder, names)
    )


def judged(growth: Growth, truth: dict[str, Any], app: str, named: str = "") -> dict[str, Any]:
    """One verdict beside the truth, and the line that is named first."""
    low, high = truth.get("bytes", (None, None))
    kept = growth.kept
    return {
        "app": app,
        "endpoint": growth.endpoint,
        "truth": truth["cause"],
        "cause": growth.cause,
        "right": growth.cause in (truth["cause"], *truth.get("also", ())),
        "kept": [kept.low, kept.estimate, kept.high] if kept else None,
        "bytes": truth.get("bytes"),
        "holds": None if low is None or kept is None else kept.low <= high and kept.high >= low,
        "line": truth.get("line"),
        "named": named,
        "seen_after": growth.seen_after,
        "requests": growth.requests,
        "reason": growth.reason,
    }


def runs(folders: Sequence[Path], count: int, into: Path | None = None) -> Iterator[dict[str, Any]]:
    """Every endpoint that has a truth, so many times.

    :param into: JSON lines: what stands there is not run again, and what is run is written behind it.
    """
    known = [json.loads(line) for line in into.read_text().splitlines()] if into and into.exists() else []
    for number in range(count):
        for folder in folders:
            there = [each for each in known if (each["run"], each["app"]) == (number, folder.name)]
            made = there or [{"run": number, **each} for each in _run(folder)]
            if into and not there:
                with into.open("a") as file:
                    file.writelines(json.dumps(each) + "\n" for each in made)
            yield from made


def _run(folder: Path) -> Iterator[dict[str, Any]]:
    truth = json.loads((folder / "truth.json").read_text())
    wish = SoakWish(service=folder, endpoints=tuple(truth))
    found = finished(soak(wish, arguments.workspace()))
    named = {window.endpoint: site.place for window in found.windows for site in reversed(window.accused)}
    for growth in found.growths:
        yield judged(growth, truth[growth.endpoint], folder.name, named.get(growth.endpoint, ""))


def summary(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The counts that are promised."""
    leaks = [each for each in found if each["truth"] == "leak"]
    others = [each for each in found if each["truth"] != "leak"]
    caught = [each for each in leaks if each["cause"] == "leak"]
    stated = [each for each in caught if each["holds"] is not None]
    return {
        "endpoints": len({(each["app"], each["endpoint"]) for each in found}),
        "runs": len(found),
        "false_alarms": sum(each["cause"] == "leak" for each in others),
        "without_leak": len(others),
        "leaks_found": len(caught),
        "leaks": len(leaks),
        "most_requests_until_found": max((each["seen_after"] for each in caught), default=None),
        "intervals_that_hold_the_truth": sum(each["holds"] for each in stated),
        "intervals_that_hold_it_within_8_bytes": sum(_near(each) for each in stated),
        "intervals": len(stated),
        "lines_right": sum(each["named"] == each["line"] for each in caught if each["line"]),
        "lines": sum(each["line"] is not None for each in caught),
        "causes_right": sum(each["right"] for each in found),
        "causes": {
            truth: dict(Counter(each["cause"] for each in found if each["truth"] == truth))
            for truth in sorted({each["truth"] for each in found})
        },
    }


def _near(verdict: dict[str, Any]) -> bool:
    """A server keeps a few bytes a request of its own, in its first thousands, and they are in the interval too."""
    low, _, high = verdict["kept"]
    least, most = verdict["bytes"]
    return bool(low <= most + LEAK_BYTES and high >= least - LEAK_BYTES)


def measured(folders: Sequence[Path], count: int, into: Path | None = None) -> dict[str, Any]:
    """All of it, for the evidence; each verdict is printed as it comes."""
    found, started = [], time.monotonic()
    for each in runs(folders, count, into):
        found.append(each)
        kept = "" if each["kept"] is None else "{1:,.1f} B [{0:,.1f}, {2:,.1f}]".format(*each["kept"])
        named = each["cause"] != "leak" or each["line"] in (None, each["named"])
        mark = " " if each["right"] and each["holds"] is not False and named else "*"
        print(
            f"{mark} {each['app']:<20} {each['endpoint']:<18} {each['truth']:<10} {each['cause']:<10} {kept}",
            each["named"],
            flush=True,
        )
    return {"seconds": time.monotonic() - started, "summary": summary(found), "verdicts": found}


def _in(folder: Path, names: Sequence[str]) -> bool:
    return not names or folder.name in names


def main() -> int:
    """Run, print, write the evidence where all apps ran."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("apps", nargs="*", metavar="APP")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--into", type=Path, metavar="FILE", help="keep verdicts there, and go on behind them")
    options = parser.parse_args()
    found = measured(apps(options.apps), options.runs, options.into)
    print(json.dumps(found["summary"], indent=1))
    if not options.apps:
        print(written("soak", found))
    return 1 if found["summary"]["false_alarms"] or found["summary"]["leaks_found"] < found["summary"]["leaks"] else 0


if __name__ == "__main__":
    sys.exit(main())
