"""Encoders through the facade: expressions that say the same under transformers 4.57, errors for errors."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime import sentence_transformers, torch
from jettison_runtime import transformers as facade
from jettison_runtime.errors import ModelFolderError
from tests import encoder_folders
from tests.adapt.answering import with_torch
from tests.adapt.test_encoder_services import draw_weights
from tests.runtime import expressions_of

pytestmark = [pytest.mark.slow, pytest.mark.online]

CALLS: tuple[str, ...] = (
    "TEXTS[0]",
    "TEXTS",
    "TEXTS[:1]",
    '{"text": TEXTS[0], "text_pair": TEXTS[1]}',
    "LONG",
    "LONG, truncation=True",
)
CALLS += ("TEXTS[2], top_k=None", "TEXTS[2], top_k=1", 'TEXTS[2], function_to_apply="none"', '""', "7", "[]")
CLASSIFYING = [
    *(f'T.pipeline("sentiment-analysis", model=M)({call})' for call in CALLS),
    *(
        f'T.pipeline("text-classification", model=M, {made})({call})'
        for made in ("top_k=None", "top_k=2", "return_all_scores=True", 'function_to_apply="sigmoid", max_length=6')
        for call in ("TEXTS[0]", "TEXTS[:2]", "TEXTS[0], top_k=1")
    ),
    "T.AutoModelForSequenceClassification.from_pretrained(M).config.id2label",
    "T.AutoModelForSequenceClassification.from_pretrained(M, num_labels=4).config.num_labels",
    "T.AutoConfig.from_pretrained(M).id2label",
    "T.AutoModelForSequenceClassification.from_pretrained(M, config=T.AutoConfig.from_pretrained(M)).config.label2id",
    "T.AutoModelForSequenceClassification.from_pretrained(M, num_labels=3)",
]
CALLED = 'T.{name}.from_pretrained(M)(**T.AutoTokenizer.from_pretrained(M)({texts}, return_tensors="pt"{more})).{field}'
TAGGING = [
    *(
        f'T.pipeline("ner", model=M{made})({call})'
        for made in (
            "",
            *(f', aggregation_strategy="{name}"' for name in ("simple", "first", "average", "max", "FIRST")),
            ", ignore_labels=[]",
            ", grouped_entities=True",
            ', aggregation_strategy="max", stride=6',
            ', aggregation_strategy="none", stride=6',
        )
        for call in ("TEXTS[2]", "TEXTS", "TEXTS[:1]", "LONG", "[]", '""', "7")
    ),
]
ANSWERING = [
    *(
        f'T.pipeline("question-answering", model=M)(question="who jumps?", context={context}{more})'
        for context in ("TEXTS[0]", "LONG", "TEXTS[4]", '""')
        for more in ("", ", top_k=3", ", handle_impossible_answer=True", ", max_answer_len=2", ", align_to_words=False")
    ),
    'T.pipeline("question-answering", model=M)(question="who?", context=LONG, max_seq_len=20, doc_stride=5)',
    'T.pipeline("question-answering", model=M)({"question": "who?", "context": TEXTS[0]})',
    'T.pipeline("question-answering", model=M)(question=["who?", "where?"], context=TEXTS[2])',
    'T.pipeline("question-answering", model=M)(question=["who?", "where?"], context=TEXTS[:1])',
    'T.pipeline("question-answering", model=M)("who?", TEXTS[0])',
    'T.pipeline("question-answering", model=M)()',
]
FILLING = [
    'T.pipeline("fill-mask", model=M)("the [MASK] fox")',
    'T.pipeline("fill-mask", model=M, top_k=2)(["the [MASK] fox", "[MASK] and [MASK]"])',
    'T.pipeline("fill-mask", model=M)(["a [MASK] dog"])',
    'T.pipeline("fill-mask", model=M)("a [MASK] dog", targets=["quick", "zzz"])',
    'T.pipeline("fill-mask", model=M)("a [MASK] dog", targets="lazy", top_k=1)',
    'T.pipeline("fill-mask", model=M)("no mask")',
    CALLED.format(name="BertForMaskedLM", texts="TEXTS[0]", more="", field="logits"),
]
STATES = [
    'T.pipeline("feature-extraction", model=M)(TEXTS[:2])',
    'T.pipeline("feature-extraction", model=M)(TEXTS[1])',
    'T.pipeline("feature-extraction", model=M)(LONG)',
    'T.pipeline("feature-extraction", model=M)(LONG, truncation=True)',
    'T.pipeline("feature-extraction", model=M, tokenize_kwargs={"truncation": True, "max_length": 4})(LONG)',
    CALLED.format(name="AutoModel", texts="TEXTS", more=", padding=True", field="last_hidden_state[:, 0]"),
    CALLED.format(name="AutoModel", texts="TEXTS[0], TEXTS[1]", more="", field="last_hidden_state"),
    CALLED.format(name="AutoModel", texts="TEXTS[0]", more="", field="hidden_states"),
    CALLED.format(name="AutoModel", texts="LONG", more="", field="last_hidden_state"),
    f"list({CALLED.format(name='AutoModel', texts='TEXTS[0]', more='', field='keys()')})",
]
TOKENIZING = [
    f"dict(T.AutoTokenizer.from_pretrained(M)({texts}{options}))"
    for texts in ("TEXTS[0]", "TEXTS", "TEXTS[0], TEXTS[1]", "TEXTS[:2], TEXTS[1:3]", "[[TEXTS[0], TEXTS[1]]]", '""')
    for options in (
        "",
        ", padding=True",
        ", truncation=True, max_length=6",
        ', padding="max_length", max_length=45, truncation=True',
        ", return_token_type_ids=True",
        ", return_token_type_ids=False, return_attention_mask=False",
        ", return_offsets_mapping=True, padding=True",
        ", return_special_tokens_mask=True, add_special_tokens=False",
    )
]
NAMED = [
    f"T.AutoTokenizer.from_pretrained(M).{name}"
    for name in (
        *(f"{special}_token{end}" for special in ("pad", "unk", "cls", "sep", "mask") for end in ("", "_id")),
        *("model_max_length", "model_input_names", "vocab_size", "padding_side"),
    )
]
Key = tuple[str, str, str]
"""Family, what it was trained for, and what it is used for where that is something else."""
ASKED: dict[Key, list[str]] = {
    ("bert", "text-classification", ""): CLASSIFYING + TOKENIZING + NAMED,
    ("roberta", "text-classification", ""): CLASSIFYING + TOKENIZING + NAMED,
    ("distilbert", "text-classification", ""): CLASSIFYING + NAMED,
    ("bert", "token-classification", ""): TAGGING,
    ("roberta", "token-classification", ""): TAGGING,
    ("electra", "question-answering", ""): ANSWERING,
    ("roberta", "question-answering", ""): ANSWERING,
    ("bert", "fill-mask", ""): FILLING,
    ("albert", "feature-extraction", ""): STATES,
    ("distilbert", "feature-extraction", ""): STATES,
    ("distilbert", "question-answering", "feature-extraction"): STATES,
}


@pytest.fixture(scope="module")
def folders(
    tmp_path_factory: pytest.TempPathFactory, workspace: Workspace, user_workspace: Workspace
) -> dict[Key, tuple[Path, Path]]:
    """Folders of transformers with random weights, and what they are converted to."""
    work = tmp_path_factory.mktemp("encoders")
    made = {key: encoder_folders.write(work / "-".join(key), *key[:2]) for key in ASKED}
    draw_weights(with_torch(user_workspace), list(made.values()), work)
    found = {}
    for key, folder in made.items():
        forms, rejected = finished(
            candidates(folder, name="model", prompts=["a fox"], workspace=workspace, forms=[named("fp32")], use=key[2])
        )
        assert not rejected
        assert forms[0].model is not None
        found[key] = (folder, forms[0].model.path)
    return found


def test_expressions_say_what_they_say_under_transformers(
    folders: dict[Key, tuple[Path, Path]], user_workspace: Workspace, tmp_path: Path
) -> None:
    asked = [(folders[key], expression) for key, expressions in ASKED.items() for expression in expressions]
    questions, answers = tmp_path / "questions.json", tmp_path / "answers.json"
    questions.write_text(json.dumps([(str(original), expression) for (original, _), expression in asked]))
    program = Path(__file__).with_name("expressions_of.py")
    done = subprocess.run(
        [str(with_torch(user_workspace).python), "-W", "ignore", str(program), str(questions), str(answers)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    differing = []
    for ((_, converted), expression), theirs in zip(asked, json.loads(answers.read_text()), strict=True):
        ours = json.loads(json.dumps(expressions_of.said(expression, str(converted), facade)))
        if not expressions_of.near(ours, theirs):
            differing.append(f"{converted.parent.name} {expression}\n  {str(theirs)[:200]}\n  {str(ours)[:200]}")
    assert not differing, "\n".join(differing)


def test_what_would_be_another_model_is_an_error(folders: dict[Key, tuple[Path, Path]]) -> None:
    _, classifier = folders["bert", "text-classification", ""]
    with pytest.raises(ModelFolderError, match="converted for text-classification"):
        facade.AutoModel.from_pretrained(classifier)
    with pytest.raises(ModelFolderError, match="of the family bert"):
        facade.RobertaForSequenceClassification.from_pretrained(classifier)
    with pytest.raises(ModelFolderError, match="text-classification"):
        facade.T5ForConditionalGeneration.from_pretrained(classifier)
    model = facade.BertForSequenceClassification.from_pretrained(classifier)
    ids = torch.tensor([[2, 5, 3]])
    assert model(ids)[0].tolist() == model(input_ids=ids, attention_mask=torch.ones_like(ids))["logits"].tolist()
    for wrong in ({"return_dict": False}, {"output_hidden_states": True}, {"labels": ids}):
        with pytest.raises(TypeError):
            model(ids, **wrong)
    with pytest.raises(ValueError):
        model(torch.tensor([2, 5, 3]))
    with pytest.raises(TypeError, match="AutoModelForTokenClassification"):
        facade.pipeline("ner", model=model, tokenizer=facade.AutoTokenizer.from_pretrained(classifier))


def test_labels_can_be_named_anew(folders: dict[Key, tuple[Path, Path]]) -> None:
    _, classifier = folders["bert", "text-classification", ""]
    names = dict(enumerate("wxyz"))
    model = facade.AutoModelForSequenceClassification.from_pretrained(classifier, id2label=names)
    pipe = facade.pipeline("text-classification", model, tokenizer=facade.AutoTokenizer.from_pretrained(classifier))
    assert {each["label"] for each in pipe("hello", top_k=None)} == set("wxyz")


def test_sentences_are_the_means_of_their_tokens(folders: dict[Key, tuple[Path, Path]]) -> None:
    _, folder = folders["albert", "feature-extraction", ""]
    model = sentence_transformers.SentenceTransformer(folder, device="cpu")
    tokenizer, bare = facade.AutoTokenizer.from_pretrained(folder), facade.AutoModel.from_pretrained(folder)
    texts = ["hello world", "a quick brown fox"]
    tokens = tokenizer(texts, padding=True, return_tensors="pt")
    mask = tokens["attention_mask"].unsqueeze(-1).float()
    means = (bare(**tokens).last_hidden_state * mask).sum(1) / mask.sum(1)
    found = model.encode(texts)
    assert isinstance(found, np.ndarray)
    assert np.abs(found - means.numpy()).max() < 1e-5
    assert model.encode(texts[0]).shape == (model.get_sentence_embedding_dimension(),)
    assert np.abs(np.linalg.norm(model.encode(texts, normalize_embeddings=True), axis=1) - 1).max() < 1e-6
    cosines = sentence_transformers.util.cos_sim(found, model.encode(texts, convert_to_tensor=True))
    assert cosines.shape == (2, 2)
    assert abs(cosines[0, 0].item() - 1) < 1e-6
    nearest = sentence_transformers.util.semantic_search(found[0], found, top_k=5)
    assert [each["corpus_id"] for each in nearest[0]] == [0, 1]
    model.max_seq_length = 4
    assert np.abs(model.encode("hello world of foxes") - found[0]).max() > 1e-4
    assert model.encode([]).shape == (0,)
    with pytest.raises(TypeError, match="list of tensors"):
        model.encode(texts, convert_to_numpy=False)
    with pytest.raises(ValueError, match="cuda"):
        sentence_transformers.SentenceTransformer(folder, device="cuda")
