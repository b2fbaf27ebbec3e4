from __future__ import annotations

from pathlib import Path

import pytest

from jettison.intake.installed.conda import conda_wanted
from jettison.intake.installed.poetry import version_bounds
from jettison.intake.installed.projects import Projects
from jettison.intake.installed.requirements import Reading, Wanted, wanted, wanted_by_file
from tests.intake.folders import write


def reading(root: Path, notes: list[str], **variables: str) -> Reading:
    def find(target: str) -> Path | None:
        path = root / target.lstrip("/")
        return path if path.is_file() else None

    projects = Projects(find=find, notes=notes)
    return Reading(find=find, project=projects.wanted, variables=variables, notes=notes)


def of_text(root: Path, text: str, **files: str) -> tuple[Wanted, list[str]]:
    notes: list[str] = []
    write(root, {"r.txt": text, **{name.replace("__", "/"): content for name, content in files.items()}})
    return wanted_by_file("/r.txt", reading(root, notes)), notes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("flask", "flask"),
        ("Flask == 2.0.1", "Flask==2.0.1"),
        ("flask[async,dotenv] >=2, <3", "flask[async,dotenv]<3,>=2"),
        ("torch==2.0 ; python_version >= '3.8'  # why", 'torch==2.0; python_version >= "3.8"'),
        ("torch==2.0.0+cpu", "torch==2.0.0+cpu"),
        ("flask==2.0 --hash=sha256:aa --hash=sha256:bb", "flask==2.0"),
        ("flask~=2.0\\\n  ,!=2.0.3", "flask!=2.0.3,~=2.0"),
        ("\ufeffflask", "flask"),
        ("https://h.example/torch-2.0.0%2Bcpu-cp310-cp310-linux_x86_64.whl", "torch @ https://h.example/torch-2.0.0%2Bcpu-cp310-cp310-linux_x86_64.whl"),
        ("torch @ https://h.example/torch-2.0.0-cp310-cp310-linux_x86_64.whl", "torch @ https://h.example/torch-2.0.0-cp310-cp310-linux_x86_64.whl"),
    ],
)  # fmt: skip
def test_a_line_becomes_a_requirement(tmp_path: Path, line: str, becomes: str) -> None:
    found, notes = of_text(tmp_path, line + "\n")
    assert (found.requirements, found.direct, notes) == ([becomes], [], [])


@pytest.mark.parametrize(
    "line",
    [
        "git+https://github.com/openai/whisper.git",
        "transformers @ git+https://github.com/huggingface/transformers@main",
        "https://h.example/pkg-1.0.tar.gz",
        "numpy @ file:///home/conda/feedstock/work",
        "./wheels/pkg-1.0-py3-none-any.whl",
        "/wheels/*.whl",
        "./nothing/here",
    ],
)
def test_what_no_index_has_is_kept_as_written(tmp_path: Path, line: str) -> None:
    found, notes = of_text(tmp_path, line)
    assert (found.requirements, found.direct, notes) == ([], [line], [])


def test_files_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    found, notes = of_text(
        tmp_path,
        "-r sub/more.txt\n--requirement=sub/more.txt\nflask\n-c lock.txt\n",
        sub__more="",
        **{"sub__more.txt": "-r ../r.txt\ntorch\n-c ../lock.txt\n", "lock.txt": "torch==2.0\nflask==2\n"},
    )
    assert found.requirements == ["torch", "flask"]
    assert found.constraints == ["torch==2.0", "flask==2"]
    assert (found.missing, notes) == ([], [])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    found, _ = of_text(tmp_path, "-r gone.txt\nflask\n-r https://h.example/list.txt\n")
    assert (found.requirements, found.missing) == (["flask"], ["/gone.txt"])


def test_options_of_a_file_are_kept_apart(tmp_path: Path) -> None:
    found, notes = of_text(
        tmp_path,
        "-i https://me:secret@h.example/simple\n--extra-index-url=https://x.example\n-f links\n--no-index\n"
        "--pre\n--no-binary :all:\n--only-binary=numpy\n--trusted-host h.example\n--require-hashes\ntorch\n",
    )
    assert found.index_options == [
        "--index-url https://h.example/simple",
        "--extra-index-url https://x.example",
        "--find-links links",
        "--no-index",
    ]
    assert found.options == ["--pre", "--no-binary :all:", "--only-binary numpy"]
    assert found.requirements == ["torch"]
    assert "secret" not in str(found)
    assert [note for note in notes if "secret" in note] == []


def test_the_words_of_an_install_line() -> None:
    notes: list[str] = []
    line = "-U --no-cache-dir torch>=2 --index-url https://download.pytorch.org/whl/cpu -t /o flask[async] --no-deps"
    found = wanted(line.split(), "/", reading(Path("/nowhere"), notes), "Dockerfile:3")
    assert found.requirements == ["torch>=2", "flask[async]"]
    assert found.index_options == ["--index-url https://download.pytorch.org/whl/cpu"]
    assert (found.options, found.direct, notes) == (["--no-deps"], [], [])


