"""The facade: transformers' names on a converted model. Equality with transformers itself is in test_equality.py."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jettison_runtime.errors import ModelFolderError, UnsupportedOption
from jettison_runtime.transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    T5ForConditionalGeneration,
    T5TokenizerFast,
    pipeline,
)


@pytest.fixture
def name(converted: dict[str, Path]) -> str:
    return str(converted["fp32"])


def test_the_usual_lines_of_a_service_work(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = T5ForConditionalGeneration.from_pretrained(name).to("cpu").eval()
    inputs = tokenizer("transformer", return_tensors="pt", truncation=True, max_length=32)
    assert set(inputs) == {"input_ids", "attention_mask"}
    assert inputs.input_ids.shape == (1, 12)
    output = model.generate(**inputs, max_new_tokens=24)
    assert tokenizer.decode(output[0], skip_special_tokens=True) == "T R AE N Z F AO R M ER"
    assert tokenizer.batch_decode(output, skip_special_tokens=True) == ["T R AE N Z F AO R M ER"]
    assert model.generate(tokenizer.encode("a", return_tensors="pt"), max_length=4).shape[1] <= 4
    assert model.config.d_model == 192


def test_a_batch_is_padded_and_masked(name: str) -> None:
    tokenizer = T5TokenizerFast.from_pretrained(name)
    inputs = tokenizer(["a", "abc"], padding=True, return_tensors="np")
    assert inputs["input_ids"].tolist() == [[3, 1, 0, 0], [3, 4, 5, 1]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]
    assert tokenizer(["a", "abc"])["input_ids"] == [[3, 1], [3, 4, 5, 1]]
    assert tokenizer("abc", max_length=2)["input_ids"] == [3, 1]
    assert tokenizer("ab", padding="max_length", max_length=5)["input_ids"] == [3, 4, 1, 0, 0]
    with pytest.raises(ValueError, match="padding=True"):
        tokenizer(["a", "abc"], return_tensors="pt")


def test_which_text_of_a_pair_is_truncated_is_as_asked(name: str) -> None:
    """The right-hand sides are those of transformers 4.57."""
    tokenizer = AutoTokenizer.from_pretrained(name)
    for truncation, ids in (
        ("only_first", [3, 3, 3, 4, 4, 4, 4, 4]),
        ("only_second", [3, 3, 3, 3, 3, 4, 4, 4]),
        ("longest_first", [3, 3, 3, 3, 4, 4, 4, 4]),
        (True, [3, 3, 3, 3, 4, 4, 4, 4]),
        ("do_not_truncate", [3] * 5 + [4] * 5),
    ):
        assert tokenizer("aaaaa", "bbbbb", truncation=truncation, max_length=8)["input_ids"] == ids
    wrong: tuple[dict[str, Any], ...] = ({"truncation": "first"}, {"padding": "longer"})
    for option in wrong:
        with pytest.raises(ValueError, match=next(iter(option.values()))):
            tokenizer("a", **option)


def test_one_call_leaves_nothing_behind_for_the_next(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(name)
    assert tokenizer("transformer", truncation=True, max_length=3)["input_ids"] == [22, 20, 1]
    assert tokenizer.tokenize("transformer") == list("transformer")


def test_special_tokens_are_all_left_out(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(name)
    tokenizer.backend_tokenizer.add_special_tokens(["<extra_id_0>"])
    ids = tokenizer("a<extra_id_0>b")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == ["a", "<extra_id_0>", "b", "</s>"]
    assert tokenizer.convert_ids_to_tokens(ids, skip_special_tokens=True) == ["a", "b"]


def test_without_a_limit_nothing_is_filled_up_to_it(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(name, model_max_length=None)
    assert tokenizer.model_max_length == int(1e30)
    assert tokenizer(["a", "abc"], padding="max_length")["input_ids"] == [[3, 1], [3, 4, 5, 1]]


def test_a_left_out_mask_is_worked_out_from_the_padding(name: str) -> None:
    tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModelForSeq2SeqLM.from_pretrained(name)
    inputs = tokenizer(["a", "transformer"], padding=True, return_tensors="pt")
    with_mask = model.generate(**inputs, max_new_tokens=24)
    assert np.array_equal(with_mask, model.generate(inputs["input_ids"], max_new_tokens=24))


def test_a_changed_generation_config_counts(name: str) -> None:
    model = T5ForConditionalGeneration.from_pretrained(name)
    model.generation_config.max_new_tokens = 2
    assert model.generate(np.array([[5, 6, 7, 1]])).shape[1] <= 3


def test_the_padding_that_a_call_names_is_what_is_masked(name: str) -> None:
    model = T5ForConditionalGeneration.from_pretrained(name)
    ids = np.array([[5, 6, 7, 1, 4, 4]])
    alone = model.generate(ids[:, :4], max_new_tokens=8).tolist()
    assert model.generate(ids, max_new_tokens=8, pad_token_id=4).tolist() == alone
    assert model.generate(ids, max_new_tokens=8).tolist() != alone


def test_a_call_can_switch_off_the_sampling_of_the_model(name: str) -> None:
    model = T5ForConditionalGeneration.from_pretrained(name)
    model.generation_config.do_sample = True
    assert model.generate(np.array([[5, 6, 7, 1]]), do_sample=False, max_new_tokens=2).shape[1] <= 3
    with pytest.raises(UnsupportedOption, match="do_sample"):
        model.generate(np.array([[5, 6, 7, 1]]), num_beams=2)


@pytest.mark.parametrize("options", [{"num_beams": 2.5}, {"max_length": "9"}, {"early_stopping": "always"}])
def test_a_value_that_means_nothing_is_refused(options: dict[str, Any], name: str) -> None:
    with pytest.raises(UnsupportedOption, match=next(iter(options))):
        T5ForConditionalGeneration.from_pretrained(name).generate(np.array([[5, 1]]), **options)


def test_a_hub_name_is_found_on_the_shelf(
    converted: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(converted["fp32"], tmp_path / "acme--t5-pronounce")
    monkeypatch.setenv("JETTISON_MODELS", str(tmp_path))
    assert AutoTokenizer.from_pretrained("acme/t5-pronounce").eos_token_id == 1
    with pytest.raises(ModelFolderError, match="t5-unknown"):
        AutoTokenizer.from_pretrained("t5-unknown")


def test_what_would_be_another_model_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="load_in_8bit"):
        T5ForConditionalGeneration.from_pretrained(name, load_in_8bit=True)
    with pytest.raises(TypeError, match="bfloat16"):
        T5ForConditionalGeneration.from_pretrained(name, torch_dtype="bfloat16")
    with pytest.raises(ValueError, match="cuda"):
        T5ForConditionalGeneration.from_pretrained(name).to("cuda")
    with pytest.raises(UnsupportedOption):
        T5ForConditionalGeneration.from_pretrained(name).generate(np.array([[5, 1]]), output_scores=True)


@pytest.mark.parametrize(
    ("own", "task", "made", "settings"),
    [
        ({}, {}, {}, (None, 256, 4)),
        ({"max_new_tokens": 5, "num_beams": 2}, {}, {}, (None, 256, 4)),
        ({"max_length": 30}, {}, {}, (30, None, 4)),
        ({}, {}, {"max_length": 9}, (9, None, 4)),
        ({}, {}, {"max_length": 9, "max_new_tokens": 256, "num_beams": 1}, (9, None, 1)),
        ({"max_length": 30}, {}, {"max_new_tokens": 7}, (30, 7, 4)),
        ({}, {"max_length": 8, "num_beams": 3}, {}, (8, 256, 3)),
        ({}, {"max_length": 8, "num_beams": 3}, {"max_length": 9, "num_beams": 2}, (8, None, 3)),
        ({"max_length": 30}, {"max_length": 8}, {}, (8, None, 4)),
    ],
)
def test_a_pipeline_weighs_its_settings_as_transformers_does(
    own: dict[str, Any], task: dict[str, Any], made: dict[str, Any], settings: tuple[Any, ...], name: str
) -> None:
    """The right-hand sides are what transformers 4.57 shows in ``pipeline(…).generation_config``."""
    model = T5ForConditionalGeneration.from_pretrained(name)
    model.generation_config = GenerationConfig(decoder_start_token_id=0, **own)
    model.config.task_specific_params = {"summarization": task}
    say = pipeline("summarization", model=model, tokenizer=AutoTokenizer.from_pretrained(name), **made)
    assert tuple(say._settings.get(each) for each in ("max_length", "max_new_tokens", "num_beams")) == settings


def test_a_pipeline_answers_one_text_and_several(name: str) -> None:
    speak = pipeline("text2text-generation", model=name, device=-1)
    assert speak("transformer", num_beams=1, max_new_tokens=24) == [{"generated_text": "T R AE N Z F AO R M ER"}]
    assert [each["generated_text"] for each in speak(["a", "b"], num_beams=1)] == ["AA", "B IY"]
    with pytest.raises(ValueError, match="image-classification"):
        pipeline("object-detection", model=name)
    with pytest.raises(TypeError, match="text"):
        speak([1])


def test_the_older_calls_of_a_tokenizer_tell_one_text_from_several(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(name)
    one = tokenizer.encode_plus("ab", return_tensors="pt", padding="max_length", max_length=5)
    assert one["input_ids"].tolist() == [[3, 4, 1, 0, 0]]
    assert tokenizer.batch_encode_plus(["a", ("b", "c")])["input_ids"] == [[3, 1], [4, 5]]
    for call, given in (("encode_plus", ["a", "b"]), ("encode", ["a", "b"]), ("batch_encode_plus", "ab")):
        with pytest.raises(TypeError, match=r"takes? (one text|a list of texts)"):
            getattr(tokenizer, call)(given)
    with pytest.raises(TypeError, match="batch_decode"):
        tokenizer.decode(tokenizer(["a", "b"], return_tensors="pt")["input_ids"])


def test_what_generate_gives_is_used_as_a_tensor(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModelForSeq2SeqLM.from_pretrained(name)
    out = model.generate(**tokenizer(["a", "transformer"], padding=True, return_tensors="pt").to("cpu"))
    assert out.size(0) == 2
    assert (out != tokenizer.pad_token_id).sum(dim=1).tolist() == [2, 11]
    assert tokenizer.decode(out[1].cpu(), skip_special_tokens=True) == "T R AE N Z F AO R M ER"
    assert out.view(-1).tolist() == [number for row in out for number in row.tolist()]
    assert not hasattr(out, "cumsum")
