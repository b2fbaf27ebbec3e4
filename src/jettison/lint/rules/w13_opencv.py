"""OpenCV with windows in an image that has no screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...records import Change, FixClass, Saving
from ..apt_words import packages_named, packages_removed
from ..dependencies import Dependency
from ..distributions import OPENCV, loads_libgl, opencv_required_by
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import debian_names, of_debian, of_distribution, of_lighter, of_table
from ..unused import could_be_judged, present_in

CODE = "W13"
NAME = "opencv-with-windows"
SUMMARY = (
    "an OpenCV that can open windows is installed in a server's image, or the libraries for it, or two builds at once"
)
WHY = """\
`opencv-python` carries Qt and needs libGL and X11 from the system (216 MB on a slim Debian); a server has no screen.
`opencv-python-headless` is the same library without windows, in the same versions. The fix renames the requirement,
and then takes the packages of the system that only windows need out of the apt line: libgl1, libgl1-mesa-glx,
libglib2.0-0, libsm6, libxext6, libxrender1. Whether something else uses those cannot be read from sources; build it
and compare.

Two builds of OpenCV in one environment overwrite each other's files; then one is taken out.

It says nothing where the code opens windows (`cv2.imshow`, `namedWindow`, `waitKey`, …) or a display is set up; it
changes nothing where another distribution requires the build with windows (a second one would come along)."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "opencv/opencv-python, README: headless packages for servers; never install more than one in an environment",
    "Doleus, issue 35",
    "The libraries that the wheels of opencv-python-headless 4.10 and 5.0 load, read in November 2026: no GL, no GLib",
)
_APP = {"app.py": "import cv2\nfrom fastapi import FastAPI\napp = FastAPI()\nimage = cv2.imread('x.png')\n"}
_APT = (
    "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n    curl \\\n{}"
    "    tini \\\n    && rm -rf /var/lib/apt/lists/*\nCOPY . /app\nRUN pip install -r /app/requirements.txt\n"
)
EXAMPLES = (
    Example(
        bad={
            **_APP,
            "Dockerfile": _APT.format("    # for OpenCV\n    libgl1-mesa-glx \\\n    libglib2.0-0 \\\n"),
            "requirements.txt": "fastapi\nopencv-python==4.10.0.84  # reads pictures\n",
        },
        good={
            **_APP,
            "Dockerfile": _APT.format("    # for OpenCV\n"),
            "requirements.txt": "fastapi\nopencv-python-headless==4.10.0.84  # reads pictures\n",
        },
    ),
    Example(
        title="windows are opened; a display is there",
        bad={
            **_APP,
            "Dockerfile": "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y libgl1 libsm6 libxext6\n"
            "COPY app.py .\nRUN pip install 'opencv-contrib-python>=4.8' fastapi\n",
        },
        good={
            "app.py": "import cv2\ncv2.imshow('x', cv2.imread('x.png'))\ncv2.waitKey(0)\n",
            "Dockerfile": "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y libgl1 libsm6 libxext6\n"
            "COPY app.py .\nRUN pip install 'opencv-contrib-python>=4.8' fastapi\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\n"
            "COPY app.py .\nRUN pip install 'opencv-contrib-python-headless>=4.8' fastapi\n",
        },
    ),
    Example(
        title="two builds at once",
        bad={
            **_APP,
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['opencv-python', 'opencv-python-headless', 'x']\n",
        },
        good={
            **_APP,
            "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['ultralytics', 'opencv-python', 'x']\n",
        },
        fixed={"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['opencv-python-headless', 'x']\n"},
    ),
)
_WINDOWS = frozenset(
    [
        "cv2.imshow",
        "namedWindow",
        "waitKey",
        "waitKeyEx",
        "destroyAllWindows",
        "destroyWindow",
        "selectROI",
        "selectROIs",
        "createTrackbar",
        "setMouseCallback",
        "getTrackbarPos",
        "resizeWindow",
        "moveWindow",
        "startWindowThread",
        "setWindowProperty",
        "pollKey",
    ]
)
_DISPLAY = frozenset(("DISPLAY", "xvfb-run", "Xvfb", "xvfb", "QT_QPA_PLATFORM"))
_ONLY_FOR_WINDOWS = {
    "libgl1": "libgl1",
    "libgl1-mesa-glx": "libgl1",
    "libglx-mesa0": "libgl1",
    "libglib2.0-0": "libglib2.0-0",
    "libglib2.0-0t64": "libglib2.0-0",
    "libsm6": "libsm6",
    "libxext6": "libsm6",
    "libxrender1": "libsm6",
    "libxrender-dev": "libsm6",
}
"""Packages of the system, each with the row of the table that weighs it."""


