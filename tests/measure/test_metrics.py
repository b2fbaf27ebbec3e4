"""From answers to scores: by hand, and against what the usual packages give, noted where they were run once."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from jettison.errors import SettingsInvalid
from jettison.measure.metrics import RATES, Scores, own_scores, scored
from jettison.measure.warmup import settled
from jettison.records import Environment, Measurement
from jettison.statistics import METRICS, error_rate, metric_named


def score(name: str, predictions: list[str], targets: list[str], *, positive: str = "") -> float:
    """1 - the error rate of one subject with these answers."""
    metric = metric_named(name)
    assert metric is not None
    found = scored(metric, predictions, targets, positive=positive)
    rate = error_rate(measured(metric.name, found))
    assert rate is not None
    return 1 - rate


def measured(metric: str, found: Scores) -> Measurement:
    return Measurement(
        candidate="one",
        level="model",
        environment=Environment(name="test", python="3", packages=()),
        model_bytes=1,
        metric=metric,
        errors=found.errors,
        units=found.units,
        counts=found.counts,
    )


@pytest.mark.parametrize(
    ("metric", "prediction", "target", "expected"),
    [
        ("token_error_rate", "T R AE N", "T R AE N", (0, 4)),
        ("token_error_rate", "T R AE", "T R AE N", (1, 4)),
        ("token_error_rate", "T R AE N S", "T R AE N", (1, 4)),
        ("token_error_rate", "T L AE M", "T R AE N", (2, 4)),
        ("token_error_rate", "", "A B", (2, 2)),
        ("token_error_rate", "A", "", (1, 1)),
        ("phoneme_error_rate", "B A", "A B", (2, 2)),
        ("word_error_rate", "the cat sat", "the cat sat down", (1, 4)),
        ("character_error_rate", "kitten", "sitting", (3, 7)),
        ("exact_match", " yes ", "yes", (0, 1)),
        ("exact_match", "Yes", "yes", (1, 1)),
        ("accuracy", "POSITIVE\n", "POSITIVE", (0, 1)),
        ("accuracy", "NEGATIVE", "POSITIVE", (1, 1)),
        # Without articles, case and punctuation: {cat, sat} and {cat, sat, down}; 2 * 2 / 5 = 0.8.
        ("f1_token", "The cat sat.", "a cat sat down", (pytest.approx(0.2), 1)),
        ("f1_token", "the", "", (0, 1)),
        ("f1_token", "no", "", (1, 1)),
        # 3 words in common of 3 and 4: 6/7. Pairs: "the cat", "cat sat" of 2 and 3: 4/5.
        ("rouge1", "the cat sat", "The cat sat down!", (pytest.approx(1 / 7), 1)),
        ("rouge2", "the cat sat", "The cat sat down!", (pytest.approx(1 / 5), 1)),
        # Longest common subsequence "the the": 2 * 2 / 6.
        ("rougeL", "the cat the", "the dog the", (pytest.approx(1 / 3), 1)),
        ("rouge2", "one", "one", (1, 1)),
        ("cosine", "[3, 4]", "[4, 3]", (pytest.approx(1 / 25), 1)),
        ("cosine", "[[3, 4]]", "[3, 4]", (0, 1)),
        ("cosine", "[-1, 0]", "[1, 0]", (2, 1)),
        ("cosine", "[0, 0]", "[1, 0]", (1, 1)),
        ("cosine", "[1, 0, 0]", "[1, 0]", (1, 1)),
        ("cosine", "no vector", "[1, 0]", (1, 1)),
    ],
)
def test_errors_are_counted_as_by_hand(metric: str, prediction: str, target: str, expected: tuple[Any, int]) -> None:
    assert RATES[metric](prediction, target) == expected


@pytest.mark.parametrize(
    ("k", "prediction", "target", "expected"),
    [
        (1, '["a", "b"]', "a", 1.0),
        (1, '["b", "a"]', "a", 0.0),
        (2, '["b", "a"]', "a", 1.0),
        (2, '["b", "a", "c"]', '["a", "c", "d", "b"]', 0.5),
        (3, '[{"id": 7, "score": 0.9}, {"id": 8, "score": 0.1}]', "[8]", 1.0),
        (5, '[{"label": "cat"}]', "cat", 1.0),
        (5, "cat", "dog", 0.0),
    ],
)
def test_recall_is_the_share_of_the_right_ones_among_the_first_k(
    k: int, prediction: str, target: str, expected: float
) -> None:
    assert score(f"recall@{k}", [prediction], [target]) == pytest.approx(expected)


def test_f1_is_that_of_the_positive_class_over_all_items() -> None:
    # 2 true positives, 1 false positive, 1 missed: 4 / 6. The negative class would give 2 * 1 / 4.
    said, wanted = ["p", "p", "p", "n", "n"], ["p", "p", "n", "p", "n"]
    assert score("f1", said, wanted, positive="p") == pytest.approx(2 / 3)
    assert score("f1", said, wanted, positive="n") == pytest.approx(1 / 2)
    assert score("f1_macro", said, wanted) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert score("f1", ["n"], ["n"], positive="p") == 0


def test_an_answer_that_is_no_class_is_a_miss_and_no_class_of_its_own() -> None:
    # a: 1 of 2 found, F1 2/3; b: 1 of 1, F1 1.
    assert score("f1_macro", ["a", "what?", "b"], ["a", "a", "b"]) == pytest.approx((2 / 3 + 1) / 2)


def test_auc_is_the_share_of_pairs_in_the_right_order_and_a_tie_counts_half() -> None:
    # Positives 0.9, 0.4; negatives 0.4, 0.1: 1 + 1 + 1/2 + 1 of 4 pairs.
    answers, wanted = ["0.9", "0.4", "0.4", "0.1"], ["1", "1", "0", "0"]
    assert score("auc", answers, wanted, positive="1") == pytest.approx(3.5 / 4)
    # No number is ranked where it does most harm: below all for a positive item, above all for a negative one.
    assert score("auc", ["", "0.4", "0.4", "0.1"], wanted, positive="1") == pytest.approx(1.5 / 4)
    assert score("auc", ["0.9", "0.4", "nan", "0.1"], wanted, positive="1") == pytest.approx(2 / 4)


def test_chrf_averages_precision_and_recall_over_the_orders_that_both_sides_have() -> None:
    # "abc" and "abd": 2/3 of the characters, 1/2 of the pairs, 0/1 of the triples: both averages (2/3 + 1/2 + 0) / 3.
    assert score("chrf", ["a bc"], ["abd"]) == pytest.approx((2 / 3 + 1 / 2) / 3)
    # Precision 1 over 2 orders, recall (2/3 + 1/2) / 2 = 7/12 of "abd" for "ab": F2 = 5 P R / (4 P + R).
    recall = (2 / 3 + 1 / 2) / 2
    assert score("chrf", ["ab"], ["abd"]) == pytest.approx(5 * recall / (4 + recall))
    assert score("chrf", ["xyz"], ["abc"]) == 0


def test_every_metric_that_has_a_name_can_be_asked_for_and_says_what_it_is() -> None:
    rates = {each.name for each in METRICS.values() if each.combined is None and not each.at}
    assert rates == set(RATES)
    for metric in METRICS.values():
        assert metric.what
        found = scored(metric, ["1", "0"], ["1", "0"], positive="1")
        assert len(found.errors) + len(found.counts) == 2


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("WER", "word_error_rate"),
        ("per", "phoneme_error_rate"),
        ("cer", "character_error_rate"),
        ("rougeL", "rougeL"),
        ("ROUGE1", "rouge1"),
        ("recall@10", "recall@10"),
        ("score.py:near", "score.py:near"),
    ],
)
def test_short_names_and_any_k_and_functions_are_known(said: str, name: str) -> None:
    found = metric_named(said)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", ["bleu", "recall@0", "recall@", "score.py", "score.py:", "score:near", "score.py:a b"])
def test_other_names_are_unknown(name: str) -> None:
    assert metric_named(name) is None


NEAR = """
import os, socket
def near(prediction, target):
    print("said aloud")
    if prediction == "ask":
        raise ValueError("no such answer")
    if prediction == "files":
        return float(len(os.listdir("/tmp")))
    if prediction == "call":
        with socket.create_connection(("127.0.0.1", int(target))):
            return 1.0
    if prediction == "write":
        open("/usr/near", "w")
    return 1 - abs(len(prediction) - len(target)) / 10
