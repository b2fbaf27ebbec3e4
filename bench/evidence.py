"""``make evidence``: the long measurements, each written as dated JSON under ``evidence/``."""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .dated import ROOT, plain, written

EXAMPLE = ROOT / "examples" / "pronounce"


def optimize() -> dict[str, Any]:
    """The main job, measured afresh: every headline of its report."""
    from jettison.commands import arguments
    from jettison.report import by_key, closing_line, headlines
    from jettison.report.formats.json import read
    from jettison.statistics import error_rate

    arguments.workspace().clear("observations")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "jettison", "optimize", str(EXAMPLE), "--out", str(out)], check=False
        )
        seconds = time.monotonic() - started
        report = read((out / "report.json").read_bytes(), where=str(out)).report
        found = headlines(report)
        return {
            "exit_code": done.returncode,
            "seconds": seconds,
            "closing_line": closing_line(report, by_key(found)),
            "headlines": {each.key: each.value for each in found},
            "speed": plain(report.final.speed) if report.final else None,
            "judgements": [plain(each) for each in report.final.judgements] if report.final else [],
            "differences": len(report.replay.differences) if report.replay else None,
            "requests": report.replay.requests if report.replay else None,
            "candidates": [
                {
                    "name": each.candidate,
                    "model_bytes": each.model_bytes,
                    "error_rate": error_rate(each),
                    "median_seconds": statistics.median(each.seconds),
                }
                for each in report.measurements
            ],
        }


def weigh() -> dict[str, Any]:
    """Weighed bytes of the CPU-only set against a real installation of it, and what was fetched to know them."""
    from jettison.packages import uv
    from jettison.packages.index import index_settings
    from jettison.packages.lock import lock_text
    from jettison.packages.resolve import resolved
    from jettison.packages.wheels import contents
    from jettison.records import finished
    from jettison.workspace import Workspace

    requirements = (EXAMPLE / "requirements.txt").read_text().split()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(root=Path(folder) / "cache")
        settings = index_settings()
        started = time.monotonic()
        resolution = finished(
            resolved(
                requirements,
                python="3.11",
                platform="x86_64-manylinux_2_36",
                settings=settings,
                workspace=workspace,
                cpu_torch=True,
            )
        )
        weighed = finished(contents(resolution.wheels, settings=settings, workspace=workspace))
        seconds = time.monotonic() - started
        (Path(folder) / "lock.txt").write_text(lock_text(resolution))
        target = Path(folder) / "real"
        uv.output(
            [
                *("pip", "install", "--requirements", "lock.txt", "--target", str(target), "--no-deps"),
                *("--python", sys.executable, "--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_36"),
            ],
            settings=settings,
            workspace=workspace,
            folder=Path(folder),
        )
        installed = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    total = sum(each.unpacked_bytes for each in weighed)
    return {
        "packages": len(weighed),
        "weighed_bytes": total,
        "installed_bytes": installed,
        "difference": abs(total - installed) / installed,
        "fetched_from_wheels_bytes": sum(each.fetched_bytes for each in weighed),
        "seconds": seconds,
    }


def kills() -> dict[str, Any]:
    """`optimize` killed with -9 at ten random moments, then run to its end."""
    seed = str(int(time.time()))
    environment = {**os.environ, "JETTISON_TEST_KILLS": "10", "JETTISON_TEST_SEED": seed}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--timeout", "3600", "tests/pipeline/test_killed.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "kills": 10,
        "seed": seed,
        "passed": done.returncode == 0,
        "seconds": time.monotonic() - started,
        "said": done.stdout.strip().splitlines()[-1:],
    }


def install() -> dict[str, Any]:
    """What `pip install jettison` downloads and what it takes on disk, in a fresh environment without torch."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
        python = str(place / "venv" / "bin" / "python")
        before = _size(place / "venv")
        wheels = place / "wheels"
        pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--wheel-dir", str(wheels), str(ROOT / "runtime"), str(ROOT)], check=True)
        subprocess.run([*pip, "install", "--no-index", "--find-links", str(wheels), "jettison"], check=True)
        listed = subprocess.run([python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True)
        names = {each["name"].lower() for each in json.loads(listed.stdout)}
        out = place / "converted"
        converted = subprocess.run(
            [str(place / "venv" / "bin" / "jettison"), "convert", str(EXAMPLE / "model"), "--out", str(out)],
            env={**os.environ, "JETTISON_CACHE": str(place / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        return {
            "downloaded_bytes": sum(file.stat().st_size for file in wheels.iterdir()),
            "installed_bytes": _size(place / "venv") - before,
            "packages": sorted(names),
            "torch_installed": "torch" in names,
            "transformers_installed": "transformers" in names,
            "convert_exit_code": converted.returncode,
            "convert_said": converted.stdout.splitlines(),
        }


def import_time() -> dict[str, Any]:
    """`import jettison` in a fresh process, less an empty process; median of 21 of each, in turn."""
    plain: list[float] = []
    ours: list[float] = []
    for _ in range(21):
        for kept, code in ((plain, "pass"), (ours, "import jettison")):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            kept.append(time.perf_counter() - started)
    return {"import_seconds": statistics.median(ours) - statistics.median(plain), "samples": len(ours)}


def _from(place: str) -> dict[str, Any]:
    module, _, function = place.partition(":")
    found: dict[str, Any] = getattr(importlib.import_module(f"bench.{module}"), function)()
    return found


ELSEWHERE = {
    "equality": "equality:measured",
    "compiled": "compiled:measured",
    "verdicts": "verdicts:measured",
    "faces": "faces:measured",
    "architectures": "architectures.__main__:measured",
    "schemas": "schemas:measured",
    "clients": "clients:clients",
    "platforms": "clients:platforms",
    "serving": "serving:measured",
    "soak": "soak.__main__:measured",
    "envelope": "envelope:measured",
    "soak-image": "soak_image:measured",
    "lint_builds": "lint.builds:measured",
    "article": "lint.article:measured",
    "lint-generated": "linting:generated",
    "lint-speed": "linting:speed",
}
"""Benches that can be run by themselves, too: module and function."""
MEASUREMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "optimize": optimize,
    "weigh": weigh,
    "kills": kills,
    "install": install,
    "import": import_time,
    **{name: functools.partial(_from, place) for name, place in ELSEWHERE.items()},
}


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def main(argv: list[str]) -> int:
    """Run the named measurements, or all, and write each beside its date."""
    parser = argparse.ArgumentParser(prog="python -m bench.evidence", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"some of them: {', '.join(MEASUREMENTS)}")
    names = parser.parse_args(argv).name
    if unknown := set(names) - MEASUREMENTS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    for name in names or list(MEASUREMENTS):
        print(f"{name} …", flush=True)
        print(f"  {written(name, MEASUREMENTS[name]()).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
