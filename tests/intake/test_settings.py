from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from jettison.errors import SettingsInvalid
from jettison.intake.settings import (
    LimitSettings,
    RequestTemplate,
    ServiceSettings,
    Settings,
    TargetSettings,
    TruthSettings,
    settings,
)
from jettison.records import Limits

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"

WHOLE = """
[service]
app = "shop.web:create_app()"
start = ["gunicorn", "shop.web:create_app()"]
port = 9000
python = "3.11"
workdir = "/srv"
dockerfile = "docker/Dockerfile"
stage = "production"
requests = "r.jsonl"
model = "m"
models = ["n", "o"]
scores_within = 0.02
[truth]
selection = "s.jsonl"
verdict = "v.jsonl"
request = { path = "/p", json = { word = "{input}" } }
answer = "a.0.b"
target = "label"
metric = "exact_match"
positive = "yes"
calibration = "c.jsonl"
[limits]
loss_points = 0
keep = 0.99
confidence = 0.9
p95_ms = 50
model_mb = 12.5
image_mb = 150
memory_mb = 300
cold_start_s = 2
[target]
cpu = ["avx2", "avx512_vnni"]
numpy = "source"
"""


def read(tmp_path: Path, text: str, name: str = "jettison.toml") -> Settings:
    (tmp_path / name).write_text(text)
    return settings(tmp_path)


def test_every_key_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found.service == ServiceSettings(
        app="shop.web:create_app()",
        start=("gunicorn", "shop.web:create_app()"),
        port=9000,
        python="3.11",
        workdir="/srv",
        dockerfile="docker/Dockerfile",
        stage="production",
        requests="r.jsonl",
        model="m",
        models=("n", "o"),
        scores_within=0.02,
    )
    assert found.service.model_names == ("m", "n", "o")
    assert found.truth == TruthSettings(
        request=RequestTemplate(path="/p", json={"word": "{input}"}),
        answer="a.0.b",
        target="label",
        metric="exact_match",
        positive="yes",
        selection="s.jsonl",
        verdict="v.jsonl",
        calibration="c.jsonl",
    )
    assert found.limits.limits == Limits(
        loss_points=0.0,
        keep=0.99,
        confidence=0.9,
        p95_seconds=0.05,
        model_bytes=12_500_000,
        image_bytes=150_000_000,
        peak_memory_bytes=300_000_000,
        cold_start_seconds=2.0,
    )
    assert found.target.cpu == ("avx2", "avx512_vnni")
    assert found.target.numpy == "source"


def test_without_a_file_nothing_is_set(tmp_path: Path) -> None:
    assert settings(tmp_path) == Settings()
    assert Settings().limits.limits == Limits()


def test_pyproject_may_hold_them_and_the_own_file_counts_more(tmp_path: Path) -> None:
    assert read(tmp_path, "[tool.jettison.service]\nport = 81\n", "pyproject.toml").service.port == 81
    assert read(tmp_path, "[service]\nport = 82\n").service.port == 82


def test_a_pyproject_that_does_not_parse_is_somebody_elses_business(tmp_path: Path) -> None:
    assert read(tmp_path, "[[[", "pyproject.toml") == Settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[service", "does not parse"),
        ("[servise]\n", "unknown key servise; did you mean service?"),
        ("[service]\nprot = 1\n", "unknown key service.prot; did you mean port?"),
        ("[service]\nmodle = 'x'\n", "did you mean model"),
        ("[service]\nzzz = 1\n", "known are app, start, port"),
        ("[limits]\nlos_points = 1\n", "did you mean loss_points?"),
        ("[truth]\nrequest = { pth = '/' }\n", "unknown key truth.request.pth; did you mean path?"),
        ("service = 1\n", "service must be a table"),
        ("[service]\nport = '80'\n", "Expected int"),
        ("[service]\nport = true\n", "Expected int"),
        ("[service]\nport = 70000\n", "from 1 to 65535"),
        ("[service]\nmodels = 'x'\n", "Expected array"),
        ("[service]\nscores_within = -1\n", "service.scores_within takes a number from 0 on"),
        ("[service]\napp = 'main'\n", "module:variable"),
        ("[service]\napp = 'a-b:c'\n", "module:variable"),
        ("[service]\npython = 'three'\n", "such as"),
        ("[truth]\n", "request"),
        ("[truth]\nrequest = { path = '/' }\n", "either selection and verdict, or data"),
        ("[truth]\nrequest = { path = '/' }\nselection = 'a'\n", "either selection and verdict, or data"),
        ("[truth]\nrequest = { path = '/' }\nselection = 'a'\nverdict = 'b'\ndata = 'c'\n", "either"),
        ("[truth]\nrequest = { path = '/' }\ndata = 'c'\nmetric = 'bleu'\n", "token_error_rate"),
        ("[target]\ncpu = ['avx512-vnni']\n", 'target.cpu has "avx512-vnni", which is no kind of CPU: did you mean'),
        ("[target]\ncpu = 'avx2'\n", "target"),
        ("[limits]\nconfidence = 1\n", "between 0.5 and 1"),
        ("[limits]\nconfidence = 0.5\n", "between 0.5 and 1"),
        ("[limits]\nkeep = 99\n", "limits.keep takes a share of 1, such as 0.99"),
        ("[limits]\nkeep = 0\n", "limits.keep takes a share of 1"),
        ("[limits]\nimage_mb = 0\n", "limits.image_mb takes a number above 0"),
        ("[limits]\nloss_points = -1\n", "limits.loss_points"),
        ("[limits]\np95_ms = nan\n", "limits.p95_ms"),
        ("[limits]\np95_ms = inf\n", "limits.p95_ms"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_probably_meant(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(tmp_path, text)
    assert says in refused.value.what
    assert refused.value.where.endswith("jettison.toml")
    assert "docs/settings.md" in refused.value.next_step


def test_a_wrong_key_in_pyproject_is_named_with_its_whole_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"unknown key tool.jettison.service.prot"):
        read(tmp_path, "[tool.jettison.service]\nprot = 1\n", "pyproject.toml")


@pytest.mark.parametrize(
    ("table", "kind"),
    [("service", ServiceSettings), ("truth", TruthSettings), ("limits", LimitSettings), ("target", TargetSettings)],
)
def test_the_documentation_explains_every_key_and_no_other(table: str, kind: type) -> None:
    sections = dict(re.findall(r"^## `\[(\w+)\]`\n(.*?)(?=^## |\Z)", DOCS.read_text(), re.MULTILINE | re.DOTALL))
    documented = re.findall(r"^\| `(\w+)` \|", sections[table], re.MULTILINE)
    assert sorted(documented) == sorted(each.name for each in dataclasses.fields(kind))
