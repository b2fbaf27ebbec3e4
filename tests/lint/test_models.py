"""Rules about models: what is right already is not accused, and what a person has to decide is left to one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jettison.lint import linted, project, rules_named
from jettison.records import Linted

SLIM = "FROM python:3.12-slim\n"
SAVES = "AutoModel.from_pretrained('a/b').save_pretrained('/m')"
ONE = {"m/model.safetensors": 9_000_000, "m/tf_model.h5": 9_000_000}
BIG = {"app.py": "", "m.onnx": 90_000_000}
LOADS = 'from transformers import AutoModel\nm = AutoModel.from_pretrained("org/m")\n'


def found(at: Path, dockerfile: str, files: Mapping[str, str | int], only: str) -> Linted:
    at.mkdir(exist_ok=True)
    for name, content in {"Dockerfile": dockerfile, **files}.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, int):
            with (at / name).open("wb") as file:
                file.truncate(content)
        else:
            (at / name).write_text(content)
    return linted(project(at), ("safe", "verify"), rules_named([only]))


@pytest.mark.parametrize(
    ("only", "dockerfile", "files"),
    [
        ("M01", f"{SLIM}COPY . .\n", {"app.py": "", "tiny.onnx": 900_000}),
        ("M01", f"{SLIM}COPY m.onnx /m/\nCOPY app.py .\n", {"app.py": "", "m.onnx": 90_000_000}),
        ("M01", f"FROM python:3.12 AS a\nCOPY . .\n{SLIM}COPY --from=a /m.onnx /\n", BIG),
        ("M02", f'{SLIM}RUN python -c "{SAVES}" && rm -rf ~/.cache\n', {}),
        ("M02", f"{SLIM}RUN git clone https://huggingface.co/a/b /m && rm -rf /m/.git\n", {}),
        ("M02", f"{SLIM}RUN git clone https://github.com/a/b /m\n", {}),
        ("M02", f"FROM python:3.12 AS get\nRUN git clone https://hf.co/a/b /m\n{SLIM}COPY --from=get /m/x /m/x\n", {}),
        ("M02", f"{SLIM}RUN hf download a/b --local-dir /m\n", {}),
        ("M03", f"{SLIM}COPY hf /hf\n", {"hf/models--a--b/blobs/1": 9_000_000, "hf/models--a--b/refs/main": "x"}),
        ("M04", f"{SLIM}RUN hf download a/b --include '*.safetensors'\n", {}),
        ("M04", f"{SLIM}RUN python -c \"AutoModel.from_pretrained('a/b')\"\n", {}),
        ("M04", f"{SLIM}COPY m /m\n", {"m/model.safetensors": 9_000_000, "m/config.json": "{}"}),
        ("M04", f"{SLIM}COPY m/model.safetensors /m/\n", ONE),
        ("M05", f"{SLIM}COPY m.onnx /\n", {"m.onnx": 9_000_000, "m_int8.onnx": 3_000_000}),
        ("M07", f"{SLIM}RUN hf download a/b --local-dir /m && chown -R 1 /m\nRUN chown -R 1 /srv\n", {}),
        ("M07", f"{SLIM}RUN wget -O /m/a.onnx https://example.org/a.onnx\nRUN mv /etc/x /m2/\n", {}),
        ("M08", f"{SLIM}COPY . .\n", {"app.py": 'AutoModel.from_pretrained("org/m", local_files_only=True)\n'}),
        ("M08", f"{SLIM}COPY . .\n", {"app.py": LOADS, "org/m/config.json": "{}"}),
        ("M08", f"{SLIM}COPY . .\nRUN python get.py\n", {"app.py": LOADS, "get.py": "SentenceTransformer(N)\n"}),
        ("M08", f"{SLIM}COPY . .\n", {"app.py": "AutoModel.from_pretrained(PLACE)\n"}),
        ("M08", f"FROM x AS a\nRUN hf download a/b\n{SLIM}COPY --from=a /r/.cache /c\nCOPY . .\n", {"app.py": LOADS}),
        ("M09", f"{SLIM}RUN hf download a/b --local-dir /m\n", {}),
        ("M09", f"{SLIM}ENV HF_HUB_OFFLINE=1\nRUN HF_HUB_OFFLINE=0 hf download a/b\n", {}),
        ("M09", f"{SLIM}RUN --mount=type=cache,target=/root/.cache hf download a/b\n", {}),
        ("M12", f"{SLIM}ENV HF_HOME=/hf HF_TOKEN=\"\"\nARG TOKENIZER\n", {}),
        ("M12", f"{SLIM}RUN --mount=type=secret,id=HF hf download a/b --token \"$(cat /run/secrets/HF)\"\n", {}),
    ],
)  # fmt: skip
def test_what_is_right_is_not_accused(
    only: str, dockerfile: str, files: Mapping[str, str | int], tmp_path: Path
) -> None:
    assert found(tmp_path, dockerfile, files, only).findings == ()


@pytest.mark.parametrize(
    ("only", "dockerfile", "files"),
    [
        ("M01", f"{SLIM}COPY . .\n", {"app.py": "", "m.onnx": 90_000_000}),
        # The service loads it by its name, out of the cache.
        (
            "M02",
            f"{SLIM}RUN python -c \"AutoModel.from_pretrained('org/m').save_pretrained('/saved')\"\n"
            "COPY app.py .\nCMD python app.py\n",
            {"app.py": LOADS},
        ),
        ("M02", f'{SLIM}RUN ["git", "clone", "https://huggingface.co/a/b", "/m"]\n', {}),
        ("M03", f"{SLIM}RUN cp -rL /root/.cache/huggingface /hf\n", {}),
        # Nothing tells which of them is read.
        ("M04", f"{SLIM}COPY m /m\n", {"m/model.safetensors": 9_000_000, "m/tf_model.h5": 9_000_000}),
        ("M04", f"{SLIM}RUN hf download a/b\n", {}),
        ("M05", f"{SLIM}COPY m /m\n", {"m/m.onnx": 9_000_000, "m/m_int8.onnx": 3_000_000}),
        ("M07", f"{SLIM}RUN hf download a/b --local-dir /m\nUSER 1\nRUN chmod -R a+r /m\n", {}),
        # Another user runs it than the one whose cache it is.
        ("M09", f"{SLIM}RUN hf download a/b\nUSER 1000\nCMD python app.py\n", {}),
    ],
)
def test_what_cannot_be_known_is_said_and_left(
    only: str, dockerfile: str, files: Mapping[str, str | int], tmp_path: Path
) -> None:
    result = found(tmp_path, dockerfile, files, only)
    assert [each.code for each in result.findings] == [only]
    assert result.changed == ()


def test_the_model_that_a_start_would_still_miss_keeps_the_hub_open(tmp_path: Path) -> None:
    files = {"app.py": LOADS + 'n = AutoModel.from_pretrained("org/other")\n'}
    dockerfile = f"{SLIM}RUN python -c \"AutoModel.from_pretrained('org/m')\"\nCOPY app.py .\nCMD python app.py\n"
    result = found(tmp_path, dockerfile, files, "M09")
    assert result.changed == ()
    assert "org/other" in result.findings[0].advice


def test_a_token_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    token = "hf_" + "a1B2" * 9
    (finding,) = found(tmp_path, f"{SLIM}ENV HF_TOKEN={token}\n", {}, "M12").findings
    assert token not in finding.message + finding.advice
