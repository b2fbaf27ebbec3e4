"""The runtime's tensors: torch's meaning, or an error."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from jettison.environments import Prepared
from jettison_runtime import number_formats, torch
from jettison_runtime.tensors import Tensor

IDS = "torch.tensor([[0, 7, 7, 1], [0, 3, 1, 0]])"
SCORES = "torch.tensor([[0.5, -1.25, 3.0], [2.0, 2.0, -8.0]])"
SCORES_4 = "torch.tensor([[0.5], [0.1]])"
SAME = [
    *(f"{IDS}.{use}" for use in ("shape", "size()", "size(1)", "size(-1)", "dim()", "ndim", "numel()", "dtype")),
    *(f"{IDS}[{key}]" for key in ("0", "-1", "0, 1", ":, 1:", "..., 0", "None", "1:1", ":, [0, 2]", "[True, False]")),
    *(f"{IDS}[{key}]" for key in ("torch.tensor([1, 0])", f"{IDS} != 0", "5", "0, 0, 0", ":, ::-1", "torch.tensor(1)")),
    *(f"({IDS} {sign} {other})" for sign in ("==", "!=", "<", "<=", ">", ">=") for other in ("1", IDS, "True", "1.5")),
    *(
        f"{IDS}.{use}"
        for use in ("sum()", "sum(0)", "sum(-1)", "max()", "min()", "argmax()", "argmax(1)", "argmax(-1)")
    ),
    *(f"{IDS}.{use}" for use in ("any()", "all()", "long()", "float()", "flatten()", "clone()", "to(torch.int32)")),
    *(f"{IDS}.{use}" for use in ("to('cpu')", "cpu()", "detach()", "item()", "tolist()", "mean()", "softmax(-1)")),
    *(f"{IDS}[:1].{use}" for use in ("squeeze()", "squeeze(0)", "squeeze(1)", "unsqueeze(0)", "unsqueeze(-1)")),
    *(f"{SCORES}.{use}" for use in ("max()", "argmax(1)", "argmax(0)", "long()", "sum(1)", "mean()", "mean(0)")),
    *(f"torch.softmax({SCORES}, dim={dim})" for dim in (0, 1, -1)),
    *(f"{IDS}.{use}" for use in ("reshape(-1)", "reshape(4, 2)", "reshape((1, -1))", "reshape(3, 3)", "view(-1)")),
    *(f"{IDS}.{use}" for use in ("view(2, -1, 1)", "eq(7)", "ne(0)", "gt(1)", "sum(2)", "squeeze(3)", "unsqueeze(4)")),
    *(f"({IDS} {sign} {other})" for sign in ("+", "-", "*", "/") for other in ("2", "0.1", SCORES_4, IDS, "True")),
    *(f"({other} {sign} {SCORES})" for sign in ("+", "-", "*", "/") for other in ("1", "0.3", "True")),
    *(f"({SCORES} {sign} {SCORES})" for sign in ("+", "-", "*", "/", "@")),
    *(f"({SCORES} * {other})" for other in ("torch.tensor(2)", "torch.tensor([1.0, 0.0, 2.0])", "torch.ones(2)")),
    *(f"(({IDS} != 0) {sign} {SCORES_4})" for sign in ("*", "+")),
    f"-{SCORES}",
    f"({SCORES} @ {SCORES}.T)",
    f"({SCORES} @ {SCORES}[0])",
    f"torch.mm({SCORES}, {SCORES}.t())",
    f"torch.mm({SCORES}, {SCORES}[0])",
    f"torch.matmul({SCORES}, {SCORES}.transpose(0, 1))",
    *(f"{SCORES}.{use}" for use in ("max(1)", "max(dim=0)", "min(-1)", "max(1, keepdim=True)", "topk(2)", "topk(4)")),
    *(f"{SCORES}.max(dim=1).{part}" for part in ("values", "indices")),
    *(f"torch.{name}({SCORES}, dim=1)" for name in ("max", "min", "argmax", "sum", "mean", "norm", "log_softmax")),
    *(f"torch.topk({SCORES}[0], k=2).{part}" for part in ("values", "indices")),
    *(f"{SCORES}[0].topk(1, largest=False).{part}" for part in ("values", "indices")),
    *(f"{SCORES}[0].{use}.values" for use in ("sort()", "sort(descending=True)")),
    *(f"{SCORES}[0].{use}" for use in ("argsort()", "argsort(descending=True)", "argsort(dim=0)")),
    *(f"{SCORES}.{use}" for use in ("sum((0, 1))", "sum(1, keepdim=True)", "mean(dim=1, keepdim=True)", "norm()")),
    *(f"{SCORES}.norm(p=2, dim=1, keepdim=True)" for _ in "1"),
    *(f"{SCORES}.{use}" for use in ("sigmoid()", "exp()", "abs()", "abs().sqrt()", "abs().log()", "log()", "sqrt()")),
    *(f"{SCORES}.{use}" for use in ("clamp(min=0)", "clamp(max=1.5)", "clamp(-1, 1)", "clamp()", "round()")),
    *(f"torch.tensor([0.125, 2.675, -1.005]).round(decimals={digits})" for digits in (1, 2)),
    f"torch.clamp({IDS}.sum(1), min=1e-9)",
    f"{IDS}.clamp(min=1)",
    f"{IDS}.unsqueeze(-1).expand({IDS}.shape + (3,)).float()",
    f"{IDS}[0].expand(3, -1)",
    f"{IDS}[:, :1].expand_as({IDS})",
    f"{IDS}.expand(2, 5)",
    f"torch.nn.functional.softmax({SCORES}, dim=-1)",
    f"torch.nn.functional.normalize({SCORES}, p=2, dim=1)",
    "torch.nn.functional.normalize(torch.zeros(2, 3))",
    f"torch.nn.functional.cosine_similarity({SCORES}, {SCORES}[:1])",
    f"torch.nn.functional.log_softmax({SCORES}, dim=1)",
    f"torch.nn.Softmax(dim=1)({SCORES})",
    f"torch.nn.Sigmoid()({SCORES})",
    f"torch.nn.CosineSimilarity(dim=0)({SCORES}[0], {SCORES}[1])",
    f"np.float32(2) * {SCORES}",
    f"f'{{{SCORES}[0, 1]:.3f}} {{{SCORES}.max()}}'",
    *(f"{IDS}[{key}]" for key in ("0, torch.tensor([1, 0])", "torch.tensor([1, 0]), 2", ":, torch.tensor([3])")),
    *(f"{IDS}.reshape(2, 2, 2)[{key}]" for key in ("0, :, torch.tensor([1, 0, 1])", "torch.tensor([0]), :, 1")),
    *(f"{IDS}.reshape(2, 2, 2)[{key}]" for key in ("0, torch.tensor(1), [0]", "[0, 1], :, [1, 0]")),
    f"({IDS} == 7).nonzero()",
    f"({SCORES} > 0).int()",
    f"{SCORES}.int()",
    f"({IDS}).bool()",
    *(f"[each.tolist() for each in {IDS}.split({size})]" for size in ("1", "3", "3, dim=1", "2, 1")),
    f"torch.argsort({SCORES}[0], descending=True)",
    f"torch.sort({SCORES}[0], descending=True).values",
    f"[each.tolist() for each in ({IDS} == 7).nonzero(as_tuple=True)]",
    f"torch.where({IDS} == 7)[1]",
    f"{IDS}[0, torch.where({IDS}[0] == 7)[0]]",
    f"{IDS} == torch.tensor([1, 2, 3])",
    "torch.tensor([16777217]) == 16777216.0",
    "torch.tensor([16777217]) == torch.tensor([16777216.0])",
    "torch.tensor(0.3) >= 0.3",
    "torch.arange(5, 0, -2)",
    "torch.arange(3, 3)",
    "torch.arange(5, 0)",
    "torch.tensor([]).max()",
    "torch.LongTensor([[1, 2]])",
    "torch.stack([torch.tensor([1]), torch.tensor([1, 2])])",
    "torch.cat([torch.tensor([[1]]), torch.tensor([1])])",
    f"({IDS} != 0).sum()",
    f"({IDS} != 0).sum(1)",
    f"({IDS} != 0).any()",
    f"~({IDS} == 1)",
    f"len({IDS})",
    f"len({IDS}[0, 0])",
    f"[each.tolist() for each in {IDS}]",
    f"list({IDS}[0, 0])",
    f"bool({IDS})",
    f"bool({IDS}[0, 1])",
    f"bool({IDS} != {IDS})",
    f"int({IDS}[0, 1])",
    f"float({SCORES}[0, 1])",
    f"[10, 11, 12, 13, 14, 15, 16, 17][{IDS}[0, 1]]",
    f"['a', 'b', 'c'][{SCORES}[0].argmax()]",
    "torch.tensor(3)",
    "torch.tensor(0.1)",
    "torch.tensor([1, 2.5])",
    "torch.tensor([True, False])",
    "torch.tensor([])",
    "torch.tensor([[1, 2], [3]])",
    "torch.tensor(['a'])",
    "torch.tensor([1, 2], dtype=torch.float32)",
    "torch.tensor([1.7, -1.7], dtype=torch.long)",
    "torch.tensor([1, 0], dtype=torch.bool)",
    "torch.zeros(2, 3)",
    "torch.ones((2, 3), dtype=torch.long)",
    "torch.full((2,), 7)",
    "torch.full((2,), 7.5)",
    f"torch.zeros_like({IDS})",
    f"torch.ones_like({SCORES})",
    f"torch.ones_like({IDS}, dtype=torch.bool)",
    "torch.arange(4)",
    "torch.arange(1, 9, 3)",
    f"torch.cat([{IDS}, {IDS}])",
    f"torch.cat(({IDS}, {IDS}), dim=1)",
    f"torch.cat([{IDS}, {IDS}[:, :2]])",
    f"torch.stack([{IDS}[0], {IDS}[1]])",
    f"torch.stack([{IDS}[0], {IDS}[1]], dim=1)",
    f"torch.argmax({SCORES}, dim=-1)",
    "torch.cuda.is_available()",
    "str(torch.long)",
    "torch.tensor([1, 2, 3])[torch.tensor([1, 2, 3]) != 2].tolist()",
]
"""Expressions that say the same under torch, errors for errors."""

STRICTER = [
    f"{IDS} + [1]",
    f"{IDS}[..., torch.tensor([1])]",
    f"{IDS} + np.ones(4)",
    f"({IDS} != 0) + 1",
    f"{IDS} // 2",
    f"{IDS} ** 2",
    f"{SCORES}.max({SCORES})",
    f"{SCORES}.norm(p=1)",
    f"{SCORES}.clamp(min={SCORES})",
    f"{IDS} @ {IDS}.T",
    f"{IDS}[0].T",
    f"{IDS} == None",
    f"{IDS} == [1]",
    f"{IDS}.to('cuda')",
    f"{IDS}.to(torch.int32, memory_format=1)",
    f"torch.cat([{IDS}, {SCORES}])",
    f"~{IDS}",
    f"{IDS}[:, :2].view(-1)",
    f"{IDS}[[[0, 1], [1, 0]]]",
    "torch.LongTensor(3)",
    "torch.LongTensor([1.5])",
    "torch.arange(0.5)",
    "torch.device('cuda')",
    "torch.tensor(np.zeros(2))",
    f"{{{IDS}: 1}}",
]
"""Expressions that torch knows in another way, and that are errors here."""

BOTH = """
import json, sys
import numpy as np
import torch as real
from jettison_runtime import torch as ours

