"""The adapter's tables against what they speak of: the facade as it is, read by introspection."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from jettison.adapt.known import encoders, perception, pipelines, tensorflow, tensors
from jettison.adapt.known import facade as known
from jettison.adapt.known import sentence_transformers as sentences
from jettison.adapt.known.generation import GENERATION
from jettison.adapt.known.loading import FROM_PRETRAINED
from jettison.adapt.known.signatures import Only, Signature
from jettison.adapt.known.sorts import ENCODERS, LOADED, PERCEIVING, PIPELINES, Sort
from jettison_runtime import sentence_transformers, torch
from jettison_runtime import tensorflow as tf
from jettison_runtime import transformers as facade
from jettison_runtime.errors import UnsupportedOption
from jettison_runtime.generation.settings import Settings
from jettison_runtime.tensorflow import graphs, saved_model
from jettison_runtime.tensorflow.eager import EagerTensor
from jettison_runtime.tensorflow.keras.models import Model
from jettison_runtime.tensors import Found, Tensor
from jettison_runtime.tokenization import TextTokenizer
from jettison_runtime.transformers.configuration import Configuration
from jettison_runtime.transformers.encoders import States
from jettison_runtime.transformers.features import SoundExtractor
from jettison_runtime.transformers.location import check_options
from jettison_runtime.transformers.outputs import ModelOutput
from jettison_runtime.transformers.parameters import Parameter
from jettison_runtime.transformers.perception import ImageStates
from jettison_runtime.transformers.pipelines import ENCODER_TASKS, PERCEIVING_TASKS, Text2TextGenerationPipeline

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
    **{sort: ENCODER_TASKS[task] for task, sort in pipelines.TASKS.items() if task in ENCODER_TASKS},
    **{sort: PERCEIVING_TASKS[task] for task, sort in pipelines.TASKS.items() if task in PERCEIVING_TASKS},
    "sequence_classifier": facade.AutoModelForSequenceClassification,
    "token_classifier": facade.AutoModelForTokenClassification,
    "question_answerer": facade.AutoModelForQuestionAnswering,
    "mask_filler": facade.AutoModelForMaskedLM,
    "encoder": States,
    "image_processor": facade.AutoImageProcessor,
    "feature_extractor": SoundExtractor,
    "features": facade.BatchFeature,
    "image_classifier": facade.AutoModelForImageClassification,
    "image_encoder": ImageStates,
    "image_projector": facade.CLIPVisionModelWithProjection,
    "sound_classifier": facade.AutoModelForAudioClassification,
    **dict.fromkeys(known.FIELDS, ModelOutput),
    "sentence_encoder": sentence_transformers.SentenceTransformer,
    "found": Found,
    "layer": torch.nn.Softmax,
    "streamer": facade.TextStreamer,
    "encoding": facade.BatchEncoding,
    "lists": facade.BatchEncoding,
    "config": facade.AutoConfig,
    "generation_config": facade.GenerationConfig,
    "parameter": Parameter,
    "graph": tf.Graph,
    "graph_def": tf.compat.v1.GraphDef,
    "graph_operation": graphs.Operation,
    "graph_tensor": graphs.GraphTensor,
    "session": tf.compat.v1.Session,
    "keras_model": Model,
    "saved_model": saved_model.Loaded,
    "signature": saved_model.Signature,
    "signatures": saved_model.Signatures,
    "tf_dtype": tf.DType,
    "eager": EagerTensor,
}


def methods() -> list[tuple[str, Signature, Callable[..., Any]]]:
    found = [
        (f"{sort}.{name}", signature, getattr(TYPES[sort], name))
        for sort, named in known.METHODS.items()
        for name, signature in named.items()
        # Those of a mapping are Python's own.
        if sort not in ("encoding", "lists", "features")
    ]
    loaders = [
        (f"{sort}.from_pretrained", each, getattr(TYPES[sort], "from_pretrained"))  # noqa: B009
        for sort, each in FROM_PRETRAINED.items()
    ]
    made = [(f"made {sort}", each, facade.pipeline) for sort, each in pipelines.MADE.items()]
    functions = [(name, each, getattr(sentence_transformers.util, name)) for name, each in sentences.FUNCTIONS.items()]
    constructed = ("SentenceTransformer", sentences.MADE, sentence_transformers.SentenceTransformer.__init__)
    return sorted([*found, *loaders, *made, *functions, constructed], key=lambda method: method[0])


def test_every_name_is_one_of_the_facade() -> None:
    assert set(facade.__all__) == known.NAMES
    for name, sort in known.CLASSES.items():
        made = getattr(facade, name)
        assert issubclass(made, TYPES[sort]) or name == "AutoModelForSeq2SeqLM"
    assert all(hasattr(facade.logging, name) for name in known.LOGGING)
    assert {sort for sort in known.CLASSES.values() if hasattr(TYPES[sort], "from_pretrained")} == LOADED
    assert set(sentence_transformers.__all__) == sentences.NAMES
    assert set(sentence_transformers.util.__all__) == set(sentences.FUNCTIONS)


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


@pytest.mark.parametrize("name", GENERATION)
def test_every_generation_option_is_taken_by_the_runtime_at_the_values_of_the_table(name: str) -> None:
    allowed = GENERATION[name]
    for value in allowed.values if isinstance(allowed, Only) else (None, VALUES.get(name, 2)):
        Settings(num_beams=1 if name == "do_sample" else 2).updated({name: value})
    if isinstance(allowed, Only):
        with pytest.raises(UnsupportedOption):
            Settings().updated({name: True if False in allowed.values else 2})


@pytest.mark.parametrize("name", ["return_dict", "stopping_criteria", "top_h", "logits_processor", "assistant_model"])
def test_an_option_outside_the_table_is_refused_by_the_runtime_too(name: str) -> None:
    assert name not in GENERATION
    with pytest.raises(UnsupportedOption):
        Settings().updated({name: 3})


@pytest.mark.parametrize("sort", sorted(LOADED))
def test_every_loading_option_is_taken_and_every_dropped_one_is_not(sort: Sort) -> None:
    own = {"model_max_length", "padding_side", "do_lower_case"} if sort == "tokenizer" else set()
    own |= {"num_labels", "id2label", "label2id", "config"} if sort in ENCODERS | PERCEIVING else set()
    signature = FROM_PRETRAINED[sort]
    for name, allowed in signature.options.items():
        for value in allowed.values if isinstance(allowed, Only) else (None, "x"):
            check_options({name: value}, own)
    for name in signature.dropped:
        with pytest.raises(TypeError):
            check_options({name: "x"}, own)


def test_every_attribute_is_there() -> None:
    tokenizer = facade.PreTrainedTokenizerFast(TextTokenizer(MODEL, {"pad_token": "<pad>", "eos_token": "</s>"}))
    assert [name for name in known.ATTRIBUTES["tokenizer"] if not hasattr(tokenizer, name)] == []
    for sort in known.ATTRIBUTES:
        written = "".join(inspect.getsource(each) for each in TYPES[sort].__mro__[:-1])
        for name in known.ATTRIBUTES[sort] if sort not in ("tokenizer", "config") else ():
            ways = (f"self.{name}", f"    {name} = ", f"    {name}: ", f"    def {name}(self)")
            assert any(way in written for way in ways), (sort, name)
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
    assert set(encoded) <= set(known.FOR_MODELS)
    assert encoded.input_ids.tolist() == [[5, 3, 22, 1]]
    assert encoded.input_ids[0][0].item() == 5
    assert encoded.to("cpu") is encoded
    every = tokenizer(
        "cat",
        return_tensors="pt",
        return_token_type_ids=True,
        return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )
    assert {name: tensor.ndim for name, tensor in every.items()} == known.ENCODED


def test_every_task_has_its_pipeline() -> None:
    for task in (*pipelines.TASKS, "object-detection"):
        with pytest.raises(ValueError) as raised:
            facade.pipeline(task)
        assert ("is not supported" in str(raised.value)) == (task not in pipelines.TASKS)
    options = {task: made.OPTIONS for task, made in ENCODER_TASKS.items()}
    options |= {task: made.OPTIONS for task, made in PERCEIVING_TASKS.items()}
    assert {task: set(pipelines.OWN[pipelines.TASKS[task]]) for task in options} == options


def test_every_operation_on_tensors_has_the_parameters_of_the_table() -> None:
    functions = {f"torch.{name}": each for name, each in vars(torch).items()}
    functions |= {f"torch.nn.functional.{name}": each for name, each in vars(torch.nn.functional).items()}
    methods = {name: getattr(Tensor, name) for name in dir(Tensor)}
    layers = {f"torch.nn.{name}": each for name, each in vars(torch.nn).items()}
    owners = ((tensors.FUNCTIONS, functions), (tensors.METHODS, methods), (tensors.LAYERS, layers))
    for table, owner in owners:
        for name, operation in table.items():
            real = owner[name]
            if operation.spread or name == "torch.tensor":
                continue
            signature = inspect.signature(real).parameters
            found = [each for each in signature if each != "self"]
            assert tuple(found[: len(operation.positional)]) == operation.positional, name
            assert set(found) >= operation.options - {"dtype", "device"}, name


def test_every_sort_is_explained() -> None:
    assert set(known.METHODS) | set(known.ATTRIBUTES) <= set(get_args(Sort))
    assert set(TYPES) == set(get_args(Sort)) - {"shape", "parameters", "device", "dtype", "float32"}
    assert set(pipelines.TASKS.values()) == PIPELINES
    assert set(encoders.OUTPUTS) == ENCODERS
    assert set(perception.OUTPUTS) == PERCEIVING
    assert set(known.OUTPUTS.values()) == set(known.FIELDS)


@pytest.mark.parametrize("path", tensorflow.FUNCTIONS)
def test_every_function_of_tensorflow_stands_where_the_table_says(path: str) -> None:
    real: Any = tf
    for part in path.split("."):
        real = getattr(real, part)
    parameters = [each for each in inspect.signature(real).parameters.values() if each.name != "self"]
    names = [each.name for each in parameters]
    signature = tensorflow.FUNCTIONS[path]
    assert tuple(names[: len(signature.positional)]) == signature.positional
    takes_more = any(each.kind is each.VAR_KEYWORD for each in parameters)
    assert takes_more or set(signature.options) <= set(names)


def test_every_other_name_of_tensorflow_is_there() -> None:
    for path in (*tensorflow.MODULES - {""}, *tensorflow.DTYPES, *tensorflow.LEVELS):
        real: Any = tf
        for part in path.split("."):
            real = getattr(real, part)
