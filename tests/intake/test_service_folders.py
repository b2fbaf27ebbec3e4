from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jettison.errors import JettisonError
from jettison.intake import deployment
from jettison.records import Deployment, from_json, to_json
from tests.intake.fastapi_folders import FASTAPI
from tests.intake.flask_folders import FLASK
from tests.intake.folders import Case, write
from tests.intake.other_folders import OTHERS
from tests.intake.public_folders import PUBLIC

CASES = [*FLASK, *FASTAPI, *OTHERS, *PUBLIC]


@pytest.fixture(autouse=True)
def _no_hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "SENTENCE_TRANSFORMERS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))


def test_there_are_at_least_forty_folders_of_different_names() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_folder_is_read_right_or_refused_clearly(case: Case, tmp_path: Path) -> None:
    root = write(tmp_path / "service", {".keep": "", **case.files})
    if not case.files:
        (root / ".keep").unlink()
    before = sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
    if case.error:
        with pytest.raises(JettisonError) as refused:
            deployment(root)
        assert type(refused.value).__name__ == case.error
        assert [part for part in case.says if part not in str(refused.value)] == []
        assert refused.value.next_step
    else:
        found = deployment(root)
        assert differences(case, found) == []
        assert from_json(to_json(found), Deployment) == found
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == before


def differences(case: Case, found: Deployment) -> list[tuple[str, Any, Any]]:
    """What was read otherwise than it should be."""
    installs = [each for each in found.python_installs if each.requirements or each.direct]
    last = installs[-1] if installs else None
    told = {
        "app": f"{found.entry.module}:{found.entry.variable}",
        "framework": found.entry.framework,
        "server": found.start.server,
        "port": found.start.port,
        "workers": found.start.workers,
        "threads": found.start.threads,
        "form": found.start.form,
        "base": found.base_image,
        "python": found.python,
        "workdir": found.workdir,
        "requirements": found.requirements,
        "index": tuple(option for each in installs for option in each.index_options),
        "packages": tuple(name for each in found.system_installs for name in each.packages),
        "file": str(found.entry.file),
    }
    wanted = {name: getattr(case, name) for name in told}
    wrong = [
        (name, value, told[name])
        for name, value in wanted.items()
        if value != told[name] and (value not in ("", 0) if name != "base" else value != "") and value is not None
    ]
    if case.base is None and found.base_image is not None:
        wrong.append(("base", None, found.base_image))
    models = tuple(
        (each.name, each.image_path or "-", each.format if each.path else "missing") for each in found.checkpoints
    )
    if case.models is not None and models != case.models:
        wrong.append(("models", case.models, models))
    if found.entry.import_folders != case.import_folders:
        wrong.append(("import_folders", case.import_folders, found.entry.import_folders))
    targets = {each.target for each in found.files}
    wrong += [("copied", place, "missing") for place in case.copied or () if place not in targets]
    wrong += [("noted", part, found.notes) for part in case.noted if not any(part in note for note in found.notes)]
    for name, value in case.extra.items():
        if name == "without":
            assert isinstance(value, tuple)
            wrong += [(name, part, "is there") for part in value if part.encode() in to_json(found)]
        elif last is None or getattr(last, name) != value:
            wrong.append((name, value, getattr(last, name, None)))
    return wrong