def said(text, torch, **names):
    try:
        found = eval(text, {"torch": torch, "np": np, **names})
    except (TypeError, ValueError, RuntimeError, IndexError) as error:
        # A service may catch it. numpy's error for a wrong axis is an IndexError too.
        return "IndexError" if isinstance(error, IndexError) else type(error).__name__
    if isinstance(found, tuple) and hasattr(found, "values"):
        return [said("found", torch, found=each) for each in (found.values, found.indices)]
    if hasattr(found, "tolist"):
        return [str(found.dtype), list(found.shape), found.tolist()]
    return list(found) if isinstance(found, tuple) else found if isinstance(found, (int, float, list)) else str(found)

print(json.dumps([[said(text, real), said(text, ours)] for text in json.loads(sys.argv[1])]))
"""


@pytest.mark.slow
def test_expressions_say_what_they_say_under_torch(original_stack: Prepared) -> None:
    done = subprocess.run(
        [str(original_stack.python), "-c", BOTH, json.dumps(SAME)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for text, (torchs, ours) in zip(SAME, json.loads(done.stdout), strict=True):
        assert ours == (pytest.approx(torchs) if isinstance(torchs, float) else torchs) or near(ours, torchs), text


def near(ours: object, torchs: object) -> bool:
    """The same but for the last digits of fractions."""
    if isinstance(ours, list) and isinstance(torchs, list) and len(ours) == len(torchs):
        return all(near(one, other) for one, other in zip(ours, torchs, strict=True))
    if isinstance(ours, float) and isinstance(torchs, float):
        return ours == pytest.approx(torchs, rel=1e-6, nan_ok=True)
    return ours == torchs


@pytest.mark.parametrize("text", STRICTER)
def test_what_torch_does_in_another_way_is_an_error(text: str) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError, RuntimeError, IndexError)):
        eval(text, {"torch": torch, "np": np})


def test_whole_numbers_meet_fractions_in_32_bits() -> None:
    assert (torch.tensor([16777217]) == 16777216.0).all()
    assert torch.tensor([0.1, 0.3]).max() >= 0.3
    assert (torch.tensor([16777217]) != torch.tensor([16777216])).all()


def test_counting_away_from_the_end_is_an_error() -> None:
    assert torch.arange(5, 0, -2).tolist() == [5, 3, 1]
    for counted in ((5, 0), (0, 5, -1), (0, 5, 0)):
        with pytest.raises(RuntimeError, match="away from its end"):
            torch.arange(*counted)


def test_scopes_are_contexts_and_decorators() -> None:
    @torch.no_grad()  # type: ignore[untyped-decorator]
    def one() -> int:
        return 1

    @torch.inference_mode
    def two() -> int:
        return 2

    with torch.no_grad(), torch.inference_mode():
        assert (one(), two()) == (1, 2)


def test_scores_do_not_pass_for_token_ids() -> None:
    with pytest.raises(RuntimeError, match="token ids"):
        np.asarray(torch.tensor([[0.5]]), np.int64)


def test_numpy_takes_a_tensor_and_gives_one() -> None:
    array = np.array([[1, 2]])
    assert Tensor(array).numpy() is array
    assert np.asarray(Tensor(array)).tolist() == [[1, 2]]
    assert torch.tensor(array).tolist() == [[1, 2]]


def test_every_name_is_there() -> None:
    assert all(hasattr(torch, name) for name in torch.__all__)
    assert [repr(each) for each in number_formats.DTYPES] == [
        "torch.int64",
        "torch.int32",
        "torch.float32",
        "torch.bool",
    ]
