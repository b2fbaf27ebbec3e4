"""What expressions say under transformers, or under the facade: a program that knows nothing of ours, and a function.

python expressions_of.py QUESTIONS ANSWERS          QUESTIONS: a JSON list of [folder, expression]
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "hello world",
    "Paris is the capital city of France, isn't it?",
    "Ünïcode 日本",
    "a",
]
LONG = " ".join(TEXTS * 5)


def said(expression: str, folder: str, transformers: Any) -> Any:
    """The value as JSON has it, numpy's numbers marked; or the kind of error."""
    names = {"T": transformers, "M": folder, "TEXTS": TEXTS, "LONG": LONG}
    try:
        return plain(eval(expression, names))
    except Exception as error:  # noqa: BLE001  (whichever it is, it is what is compared)
        return f"raised {type(error).__name__}"


def plain(value: Any) -> Any:
    if hasattr(value, "keys"):
        return {str(key): plain(value[key]) for key in value.keys()}  # noqa: SIM118  (these are not all dicts)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "dtype"):
        return [str(value.dtype), value.tolist()]
    return value


def near(one: Any, other: Any) -> bool:
    """Equal, numbers with fractions to the fifth digit or the fifth place behind the point."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(near(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=5e-5, abs_tol=1e-5)
    return type(one) is type(other) and bool(one == other)


def main(questions: str, answers: str) -> None:
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    asked = json.loads(Path(questions).read_text())
    found = [said(expression, folder, transformers) for folder, expression in asked]
    Path(answers).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
