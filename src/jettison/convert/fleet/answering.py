"""A program for a CPU that is not this one: it loads a model folder as a service would, and runs its graphs.

``python answering.py FOLDER FEEDS INTO [plain]``, with nothing but the runtime and numpy, so that it runs under an
emulator. The folder is verified and its canary asked first, as when a service starts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Feed = dict[str, NDArray[Any]]

FEEDS, ANSWERS, FACTS = "feeds.npz", "answers.npz", "facts.json"
_LIST = "feeds.json"
WRONG, PLAIN = 3, "plain"
"""Exit code where the folder answers its canary otherwise."""


def save_feeds(folder: Path, feeds: Sequence[tuple[str, Feed]]) -> None:
    """Graphs by file name, each with one array an input."""
    import numpy as np

    names = [{"graph": graph, "inputs": list(feed)} for graph, feed in feeds]
    arrays = {f"{n}_{i}": array for n, (_, feed) in enumerate(feeds) for i, array in enumerate(feed.values())}
    np.savez(folder / FEEDS, **arrays)  # type: ignore[arg-type]
    (folder / _LIST).write_text(json.dumps(names), encoding="utf-8")


def feeds_in(folder: Path) -> list[tuple[str, Feed]]:
    """What `save_feeds` wrote."""
    import numpy as np

    names = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    with np.load(folder / FEEDS, allow_pickle=False) as arrays:
        return [
            (each["graph"], {name: arrays[f"{n}_{i}"] for i, name in enumerate(each["inputs"])})
            for n, each in enumerate(names)
        ]


def save_answers(path: Path, answers: Sequence[Feed]) -> None:
    """One table of outputs a feed, by place: their names may be anything."""
    import numpy as np

    np.savez(path, **{f"{n}_{i}": a for n, each in enumerate(answers) for i, a in enumerate(each.values())})  # type: ignore[arg-type]


def answers_in(path: Path) -> list[Feed]:
    """What `save_answers` wrote, outputs by their place."""
    import numpy as np

    found: dict[int, Feed] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays.files:
            feed, _, place = name.partition("_")
            found.setdefault(int(feed), {})[place] = arrays[name]
    return [found[number] for number in sorted(found)]


def answered(folder: Path, feeds: Sequence[tuple[str, Feed]], *, exact: bool = True) -> list[Feed]:
    """What the graphs of a folder give, through the package that ships, with one thread.

    :param exact: as that package loads them; without, as ONNX Runtime by itself does.
    """
    from jettison_runtime.binding import Network

    networks = {
        graph: Network(folder / graph, threads=1, exact=exact) for graph in dict.fromkeys(name for name, _ in feeds)
    }
    return [networks[graph].run(feed) for graph, feed in feeds]


def main(arguments: Sequence[str]) -> int:
    """Check the canary and answer; `WRONG` when the canary is wrong, with its words as the last line."""
    from importlib.metadata import version

    import jettison_runtime
    from jettison_runtime.binding import saturates
    from jettison_runtime.errors import CanaryError

    folder, feeds, into = (Path(each) for each in arguments[:3])
    loaded = jettison_runtime.load(folder, threads=1)
    try:
        (loaded if hasattr(loaded, "check_canary") else loaded.model).check_canary()
    except CanaryError as wrong:
        sys.stdout.write(f"{wrong}\n")
        return WRONG
    save_answers(into / ANSWERS, answered(folder, feeds_in(feeds), exact=PLAIN not in arguments))
    facts = {"saturates": saturates(), "onnxruntime": version("onnxruntime")}
    (into / FACTS).write_text(json.dumps(facts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
