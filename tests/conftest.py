"""What all tests share: a cache that lives as long as the session, a small T5 and its converted forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Prepared, Wanted, prepared
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import finished
from jettison.workspace import Workspace, cache_root
from tests.adapt.answering import with_onnx, with_torch

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is as wide as it is, also where tests run in processes that are told a width."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A fresh cache for the session."""
    return Workspace(root=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def user_workspace() -> Workspace:
    """The user's own cache: for environments of hundreds of megabytes, which a second run finds again."""
    return Workspace(root=cache_root())


@pytest.fixture(scope="session")
def pronounce() -> Path:
    """The example service."""
    return EXAMPLES / "pronounce"


@pytest.fixture(scope="session")
def converted(pronounce: Path, workspace: Workspace) -> dict[str, Path]:
    """The example's model in two forms: folder by name of the form."""
    made, rejected = finished(
        candidates(
            pronounce / "model",
            name="model",
            prompts=["transformer", "pronounce", "jettison", "o'clock"],
            workspace=workspace,
            forms=[named("fp32"), named("int8-channels")],
        )
    )
    assert not rejected
    return {each.name: each.model.path for each in made if each.model}


@pytest.fixture(scope="session")
def reference_stack(user_workspace: Workspace) -> Prepared:
    """The version of transformers whose answers ours are held against, with what services import beside it."""
    return with_torch(user_workspace)


@pytest.fixture(scope="session")
def original_stack(user_workspace: Workspace) -> Prepared:
    """torch (CPU) and transformers as the example's own requirements bring them."""
    wanted = Wanted(
        name="original",
        requirements=("flask", "gunicorn", "torch", "transformers", "sentencepiece", "waitress"),
        python="3.11",
        wheels=(runtime_wheel(user_workspace),),
    )
    return finished(prepared(wanted, user_workspace))


@pytest.fixture(scope="session")
def torch(original_stack: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The environment that the tests have with torch, seeing also the onnx that we have: none is made for this."""
    return with_onnx(original_stack, tmp_path_factory.mktemp("torch"))
