"""The adapter's tables against what they speak of: the facade as it is, read by introspection."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from jettison.adapt.known import facade as known
from jettison.adapt.known.facade import Sort
from jettison.adapt.known.signatures import Only, Signature
from jettison_runtime import transformers as facade
from jettison_runtime.errors import UnsupportedOption
from jettison_runtime.generation.settings import Settings
from jettison_runtime.tokenization import TextTokenizer
from jettison_runtime.transformers.configuration import Configuration
from jettison_runtime.transformers.location import check_options
from jettison_runtime.transformers.parameters import Parameter
from jettison_runtime.transformers.pipelines import Text2TextGenerationPipeline

MODEL = Path(__file__).parents[2] / "examples" / "pronounce" / "model"
VALUES: dict[str, Any] = {
    "bad_words_ids": [[3], [4, 5]],
    "exponential_decay_length_penalty": (2, 1.1),
    "sequence_bias": [[[3], 1.5]],
    "stop_strings": ["end"],
    "suppress_tokens": [3],
    "begin_suppress_tokens": [3],
    "do_sample": True,
}
"""For options that do not take a number."""
TYPES: dict[Sort, type] = {
    "tokenizer": facade.PreTrainedTokenizerFast,
    "model": facade.T5ForConditionalGeneration,
    "pipeline": Text2TextGenerationPipeline,
    "streamer": facade.TextStreamer,
    "encoding": facade.BatchEncoding,
    "lists": facade.BatchEncoding,
    "config": Configuration,
    "generation_config": facade.GenerationConfig,
    "parameter": Parameter,
}


def methods() -> list[tuple[str, Signature, Callable[..., Any]]]:
    found = [
        (f"{sort}.{name}", signature, getattr(TYPES[sort], name))
        for sort, named in known.METHODS.items()
        for name, signature in named.items()
        # Those of a mapping are Python's own.
        if sort not in ("encoding", "lists")
    ]
    loaders = [
        (f"{sort}.from_pretrained", each, getattr(TYPES[sort], "from_pretrained"))  # noqa: B009
        for sort, each in known.FROM_PRETRAINED.items()
    ]
    return [*found, *loaders, ("pipeline", known.PIPELINE, facade.pipeline)]


def test_every_name_is_one_of_the_facade() -> None:
    assert set(facade.__all__) == known.NAMES
    for name, sort in known.CLASSES.items():
        made = getattr(facade, name)
        assert made is TYPES[sort] or name in ("AutoModelForSeq2SeqLM", "TextIteratorStreamer")
    assert all(hasattr(facade.logging, name) for name in known.LOGGING)
    assert {sort for sort in known.CLASSES.values() if hasattr(TYPES[sort], "from_pretrained")} == known.LOADED


@pytest.mark.parametrize(
    ("name", "signature", "real"), methods(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_parameter_is_one_of_the_real_method(name: str, signature: Signature, real: Callable[..., Any]) -> None:
    parameters = {each.name: each for each in inspect.signature(real).parameters.values() if each.name != "self"}
    positional = [each.name for each in parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert tuple(positional[: len(signature.positional)]) == signature.positional
    assert len(positional) == len(signature.positional), "the facade takes more by position than the table says"
    takes_more = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    unknown = set(signature.options) - set(parameters)
    assert not unknown or takes_more
    assert set(signature.dropped) & set(parameters) <= {"device"}


@pytest.mark.parametrize("name", known.GENERATION)
def test_every_generation_option_is_taken_by_the_runtime_at_the_values_of_the_table(name: str) -> None:
    allowed = known.GENERATION[name]
    for value in allowed.values if isinstance(allowed, Only) else (None, VALUES.get(name, 2)):
        Settings(num_beams=1 if name == "do_sample" else 2).updated({name: value})
    if isinstance(allowed, Only):
        with pytest.raises(UnsupportedOption):
            Settings().updated({name: True if False in allowed.values else 2})


@pytest.mark.parametrize("name", ["return_dict", "stopping_criteria", "top_h", "logits_processor", "assistant_model"])
def test_an_option_outside_the_table_is_refused_by_the_runtime_too(name: str) -> None:
    assert name not in known.GENERATION
    with pytest.raises(UnsupportedOption):
        Settings().updated({name: 3})


@pytest.mark.parametrize("sort", known.LOADED)
def test_every_loading_option_is_taken_and_every_dropped_one_is_not(sort: Sort) -> None:
    own = {"model_max_length", "padding_side"} if sort == "tokenizer" else set()
    signature = known.FROM_PRETRAINED[sort]
    for name, allowed in signature.options.items():
        for value in allowed.values if isinstance(allowed, Only) else (None, "x"):
            check_options({name: value}, own)
    for name in signature.dropped:
        with pytest.raises(TypeError):
            check_options({name: "x"}, own)


def test_every_attribute_is_there() -> None:
    tokenizer = facade.PreTrainedTokenizerFast(TextTokenizer(MODEL, {"pad_token": "<pad>", "eos_token": "</s>"}))
    assert [name for name in known.ATTRIBUTES["tokenizer"] if not hasattr(tokenizer, name)] == []
    written = inspect.getsource(facade.T5ForConditionalGeneration) + inspect.getsource(Text2TextGenerationPipeline)
    for name in {**known.ATTRIBUTES["model"], **known.ATTRIBUTES["pipeline"]}:
        assert f"self.{name}" in written or f"    {name} = " in written
    config = Configuration({"model_type": "t5"})
    assert config.model_type == "t5"


def test_what_can_be_set_is_read_again() -> None:
    tokenizer = facade.PreTrainedTokenizerFast(TextTokenizer(MODEL, {"pad_token": "<pad>", "eos_token": "</s>"}))
    assert set(known.WRITABLE["tokenizer"]) == {"model_max_length"}
    tokenizer.model_max_length = 3
    assert len(tokenizer("transformer", truncation=True)["input_ids"]) == 3


def test_a_tokenizers_answer_holds_what_the_table_says() -> None:
    tokenizer = facade.AutoTokenizer(TextTokenizer(MODEL, {"pad_token": "<pad>", "eos_token": "</s>"}))
    encoded = tokenizer("cat", return_tensors="pt")
    assert set(encoded) == known.ENCODED
    assert encoded.input_ids.tolist() == [[5, 3, 22, 1]]
    assert encoded.input_ids[0][0].item() == 5
    assert encoded.to("cpu") is encoded


def test_every_task_has_its_pipeline() -> None:
    for task in (*known.TASKS, "sentiment-analysis"):
        with pytest.raises(ValueError) as raised:
            facade.pipeline(task)
        assert ("is not supported" in str(raised.value)) == (task not in known.TASKS)


def test_every_sort_is_explained() -> None:
    assert set(known.METHODS) | set(known.ATTRIBUTES) <= set(get_args(Sort))
    assert set(TYPES) == set(get_args(Sort)) - {"shape", "parameters", "device", "dtype", "float32"}