def findings(project: Project) -> Iterator[Found]:
    """Builds of OpenCV that should be others, then what apt installs for them."""
    named = [each for each in project.dependencies if each.ships and each.name in OPENCV and each.form != "conda"]
    if not named or _opens_windows(project):
        return
    by_name: dict[str, list[Dependency]] = {}
    for each in named:
        by_name.setdefault(each.name, []).append(each)
    required = {build for name in present_in(project) if (build := opencv_required_by(name))}
    if len(by_name) > 1:
        yield from _several(project, by_name, required)
    elif not required:
        (name,) = by_name
        if not name.endswith("-headless"):
            yield from (_with_windows(project, each) for each in named)
        else:
            yield from _libraries(project)
    elif not required & set(by_name):
        (name,) = by_name
        for each in named:
            other = sorted(required)[0]
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"{name} is installed beside {other}, which another requirement brings; they overwrite each other",
                advice=f"drop it, or remove {other} in the RUN that installs both",
                saving=of_distribution(project, other),
            )


def _opens_windows(project: Project) -> bool:
    code = project.code
    opens = not code.identifiers.isdisjoint(_WINDOWS) or "cv2.imshow" in code.imports
    return opens or not code.names.isdisjoint(_DISPLAY)


def _with_windows(project: Project, each: Dependency) -> Found:
    known = could_be_judged(project)
    return Found(
        file=each.file,
        start=each.start,
        end=each.end,
        message=f"{each.name} brings windows and their libraries into an image that has no screen",
        advice=f"take {each.name}-headless" if known else f"take {each.name}-headless, if no window is opened",
        fix="verify",
        changes=each.renamed(f"{each.name}-headless") if known and each.is_direct else (),
        saving=of_lighter(project, each.name, "opencv-window"),
    )


def _several(project: Project, by_name: dict[str, list[Dependency]], required: set[str]) -> Iterator[Found]:
    """All but the one that is kept: what another requires, else the most complete, without windows where there is."""
    kept = max(by_name, key=lambda name: (name in required, "contrib" in name, name.endswith("-headless")))
    for name in sorted(by_name):
        for each in by_name[name]:
            if name != kept:
                yield Found(
                    file=each.file,
                    start=each.start,
                    end=each.end,
                    message=f"{name} is installed beside {kept}; they overwrite each other's files",
                    advice=f"keep {kept} alone",
                    fix="verify",
                    changes=each.removed() if could_be_judged(project) else (),
                    saving=of_distribution(project, name),
                )


def _libraries(project: Project) -> Iterator[Found]:
    """Libraries that apt installs for windows, where the OpenCV has none."""
    if not could_be_judged(project) or any(loads_libgl(name) for name in present_in(project)):
        return
    for build in project.builds:
        for line in build.lines:
            if not line.ships or not line.runs:
                continue
            named = [(name, word) for name, _, word in packages_named(line) if name in _ONLY_FOR_WINDOWS]
            if named:
                edits = packages_removed(build, line, frozenset(name for name, _ in named))
                yield Found(
                    file=build.path,
                    start=named[0][1].start,
                    end=named[-1][1].end,
                    message=f"apt installs {', '.join(name for name, _ in named)}, which OpenCV without windows "
                    "does not load",
                    advice="take them out; something else may load them, so build and compare",
                    fix="verify",
                    changes=(Change(file=build.path, edits=edits),) if edits else (),
                    saving=of_debian(project, [name for name, _ in named]) or _weight([name for name, _ in named]),
                )


def _weight(names: list[str]) -> Saving:
    rows = dict.fromkeys(_ONLY_FOR_WINDOWS[name] for name in names)
    largest = max((of_table(row) for row in rows), key=lambda saving: saving.size_bytes)
    return replace(largest, about=debian_names(names))
