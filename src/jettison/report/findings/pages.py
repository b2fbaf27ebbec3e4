"""The rules explained: a page for each, and the list of all, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from ...records import FixClass, LintRule, RuleExample
from ..figures import bytes_text, visible

CLASSES: Mapping[FixClass, str] = MappingProxyType(
    {
        "safe": "`--fix` mends it: what the image does stays the same",
        "verify": "`--fix-verify` mends it; build the image and compare its answers afterwards",
        "suggest": "a person decides: there is no automatic fix",
    }
)
LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "W": "Wheels and requirements",
        "L": "Layers",
        "B": "Base images",
        "M": "Models",
        "P": "Python files in the image",
        "R": "Running",
        "T": "Targets",
    }
)
_LANGUAGES = {
    "toml": "toml",
    "yml": "yaml",
    "yaml": "yaml",
    "json": "json",
    "py": "python",
    "txt": "text",
    "sh": "sh",
    "lock": "toml",
}


def pages(rules: Iterable[LintRule]) -> dict[str, str]:
    """``docs/rules``: file names with their text."""
    listed = tuple(rules)
    return {"README.md": overview(listed), **{f"{each.code}.md": page(each) for each in listed}}


def overview(rules: tuple[LintRule, ...]) -> str:
    """The list of all rules by letter."""
    fixed = sum(each.fix != "suggest" for each in rules)
    lines = [
        "# Rules of `jettison lint`",
        "",
        f"{len(rules)} rules; {fixed} have a fix. **safe**: {CLASSES['safe']}. **verify**: {CLASSES['verify']}. "
        f"**suggest**: {CLASSES['suggest']}.",
        "",
        "These pages are made by `make docs` out of the rules; their examples are the rules' tests.",
    ]
    for letter, title in LETTERS.items():
        of_letter = [each for each in rules if each.code.startswith(letter)]
        if of_letter:
            lines += ["", f"## {title}", "", "| rule | finds | fix | also known as |", "|---|---|---|---|"]
            lines += [
                f"| [{each.code} {each.name}]({each.code}.md) | {_cell(each.summary)} | {each.fix} "
                f"| {_cell(', '.join(each.also))} |"
                for each in of_letter
            ]
    return "\n".join(lines) + "\n"


def page(rule: LintRule) -> str:
    """One rule: what, why, with and without the flaw, and where it is known from."""
    parts = [f"# {rule.code} {rule.name}", f"{rule.summary}.", f"**Fix**: {rule.fix}. {_sentence(CLASSES[rule.fix])}"]
    if rule.also:
        parts.append(f"**Also known as**: {', '.join(rule.also)}. A comment that silences it there silences it here.")
    parts += ["## Why", rule.why.strip()]
    for number, example in enumerate(rule.examples, 1):
        title = example.title or ("Example" if len(rule.examples) == 1 else f"Example {number}")
        parts += [f"## {title[0].upper()}{title[1:]}", *_example(example)]
    parts += ["## Sources", "\n".join(f"- {each}" for each in rule.sources)]
    parts += ["## Silencing it", _silencing(rule)]
    return "\n\n".join(parts) + "\n"


def _example(example: RuleExample) -> Iterator[str]:
    if example.targets != ("cpu",):
        yield f"For `--target {' --target '.join(example.targets)}`."
    if example.sizes:
        yield "With " + ", ".join(f"`{name}` of {bytes_text(size)}" for name, size in example.sizes) + "."
    yield "Found in:"
    yield from _files(example.bad)
    if example.fixed:
        yield "After the fix:"
        yield from _files(_differing(example.fixed, example.bad))
    if example.good != example.fixed:
        yield "Nothing is found in:"
        yield from _files(example.good)


def _differing(files: tuple[tuple[str, str], ...], before: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    known = dict(before)
    return tuple((name, text) for name, text in files if known.get(name) != text) or files


def _files(files: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, text in files:
        shown = "\n".join(visible(line.expandtabs(4), 400) for line in re.split(r"\r?\n", text.rstrip("\r\n")))
        fence = "`" * max(3, *(len(each) + 1 for each in re.findall("`+", text)), 3)
        ending = " (its lines end in CR LF)" if "\r\n" in text else ""
        yield f"`{name}`{ending}\n\n{fence}{_language(name)}\n{shown}\n{fence}" if shown else f"`{name}`, empty"


def _language(name: str) -> str:
    if "dockerfile" in name.lower() and not name.endswith("ignore"):
        return "dockerfile"
    return _LANGUAGES.get(name.rpartition(".")[2], "text")


def _silencing(rule: LintRule) -> str:
    known = f"`# hadolint ignore={next((each for each in rule.also if each.startswith('DL')), '')}` does it as well. "
    return (
        f"`# jettison ignore={rule.code}` above the instruction (in a requirements file also behind the line), or "
        f"`# jettison global ignore={rule.code}` for the whole file. "
        + (known if any(each.startswith("DL") for each in rule.also) else "")
    ).strip()


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
