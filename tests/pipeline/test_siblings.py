"""Which lighter models are named, and what is said of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.pipeline.advice import advice
from jettison.pipeline.siblings import lighter, table
from jettison.records import Checkpoint
from tests.report import facts


def checkpoint(name: str, *, architecture: str | None = None, size: int = 0) -> Checkpoint:
    return Checkpoint(
        name=name,
        path=Path("/models"),
        image_path=None,
        format="safetensors",
        architecture=architecture,
        size_bytes=size,
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (checkpoint("bert-base-uncased"), "distilbert-base-uncased"),
        (checkpoint("google-bert/bert-base-cased"), "MiniLM-L12-H384-uncased"),
        (checkpoint("./model", architecture="bert", size=438_000_000), "electra-small"),
        (checkpoint("./model", architecture="bert", size=219_000_000), "distilbert-base-uncased"),
        (checkpoint("roberta-base"), "distilroberta-base"),
        (checkpoint("google-t5/t5-base"), "flan-t5-small"),
        (checkpoint("sentence-transformers/all-mpnet-base-v2"), "all-MiniLM-L6-v2"),
        (checkpoint("models/facenet_512.pb"), "MobileFaceNet"),
        (checkpoint("resnet50.pth"), "EfficientNet-Lite0"),
        (checkpoint("openai/whisper-small.en"), "whisper-tiny.en"),
    ],
)
def test_a_known_model_has_lighter_siblings_by_name_or_by_kind_and_size(given: Checkpoint, named: str) -> None:
    assert any(named in sentence for sentence in lighter(given))


@pytest.mark.parametrize(
    "given",
    [
        checkpoint("./model", architecture="t5", size=11_900_000),
        checkpoint("./model", architecture="bert", size=91_000_000),
        checkpoint("distilbert-base-uncased", architecture="distilbert", size=268_000_000),
        checkpoint("t5-small", architecture="t5", size=242_000_000),
    ],
)
def test_a_small_model_has_none(given: Checkpoint) -> None:
    assert list(lighter(given)) == []


def test_what_is_said_has_figures_source_date_and_a_command_of_ours() -> None:
    (first, *_) = lighter(checkpoint("bert-base-uncased"))
    assert first == (
        "A lighter model worth trying: distilbert/distilbert-base-uncased, 66 million parameters against 110 million "
        "of BERT-base; published: 77 against 79.5 by GLUE dev, macro average (Sanh et al. 2019, arXiv:1910.01108, "
        f"table 1; table of {table().date}). Train it as this one was trained, then compare: "
        "`jettison compare bert-base-uncased distilbert-base-uncased --data labelled.jsonl`."
    )


def test_every_row_of_the_table_is_lighter_dated_and_has_a_source() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table().date)
    for heavy in table().heavy:
        assert heavy.siblings
        for sibling in heavy.siblings:
            assert sibling.parameters < heavy.parameters
            assert sibling.source


def test_the_report_advises_them() -> None:
    report = facts.full()
    (only,) = report.deployment.checkpoints
    heavy = replace(report.deployment, checkpoints=(replace(only, name="t5-base"),))
    assert any("flan-t5-small" in sentence for sentence in advice(replace(report, deployment=heavy)))
    assert not any("lighter" in sentence for sentence in advice(report))