"""


def test_a_function_of_ones_own_runs_in_a_process_of_its_own() -> None:
    pairs = [("abc", "abc"), ("a", "abc"), ("files", "")]
    assert own_scores("score.py:near", NEAR, pairs) == [1.0, 0.8, 0.0]
    metric = metric_named("score.py:near")
    assert metric is not None
    assert scored(metric, ["a"], ["abc"], code=NEAR).errors == pytest.approx((0.2,))


def test_a_function_of_ones_own_reaches_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(SettingsInvalid) as refused:
        own_scores("score.py:near", NEAR, [("call", str(server.getsockname()[1]))])
    assert "item 1 of 1: ConnectionRefusedError" in refused.value.what or "unreachable" in refused.value.what


@pytest.mark.parametrize(
    ("code", "prediction", "says"),
    [
        (NEAR, "ask", "item 2 of 2: ValueError: no such answer"),
        (NEAR, "write", "item 2 of 2: OSError: [Errno 30] Read-only file system"),
        (NEAR, "x" * 30, "item 2 of 2: it gave -1.7"),
        ("def near(a, b): return float('nan')", "", "item 1 of 2: it gave nan"),
        ("def near(a, b): return None", "", "item 1 of 2: TypeError"),
        ("def near(a, b): return len(bytearray(3_000_000_000)) / 1e10", "", "item 1 of 2: MemoryError"),
        ("import nothing_of_this_name", "", "item 1 of 2: ModuleNotFoundError"),
    ],
)
def test_a_function_that_fails_is_told_with_the_item(code: str, prediction: str, says: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        own_scores("score.py:near", code, [("abc", "abc"), (prediction, "abc")])
    assert says in refused.value.what


def test_settled_means_three_windows_within_a_tenth() -> None:
    assert not settled([])
    assert not settled([1.0, 1.0])
    assert settled([9.0, 1.0, 1.0, 1.0])
    assert settled([1.0, 1.09, 1.05])
    assert not settled([1.0, 1.3, 1.0])
    assert not settled([1.0, 1.0, 1.0, 2.0])


def test_vectors_of_any_depth_of_one_are_the_same_vector() -> None:
    vector = [0.1, 0.2, 0.3]
    assert score("cosine", [json.dumps([[vector]])], [json.dumps(vector)]) == pytest.approx(1)


SAID = [
    "The cat sat on the mat.",
    "A quick brown fox jumps over the lazy dog",
    "Guten Morgen, wie geht es dir?",
    "",
    "The report was published on Monday by the ministry.",
]
WANTED = [
    "The cat is sitting on the mat.",
    "The quick brown fox jumped over a lazy dog.",
    "Guten Morgen, wie geht es Ihnen?",
    "An empty answer.",
    "On Monday the ministry published the report.",
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # sacrebleu 2.6.0, corpus_chrf
        ("chrf", 0.61609518243655806),
        # rouge-score 0.1.2 without stemming, mean of the texts' F-measures
        ("rouge1", (0.7692307692307692 + 0.8888888888888888 + 0.8333333333333334 + 0.875) / 5),
        ("rouge2", (0.5454545454545454 + 0.375 + 0.8 + 0.42857142857142855) / 5),
        ("rougeL", (0.7692307692307692 + 0.6666666666666666 + 0.8333333333333334 + 0.5) / 5),
    ],
)
def test_texts_score_what_the_usual_packages_give(name: str, expected: float) -> None:
    assert score(name, SAID, WANTED) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "said", "wanted", "expected"),
    [
        # scikit-learn 1.9.1: accuracy_score, f1_score, f1_score(average="macro"), roc_auc_score
        ("accuracy", "abaacbccab", "abcabaccab", 0.7),
        ("f1_macro", "abaacbccab", "abcabaccab", 0.6944444444444443),
        ("f1", "10011010", "10110010", 0.75),
    ],
)
def test_labels_score_what_scikit_learn_gives(name: str, said: str, wanted: str, expected: float) -> None:
    assert score(name, list(said), list(wanted), positive="1") == pytest.approx(expected, rel=1e-12)


def test_auc_with_a_tie_is_what_scikit_learn_gives() -> None:
    scores = ["0.9", "0.1", "0.4", "0.35", "0.35", "0.8", "0.65", "0.2"]
    assert score("auc", scores, list("10110010"), positive="1") == pytest.approx(0.78125, rel=1e-12)
