"""``jettison lint``: what makes an image large, slow or unsafe, what it costs, and the fix."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from jettison import __version__
from jettison.records import FixClass, Linted, LintRule, to_plain

from . import arguments, screen
from .progress import drawn

NAME = "lint"
SUMMARY = "find what makes a service's image large, slow to start or unsafe, with the bytes it costs, and fix it"
EXAMPLES = """\
  jettison lint ./service
  jettison lint ./service --diff                 the fixes that keep what the image does, as a patch
  jettison lint ./service --fix                  make them
  jettison lint ./service --fix-verify           and those after which you should build and compare
  jettison lint ./service --refresh-locks        and make the lock files again that they change
  jettison lint ./service --weigh                with the index's own figures for what it installs
  jettison lint Dockerfile --only L --json       one file, the rules of layers
  jettison lint --format sarif > lint.sarif      for code scanning
  jettison lint --fail-on safe --fail-over 100MB the gate of a pipeline
  jettison lint --explain cuda-torch             why it is a flaw, with examples"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from jettison.lint import DEVICES, PLATFORMS

    parser.add_argument(
        "service",
        type=Path,
        nargs="?",
        default=Path(),
        metavar="SERVICE",
        help="folder of the service, or one Dockerfile (default: this folder)",
    )
    parser.add_argument("--dockerfile", type=Path, metavar="FILE", help="the only one to look at, of the folder")
    parser.add_argument(
        "--target",
        action="append",
        metavar="TARGET",
        choices=(*DEVICES, *PLATFORMS),
        help="what it shall run on; may be repeated (default: cpu, or gpu where a manifest reserves one; of "
        f"{', '.join((*DEVICES, *PLATFORMS))})",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        type=_rules,
        metavar="RULE",
        help="a code, a name or a first letter; may be repeated",
    )
    fixes = parser.add_mutually_exclusive_group()
    fixes.add_argument("--fix", action="store_true", help="make the changes that keep what the image does")
    fixes.add_argument(
        "--fix-verify", action="store_true", help="and those after which the image should be built and compared"
    )
    parser.add_argument(
        "--refresh-locks",
        action="store_true",
        help="--fix-verify, and run `uv lock`, `poetry lock` or the compilation again, which asks the package index",
    )
    parser.add_argument(
        "--weigh", action="store_true", help="ask the package index what installs bring, in the place of the table"
    )
    parser.add_argument(
        "--diff", action="store_true", help="write nothing; print the patch (in other formats: with the patch in it)"
    )
    said = parser.add_argument_group("output").add_mutually_exclusive_group()
    said.add_argument(
        "--format",
        choices=("terminal", "json", "sarif", "github", "markdown"),
        help="terminal; json; sarif for code scanning; github for annotations; markdown for a pull request",
    )
    arguments.as_json(said)
    gate = parser.add_argument_group("gate (exit code 1 when it closes)")
    gate.add_argument(
        "--fail-on",
        choices=("any", "safe", "verify", "never"),
        default="any",
        help="what is left: anything, what --fix mends, what --fix-verify mends, nothing (default: any)",
    )
    gate.add_argument(
        "--fail-over", type=arguments.size, metavar="SIZE", help="only when it costs more than that in all: 100MB"
    )
    about = parser.add_argument_group("about the rules")
    about.add_argument("--rules", action="store_true", help="list them with what mends them")
    about.add_argument("--explain", type=_rule, metavar="RULE", help="tell about one: its code or name")


def run(options: argparse.Namespace) -> int:
    """Look, mend when asked, and print."""
    if options.rules or options.explain:
        return _about(options)
    from jettison.pipeline.linting import checked, fails, written
    from jettison.pipeline.weighing import weighed

    classes: tuple[FixClass, ...] = ()
    if options.fix_verify or options.refresh_locks:
        classes = ("safe", "verify")
    elif options.fix or options.diff:
        classes = ("safe",)
    weights = None
    if options.weigh:
        weights = drawn(weighed(options.service, arguments.workspace(), dockerfile=options.dockerfile))
    found = checked(
        options.service,
        targets=options.target or (),
        dockerfile=options.dockerfile,
        only=options.only,
        classes=classes,
        weights=weights,
        refresh_locks=options.refresh_locks,
    )
    if not options.diff:
        written(options.service, found)
    _print(found, options)
    if options.diff:  # none of it is mended yet
        found = replace(found, findings=(*found.findings, *found.applied))
    return 1 if fails(found, on=options.fail_on, over_bytes=options.fail_over) else 0