def test_a_project_in_a_folder_gives_what_it_asks_for(tmp_path: Path) -> None:
    notes: list[str] = []
    write(
        tmp_path,
        {
            "p/pyproject.toml": '[project]\nname="p"\nversion="1"\ndependencies=["torch"]\n'
            '[project.optional-dependencies]\nweb=["flask"]\n',
        },
    )  # fmt: skip
    found = wanted(["-e", "./p[web]"], "/", reading(tmp_path, notes), "x:1")
    assert (found.requirements, found.direct) == (["torch", "flask"], ["./p[web]"])
    alone = wanted(["--no-deps", "./p"], "/", reading(tmp_path, notes), "x:1")
    assert (alone.requirements, alone.direct) == ([], ["./p"])


def test_lines_that_are_none_are_noted_and_left_out(tmp_path: Path) -> None:
    found, notes = of_text(tmp_path, "flask\nfoo bar baz\npackage=1.0=py37_0\n")
    assert found.requirements == ["flask"]
    assert [note.split(":")[:2] for note in notes] == [["r.txt", "2"], ["r.txt", "3"]]


def test_variables_are_replaced(tmp_path: Path) -> None:
    notes: list[str] = []
    write(tmp_path, {"r.txt": "torch==${TORCH}\nflask==${UNKNOWN}\n"})
    assert wanted_by_file("/r.txt", reading(tmp_path, notes, TORCH="2.1")).requirements == ["torch==2.1"]


PROJECTS: list[tuple[str, str, list[str], list[str]]] = [
    (
        "pyproject.toml",
        '[project]\nname="p"\ndynamic=["dependencies"]\n[tool.setuptools.dynamic]\ndependencies={file=["deps.txt"]}\n',
        ["numpy"],
        [],
    ),
    (
        "pyproject.toml",
        '[tool.poetry]\nname="p"\n[tool.poetry.dependencies]\npython="^3.9"\nflask={version="~2.1", extras=["async"]}\n'
        'x={git="https://g.example/x.git"}\ny=[{version="1.0", python="<3.10"}, {version="2.0", python=">=3.10"}]\n'
        'z={version="*", optional=true}\nm={version="1", markers="sys_platform == \'linux\'"}\n',
        ["flask[async]>=2.1,<2.2",
         'y==1.0; python_version < "3.10"', 'y==2.0; python_version >= "3.10"', "m==1; sys_platform == 'linux'"],
        ["x @ git+https://g.example/x.git"],
    ),
    ("setup.cfg", "[options]\ninstall_requires =\n    flask\n    torch>=2 # c\n", ["flask", "torch>=2"], []),
    ("setup.py", "REQ = ['flask', 'torch']\nsetup(install_requires=REQ)\n", ["flask", "torch"], []),
    ("setup.py", "setup(install_requires=open('requirements.txt').read().split())\n", ["pandas"], []),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "requirements", "direct"), PROJECTS)
def test_project_files_of_every_kind(
    tmp_path: Path, file: str, text: str, requirements: list[str], direct: list[str]
) -> None:
    write(tmp_path, {file: text, "deps.txt": "numpy\n", "requirements.txt": "pandas\n"})
    found = Projects(
        find=lambda target: next(iter([tmp_path / target[1:]] * (tmp_path / target[1:]).is_file()), None)
    ).wanted("/")
    assert found is not None
    assert (found.requirements, found.direct) == (requirements, direct)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("^1.2.3", ">=1.2.3,<2.0.0"),
        ("^0.2.3", ">=0.2.3,<0.3.0"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^1", ">=1,<2"),
        ("^0.0", ">=0.0,<0.1"),
        ("~1.2.3", ">=1.2.3,<1.3.0"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("*", ""),
        ("1.2.*", "==1.2.*"),
        ("1.2.3", "==1.2.3"),
        (">=1.0,<2.0", ">=1.0,<2.0"),
        (">=1.0 <2.0", ">=1.0,<2.0"),
        ("^1.2 || ^2.0", ">=1.2,<2.0"),
        ("!=1.5", "!=1.5"),
        ("^2.0b1", ">=2.0b1,<3.0"),
    ],
)
def test_poetrys_versions_become_bounds(text: str, bounds: str) -> None:
    assert version_bounds(text) == bounds


def test_condas_packages_take_the_indexs_names_and_bounds() -> None:
    notes: list[str] = []
    listed = [
        "python=3.10",
        "pytorch==2.0.1",
        "conda-forge::numpy=1.26",
        "pandas>=1.0,<2",
        "scipy 1.9",
        "cudatoolkit=11.3",
    ]
    found = conda_wanted([*listed, "flask=2.0.1=py39_0", "fastapi"], notes)
    assert found.requirements == [
        "torch==2.0.1",
        "numpy==1.26.*",
        "pandas>=1.0,<2",
        "scipy==1.9.*",
        "flask==2.0.1",
        "fastapi",
    ]
    assert notes == ["conda packages without a wheel are not counted: cudatoolkit"]
