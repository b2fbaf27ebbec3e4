from __future__ import annotations

import base64
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

from jettison.errors import ImageInvalid, IndexUnreachable
from jettison.oci import Platform, check, entries, pull, pulled_bytes, stored, tree
from jettison.oci.registry import Reference, spelled_out
from jettison.records import Layer, finished
from tests.oci.local_registry import StartRegistry
from tests.oci.trees import image_of, random_tree


@pytest.fixture
def layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Layer]:
    """Of an image at ``layout``; and no credentials but those that a test makes."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker").mkdir()
    random_tree(tmp_path / "tree", 5)
    return image_of(tmp_path / "layout", [tree(tmp_path / "tree"), [entries.file("a", b"1")]])


def pushed(layout: Path, host: str, credentials: str = "") -> str:
    name = f"{host}/some/made:1"
    login = ["--dest-creds", credentials] if credentials else []
    command = ["skopeo", "--insecure-policy", "copy", "--preserve-digests", "--dest-tls-verify=false", *login]
    subprocess.run([*command, f"oci:{layout}:1", f"docker://{name}"], check=True, capture_output=True)
    return name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("python", ("docker.io", "library/python", "latest")),
        ("python:3.11", ("docker.io", "library/python", "3.11")),
        ("pytorch/pytorch:2", ("docker.io", "pytorch/pytorch", "2")),
        ("localhost/a", ("localhost", "a", "latest")),
        ("127.0.0.1:5000/a/b:c", ("127.0.0.1:5000", "a/b", "c")),
        ("ghcr.io/a/b:c@sha256:12", ("ghcr.io", "a/b", "sha256:12")),
        ("host:5000/a", ("host:5000", "a", "latest")),
    ],
)
def test_a_name_is_spelled_out_as_docker_does(name: str, expected: tuple[str, str, str]) -> None:
    assert spelled_out(name) == Reference(host=expected[0], repository=expected[1], version=expected[2])


def test_the_pulled_size_is_that_of_the_config_and_the_layers(
    tmp_path: Path, layers: list[Layer], start_registry: StartRegistry
) -> None:
    name = pushed(tmp_path / "layout", start_registry(""))
    config = stored(tmp_path / "layout").manifest.config.size_bytes
    assert pulled_bytes(name) == config + sum(layer.compressed_bytes for layer in layers)
    assert pulled_bytes(name.replace(":1", ":2")) is None


def test_an_image_comes_back_from_a_registry_byte_for_byte(
    tmp_path: Path, layers: list[Layer], start_registry: StartRegistry
) -> None:
    name = pushed(tmp_path / "layout", start_registry(""))
    back = finished(pull(name, tmp_path / "back"))
    assert stored(back).digest == stored(tmp_path / "layout").digest
    finished(check(back))
    by_digest = f"{name}@{stored(back).digest}"
    assert stored(finished(pull(by_digest, tmp_path / "again"))).digest == stored(back).digest


def test_a_list_of_several_platforms_gives_the_one_asked_for(
    tmp_path: Path, layers: list[Layer], start_registry: StartRegistry
) -> None:
    host = start_registry("")
    pushed(tmp_path / "layout", host)
    manifest = stored(tmp_path / "layout")
    listed = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json",
        "manifests": [
            {
                "mediaType": manifest.manifest.media_type,
                "digest": manifest.digest,
                "size": len(manifest.manifest_bytes),
                "platform": {"architecture": "amd64", "os": "linux"},
            }
        ],
    }
    import httpx

    put = httpx.put(
        f"http://{host}/v2/some/made/manifests/both",
        content=json.dumps(listed).encode(),
        headers={"Content-Type": str(listed["mediaType"])},
    )
    assert put.status_code == 201, put.text
    assert pulled_bytes(f"{host}/some/made:both") == pulled_bytes(f"{host}/some/made:1")
    assert pulled_bytes(f"{host}/some/made:both", platform=Platform(architecture="arm64")) is None


PASSWORDS = "someone:$2b$04$Wj9QJQsNmmKJ0kl9eRSLAu0W9q0ftINnqWi55g2RFSiAoeXuGiAaO\n"
"""An htpasswd file: bcrypt of ``open sesame``."""


def test_basic_credentials_come_from_the_users_docker_configuration(
    tmp_path: Path, layers: list[Layer], start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "htpasswd").write_text(PASSWORDS)
    host = start_registry(f"auth: {{htpasswd: {{realm: test, path: '{tmp_path}/htpasswd'}}}}\n")
    name = pushed(tmp_path / "layout", host, "someone:open sesame")
    assert pulled_bytes(name) is None
    with pytest.raises(IndexUnreachable, match="answers 401"):
        finished(pull(name, tmp_path / "refused"))

    settings = tmp_path / "docker" / "config.json"
    inline = base64.b64encode(b"someone:open sesame").decode()
    settings.write_text(json.dumps({"auths": {host: {"auth": inline}}}))
    assert pulled_bytes(name) is not None

    (tmp_path / "bin").mkdir()
    helper = tmp_path / "bin" / "docker-credential-chest"
    helper.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = get ] && [ "$(cat)" = {host} ] || exit 1\n'
        'echo \'{"Username": "someone", "Secret": "open sesame"}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    for asked in ({"credHelpers": {host: "chest"}}, {"credsStore": "chest"}):
        settings.write_text(json.dumps(asked))
        assert pulled_bytes(name) is not None
    settings.write_text(json.dumps({"credsStore": "not-installed"}))
    assert pulled_bytes(name) is None


class Guarded(BaseHTTPRequestHandler):
    """A registry that asks for a bearer token, and the server that gives one to ``someone``."""

    layout: Path
    anonymous_ok = False
    asked: list[str]

    def do_GET(self) -> None:
        url = urlparse(self.path)
        if url.path == "/token":
            self.asked.append(parse_qs(url.query)["scope"][0])
            known = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"someone:secret").decode()
            self._answer(200 if known or self.anonymous_ok else 401, b'{"token": "let-me-in"}')
        elif self.headers.get("Authorization") != "Bearer let-me-in":
            realm = f"http://{self.headers['Host']}/token"
            scope = "repository:some/made:pull"
            self._answer(401, b"", f'Bearer realm="{realm}",service="test",scope="{scope}"')
        elif url.path == "/v2/some/made/manifests/1":
            self._answer(200, stored(self.layout).manifest_bytes)
        else:
            self._answer(404, b"")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        known = form["grant_type"] == ["refresh_token"] and form["refresh_token"] == ["identity"]
        self._answer(200 if known else 401, b'{"access_token": "let-me-in"}')

    def _answer(self, status: int, body: bytes, challenge: str = "") -> None:
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def guarded(tmp_path: Path, layers: list[Layer]) -> Iterator[tuple[str, type[Guarded]]]:
    handler = type("Handler", (Guarded,), {"layout": tmp_path / "layout", "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def test_a_bearer_token_is_fetched_anonymously_with_a_password_or_an_identity_token(
    tmp_path: Path, guarded: tuple[str, type[Guarded]]
) -> None:
    host, handler = guarded
    settings = tmp_path / "docker" / "config.json"
    handler.anonymous_ok = True
    assert pulled_bytes(f"{host}/some/made:1") is not None
    assert handler.asked == ["repository:some/made:pull"]

    handler.anonymous_ok = False
    assert pulled_bytes(f"{host}/some/made:1") is None
    auth = base64.b64encode(b"someone:secret").decode()
    settings.write_text(json.dumps({"auths": {f"https://{host}": {"auth": auth}}}))
    assert pulled_bytes(f"{host}/some/made:1") is not None
    settings.write_text(json.dumps({"auths": {host: {"identitytoken": "identity"}}}))
    assert pulled_bytes(f"{host}/some/made:1") is not None
    settings.write_text("no json")
    assert pulled_bytes(f"{host}/some/made:1") is None


def test_a_registry_that_never_answers_costs_only_the_time_allowed(layers: list[Layer]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        assert pulled_bytes(f"127.0.0.1:{silent.getsockname()[1]}/a:1", seconds=0.5) is None
        assert time.monotonic() - started < 2
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            assert pulled_bytes(f"127.0.0.1:{closed.getsockname()[1]}/a:1") is None


def test_a_blob_with_other_bytes_than_promised_is_refused(
    tmp_path: Path, layers: list[Layer], start_registry: StartRegistry
) -> None:
    host = start_registry("")
    name = pushed(tmp_path / "layout", host)
    digest = layers[0].digest.removeprefix("sha256:")
    [blob] = (tmp_path).glob(f"registry-*/docker/registry/v2/blobs/sha256/*/{digest}/data")
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    with pytest.raises(ImageInvalid, match="came with other bytes"):
        finished(pull(name, tmp_path / "back"))
    assert not (tmp_path / "back" / "index.json").exists()