def _print(found: Linted, options: argparse.Namespace) -> None:
    from jettison.lint import described_rules
    from jettison.report.findings import Shown, format_named

    name = options.format or ("json" if options.json else "terminal")
    if options.diff and name == "terminal":
        _patch(found)
        return
    shown = Shown(
        found=found,
        rules=described_rules(),
        below=_below(options.service),
        command=_command(options),
        version=__version__,
        home=_home(),
    )
    drawn = format_named(name).render(shown)
    if isinstance(drawn, str):
        sys.stdout.write(drawn)
    else:
        screen.show(drawn)  # type: ignore[arg-type]  # what rich draws


def _patch(found: Linted) -> None:
    """The bytes as they are in the files, whatever they are; what cannot be a patch goes to stderr."""
    sys.stdout.flush()
    sys.stdout.buffer.write(found.diff.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
    for note in found.notes:
        sys.stderr.write(f"jettison: {note}\n")
    if not found.changed:
        sys.stderr.write("jettison: there is nothing to change; `jettison lint` says what was found\n")


def _below(service: Path) -> str:
    """The folder as it is named from here; a path of its own when it is not below."""
    folder = service.parent if service.is_file() else service
    relative = os.path.relpath(folder)
    if relative.startswith(".."):
        return str(folder)
    return "" if relative == "." else relative


def _command(options: argparse.Namespace) -> str:
    words = ["jettison", "lint"]
    if options.service != Path():
        words.append(str(options.service))
    if options.dockerfile:
        words += ["--dockerfile", str(options.dockerfile)]
    words += [word for each in options.target or () for word in ("--target", each)]
    words += [word for each in options.only for word in ("--only", each)]
    words += ["--weigh"] if options.weigh else []
    return shlex.join(words)


def _home() -> str:
    """The address of the rules' pages that this package was published with; empty when it has none."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("jettison").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = dict(each.split(", ", 1) for each in urls if ", " in each)
    address: str = named.get("Documentation", "")
    return address.rstrip("/")


def _about(options: argparse.Namespace) -> int:
    from jettison.lint import described_rules
    from jettison.report.findings import json, page, terminal

    rules = described_rules()
    if options.explain:
        rules = tuple(each for each in rules if options.explain in (each.code.lower(), each.name))
    if options.json or options.format == "json":
        sys.stdout.write(json.text([to_plain(each) for each in rules]))
    elif options.explain and sys.stdout.isatty():
        screen.show(terminal.explained(rules[0]))
    elif options.explain:
        sys.stdout.write(page(rules[0]))
    else:
        screen.show(terminal.listed(rules))
    return 0


def _rule(text: str) -> str:
    from jettison.lint import described_rules

    wanted = text.lower()
    if not any(wanted in (each.code.lower(), each.name) for each in described_rules()):
        raise argparse.ArgumentTypeError(f"there is no rule {text}{_near(text, described_rules())}; --rules lists them")
    return wanted


def _rules(text: str) -> str:
    from jettison.lint import described_rules, rules_named

    if not rules_named([text]):
        raise argparse.ArgumentTypeError(f"there is no rule {text}{_near(text, described_rules())}; --rules lists them")
    return text


def _near(text: str, rules: tuple[LintRule, ...]) -> str:
    import difflib

    names = [name for each in rules for name in (each.code, each.name)]
    found = difflib.get_close_matches(text, names, n=1) or difflib.get_close_matches(text.upper(), names, n=1)
    return f" (did you mean {found[0]}?)" if found else ""
