from __future__ import annotations

import json
import re
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jettison.oci import base_images
from jettison.oci.base_images import base_image, base_part, package_lists_part, provided

TABLE = tomllib.loads(Path(base_images.__file__).with_name("base_images.toml").read_text("utf-8"))


@pytest.mark.parametrize("row", TABLE["image"], ids=[row["measured"] for row in TABLE["image"]])
def test_every_row_has_figures_a_source_and_a_date(row: dict[str, object]) -> None:
    assert re.search(r"20\d\d-\d\d-\d\d", str(row["source"]))
    unpacked, pulled = row["unpacked_bytes"], row.get("pulled_bytes")
    assert isinstance(unpacked, int)
    assert pulled is None or (isinstance(pulled, int) and 2 < unpacked / pulled < 4)


@pytest.mark.parametrize(
    "reference",
    ["python:3.11", "python:3.11-trixie", "docker.io/library/python:3.11", "public.ecr.aws/docker/library/python:3.11"],
)
def test_names_of_one_image_find_the_same_row(reference: str) -> None:
    found = base_image(f"{reference}@sha256:{'0' * 64}")
    assert found is not None
    assert (found.pulled_bytes, found.unpacked_bytes, found.suite) == (409_120_197, 1_100_000_000, "trixie")
    assert "nearest" not in found.source


@pytest.mark.parametrize(
    ("reference", "suite", "unpacked"),
    [
        ("python:3.12-slim-bookworm", "bookworm", 130_010_000),
        ("python:3.9.18-slim", "trixie", 124_850_000),
        ("python:3.8", "bookworm", 1_010_000_000),
        ("python", "trixie", 1_100_000_000),
        ("python:3.11-alpine3.20", "alpine", 51_820_000),
        ("debian:stable", "bookworm", 116_570_000),
        ("ubuntu:20.04", "noble", 78_160_000),
        ("nvidia/cuda:12.1.1-cudnn8-devel-ubuntu22.04", "", 3_050_000_000),
    ],
)
def test_the_nearest_row_is_taken_and_says_so(reference: str, suite: str, unpacked: int) -> None:
    found = base_image(reference)
    assert found is not None
    assert (found.suite, found.unpacked_bytes) == (suite, unpacked)
    assert "the nearest that the table has" in found.source


@pytest.mark.parametrize(
    "reference", ["", "scratch", "registry.example:5000/team/base:1", "${BASE}", "pytorch/pytorch"]
)
def test_what_nobody_published_is_unknown(reference: str) -> None:
    assert base_image(reference) is None


def test_the_packages_of_a_full_python_image_hold_its_compilers_and_those_of_a_slim_one_do_not() -> None:
    full, slim, ubuntu = base_image("python:3.11-bookworm"), base_image("python:3.11-slim"), base_image("ubuntu")
    assert full is not None
    assert slim is not None
    assert ubuntu is not None
    assert {"gcc", "git", "libssl-dev", "uuid-dev"} <= set(full.asked)
    assert not {"gcc", "git"} & set(slim.asked)
    assert {"dpkg", "libc6"} <= full.installed
    assert not ubuntu.is_debian


def test_an_image_that_stands_on_python_is_a_lower_bound() -> None:
    found = base_image("tiangolo/uvicorn-gunicorn-fastapi:python3.11-slim")
    assert found is not None
    assert found.unpacked_bytes == 124_850_000
    assert "what it adds to the Python image under it is not known" in found.source


def test_framework_images_say_what_they_hold() -> None:
    held = dict(provided("pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"))
    assert held == {"torch": "2.1.0", "torchvision": "", "torchaudio": ""}
    assert provided("tensorflow/tensorflow:latest-gpu") == (("tensorflow", ""),)
    assert provided("python:3.11") == ()


def test_package_lists_come_from_the_table() -> None:
    part = package_lists_part()
    assert (part.group, part.known) == ("cache", "table")
    assert part.unpacked_bytes > (part.pulled_bytes or 0) > 10_000_000


def test_a_registry_that_answers_tells_the_pulled_size_of_an_image_that_is_not_in_the_table() -> None:
    class Registry(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            kind = "application/vnd.oci.image.manifest.v1+json"
            blobs = [{"mediaType": "x", "digest": f"sha256:{size:064d}", "size": size} for size in (500, 100_000_000)]
            body = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": blobs[0], "layers": blobs[1:]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        part = base_part(f"127.0.0.1:{server.server_address[1]}/team/base:1")
        server.shutdown()
    assert part is not None
    assert part.pulled_bytes == 100_000_500
    rows = [row for row in TABLE["image"] if "pulled_bytes" in row]
    ratio = sum(row["unpacked_bytes"] for row in rows) / sum(row["pulled_bytes"] for row in rows)
    assert part.unpacked_bytes == round(100_000_500 * ratio)
    assert "by the ratio" in part.source
    assert part.known == "table"
