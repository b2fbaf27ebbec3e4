from __future__ import annotations

from jettison.dockerfile import parsed
from jettison.dockerfile.stages import Scope, Stage, chain, final_scope, named, stages, steps


def stages_of(text: str, **arguments: str) -> tuple[Stage, ...]:
    return stages(parsed(text.encode()), arguments)


def scope_of(text: str, **arguments: str) -> Scope:
    found = stages_of(text, **arguments)
    return final_scope(found, found[-1])


def test_stages_have_names_bases_and_lines() -> None:
    found = stages_of("FROM python:3.11 AS Build\nRUN a\n\nFROM build\nRUN b\nFROM python:3.11-slim\n")
    assert [(each.name, each.base, each.base_index, each.opened.first_line) for each in found] == [
        ("build", "python:3.11", None, 1),
        ("", "build", 0, 4),
        ("", "python:3.11-slim", None, 6),
    ]
    assert [each.index for each in chain(found, found[1])] == [0, 1]
    assert [each.index for each in chain(found, found[2])] == [2]


def test_a_stage_is_found_by_name_in_any_case_and_by_number() -> None:
    found = stages_of("FROM a AS One\nFROM b\n")
    assert named(found, "ONE") is found[0]
    assert named(found, "1") is found[1]
    assert named(found, "elsewhere:1") is None
    assert named(found, "") is None


def test_a_stage_cannot_build_on_a_later_one() -> None:
    found = stages_of("FROM later\nFROM a AS later\n")
    assert found[0].base_index is None


def test_arguments_before_from_hold_in_from_and_not_in_the_stage() -> None:
    text = "ARG V=3.11\nARG TAG=${V}-slim\nFROM python:$TAG\nENV SEEN=${V:-nothing}\nARG V\nENV THEN=$V\n"
    found = stages_of(text)
    assert found[0].base == "python:3.11-slim"
    assert dict(final_scope(found, found[0]).environment) == {"SEEN": "nothing", "THEN": "3.11"}


def test_an_argument_given_from_outside_wins_over_every_default() -> None:
    text = "ARG V=1\nFROM a:$V\nARG V=2\nENV E=$V\n"
    assert stages_of(text)[0].base == "a:1"
    assert scope_of(text).environment["E"] == "2"
    assert stages_of(text, V="9")[0].base == "a:9"
    assert scope_of(text, V="9").environment["E"] == "9"


def test_the_target_platform_is_known_in_from_and_once_declared_in_a_stage() -> None:
    text = "FROM --platform=$TARGETPLATFORM a:$TARGETARCH\nENV X=$TARGETARCH\nARG TARGETARCH\nENV Y=$TARGETARCH\n"
    found = stages_of(text)
    assert found[0].base == "a:amd64"
    assert dict(final_scope(found, found[0]).environment) == {"X": "", "Y": "amd64"}


def test_env_wins_over_arg() -> None:
    assert scope_of("FROM a\nENV A=env\nARG A=arg\nENV B=$A\n").environment["B"] == "env"


def test_one_env_sees_only_what_held_before_it() -> None:
    scope = scope_of("FROM a\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n")
    assert dict(scope.environment) == {"abc": "bye", "def": "hello", "ghi": "bye"}


def test_environment_directory_user_and_shell_pass_to_the_stage_built_on_top() -> None:
    text = (
        "FROM x AS base\nENV A=1\nARG B=2\nWORKDIR /app\nWORKDIR sub/../src\nUSER me\n"
        'SHELL ["/bin/bash", "-c"]\nFROM base\nENV C=$A$B\nFROM other\nENV D=${A:-none}\n'
    )
    found = stages_of(text)
    on_top = final_scope(found, found[1])
    assert dict(on_top.environment) == {"A": "1", "C": "12"}
    assert (on_top.workdir, on_top.user, on_top.shell) == ("/app/src", "me", ("/bin/bash", "-c"))
    other = final_scope(found, found[2])
    assert (dict(other.environment), other.workdir, other.user) == ({"D": "none"}, "/", "")


def test_workdir_takes_variables() -> None:
    assert scope_of("FROM a\nENV HOME=/home/user\nWORKDIR $HOME/app\n").workdir == "/home/user/app"


def test_every_instruction_comes_with_the_scope_in_front_of_it() -> None:
    found = stages_of("FROM a\nRUN one\nENV A=1\nRUN two\nFROM 0\n")
    assert [(each.instruction.body, dict(each.scope.environment)) for each in steps(found, found[0])] == [
        ("one", {}),
        ("A=1", {}),
        ("two", {"A": "1"}),
    ]


def test_what_a_base_stage_holds_back_runs_at_the_start_of_the_next() -> None:
    found = stages_of("FROM a AS base\nONBUILD ENV A=1\nONBUILD RUN held\nFROM base\nRUN own\n")
    ran = [each.instruction.text for each in steps(found, found[1]) if each.instruction.word in ("RUN", "ENV")]
    assert ran == ["ENV A=1", "RUN held", "RUN own"]
    assert final_scope(found, found[1]).environment["A"] == "1"


def test_a_malformed_substitution_stays_as_written() -> None:
    assert scope_of("FROM a\nENV A=${\n").environment["A"] == "${"
