from __future__ import annotations

import os
from pathlib import Path

import pytest

from jettison.errors import SettingsInvalid
from jettison.packages.index import IndexSettings, index_settings


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_later_file_wins_and_a_variable_wins_over_files(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "shared.conf", "[global]\nindex-url = https://shared/simple\ntimeout = 60\n"),
        written(tmp_path / "own.conf", "[global]\nindex_url = https://own/simple\n"),
    ]
    assert index_settings({}, files).index_url == "https://own/simple"
    assert index_settings({}, files).timeout_seconds == 60
    assert index_settings({"PIP_INDEX_URL": "https://variable/simple"}, files).index_url == "https://variable/simple"


def test_the_section_of_the_install_command_wins_over_global_in_any_file(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "shared.conf", "[install]\nextra-index-url = https://install/simple\n"),
        written(tmp_path / "own.conf", "[global]\nextra-index-url = https://global/simple\n"),
    ]
    assert index_settings({}, files).extra_index_urls == ("https://install/simple",)


def test_lists_are_split_at_white_space_and_a_variable_replaces_the_whole_list(tmp_path: Path) -> None:
    file = written(tmp_path / "pip.conf", "[global]\nextra-index-url =\n  file:///a\n  file:///b\nfind-links = /x /y\n")
    assert index_settings({}, [file]).extra_index_urls == ("file:///a", "file:///b")
    assert index_settings({}, [file]).find_links == ("/x", "/y")
    assert index_settings({"PIP_FIND_LINKS": "/z"}, [file]).find_links == ("/z",)


def test_files_of_this_machine_are_found_by_its_variables(tmp_path: Path) -> None:
    written(tmp_path / "config" / "pip" / "pip.conf", "[global]\nindex-url = https://user/simple\n")
    named = written(tmp_path / "named.conf", "[global]\ntrusted-host = a b\n")
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CONFIG_DIRS": str(tmp_path / "no")}
    assert index_settings(home).index_url == "https://user/simple"
    instead = index_settings(home | {"PIP_CONFIG_FILE": str(named)})
    assert (instead.index_url, instead.trusted_hosts) == ("", ("a", "b"))
    assert index_settings(home | {"PIP_CONFIG_FILE": os.devnull}) == IndexSettings()


def test_a_configuration_that_does_not_parse_is_named(tmp_path: Path) -> None:
    file = written(tmp_path / "pip.conf", "index-url = https://no-section/simple\n")
    with pytest.raises(SettingsInvalid, match=r"pip\.conf"):
        index_settings({}, [file])


def test_the_certificate_is_pips_own_before_those_of_other_programs() -> None:
    variables = {"REQUESTS_CA_BUNDLE": "/requests.pem", "SSL_CERT_FILE": "/ssl.pem"}
    assert index_settings(variables, []).certificate == "/requests.pem"
    assert index_settings(variables | {"PIP_CERT": "/pip.pem"}, []).certificate == "/pip.pem"


def test_options_of_a_line_replace_the_index_and_add_to_the_rest() -> None:
    settings = IndexSettings(index_url="https://mine/simple", extra_index_urls=("https://more/simple",))
    found = settings.with_options(
        ["--index-url https://line/simple", "--extra-index-url=https://extra/simple", "-f ./wheels", "--no-cache-dir"]
    )
    assert found.index_url == "https://line/simple"
    assert found.extra_index_urls == ("https://more/simple", "https://extra/simple")
    assert found.find_links == ("./wheels",)
    assert settings.with_options(["-i", "https://two/words"]).index_url == "https://two/words"
    assert settings.with_options(["--no-index", "--trusted-host", "h:80"]).trusted_hosts == ("h:80",)
    assert settings.with_options(["--index-url"]) == settings


def test_variables_in_an_option_are_filled_in_as_pip_does() -> None:
    filled = IndexSettings().with_options(["-i https://${TOKEN}@host/simple"], {"TOKEN": "abcdef"})
    assert filled.index_url == "https://abcdef@host/simple"
    assert IndexSettings().with_options(["-i https://${UNKNOWN}@h/"], {}).index_url == "https://${UNKNOWN}@h/"


def test_credentials_are_used_for_their_own_origin_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", str(written(tmp_path / "netrc", "machine third.example login me password open\n")))
    settings = IndexSettings(
        index_url="https://user:p%40ss@one.example/simple", extra_index_urls=("https://two.example/",)
    )
    assert settings.credentials("https://one.example/files/a.whl") == ("user", "p@ss")
    assert settings.credentials("https://one.example:444/files/a.whl") is None
    assert settings.credentials("http://one.example/files/a.whl") is None
    assert settings.credentials("https://two.example/files/a.whl") is None
    assert settings.credentials("https://third.example/a.whl") == ("me", "open")


def test_a_damaged_netrc_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", str(written(tmp_path / "netrc", 'machine\nlogin\n"')))
    assert IndexSettings().credentials("https://a.example/") is None


def test_nothing_that_is_shown_or_kept_holds_credentials() -> None:
    settings = IndexSettings(
        index_url="https://user:hunter2-secret@one.example/simple",
        extra_index_urls=("https://tokentokentoken@two.example/simple?sig=signature99",),
        proxy="http://me:proxypassword@proxy.example:3128",
    )
    secrets = ("hunter2-secret", "tokentokentoken", "signature99", "proxypassword")
    shown = repr(settings) + "".join(settings.identity)
    message = settings.redacted(
        "https://user:hunter2-secret@one.example/x and hunter2-secret alone, tokentokentoken, ?sig=signature99, "
        "http://me:proxypassword@proxy.example:3128 and https://other:stranger@three.example/"
    )
    for secret in (*secrets, "stranger"):
        assert secret not in shown
        assert secret not in message
    assert "one.example" in settings.identity[0]
