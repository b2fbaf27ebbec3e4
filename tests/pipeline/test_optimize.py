"""The main job on the example service, through the command: what came out, and whether it can be believed."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jettison import oci
from jettison.errors import EnvironmentUnusable
from jettison.pipeline import verified
from jettison.pipeline.certifying import certified
from jettison.records import Envelope, Mix, Report, Trial, finished, from_json
from jettison.report import by_key, headlines
from jettison.report.formats.json import read
from jettison.statistics import earned_percentile

pytestmark = [pytest.mark.slow, pytest.mark.online]

MB = 1_000_000
ENVELOPE = Envelope(
    meter="cgroup v2",
    concurrency=4,
    holds_concurrency=True,
    connections=64,
    workers=1,
    max_body_bytes=16384,
    max_rows=1,
    files_bytes=5 * MB,
    ladders=(),
    mixes=(
        Mix(
            load_peak_bytes=50 * MB,
            base_bytes=50 * MB,
            peak_bytes=90 * MB,
            settled_bytes=60 * MB,
            touched_bytes=5 * MB,
            mapped_bytes=9 * MB,
            seconds=8.0,
            statuses=((200, 9),),
        ),
    ),
)


@pytest.fixture(scope="module")
def out(pronounce: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``jettison optimize examples/pronounce`` writes, made once for all tests here."""
    folder = tmp_path_factory.mktemp("optimize") / "pronounce-jettison"
    done = jettison("optimize", str(pronounce), "--out", str(folder))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "pronounce: " in done.stdout
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> Report:
    return read((out / "report.json").read_bytes(), where=str(out)).report


def jettison(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jettison", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=1500, **options)


def test_the_image_is_small_and_holds_no_torch(out: Path, report: Report) -> None:
    image = oci.stored(out / "image")
    unpacked = compressed = 0
    names: list[str] = []
    for position, layer in enumerate(image.manifest.layers):
        compressed += layer.size_bytes
        with image.plain_layer(position) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                names.append(member.name)
                unpacked += member.size
    assert unpacked <= 150 * MB
    assert compressed <= 52 * MB
    assert [name for name in names if name.endswith("app/model/weights.bin")]
    assert [name for name in names if "/flask/" in name]
    for foreign in ("torch", "transformers", "huggingface_hub"):
        assert not [name for name in names if f"-packages/{foreign}/" in name or f"-packages/{foreign}-" in name]
    assert report.image is not None
    assert report.image.compressed_bytes == compressed


def test_the_whole_image_keeps_to_the_specification(out: Path) -> None:
    assert not finished(oci.violations(out / "image"))


def test_every_difference_is_listed_and_the_loss_is_bounded(report: Report) -> None:
    assert report.replay is not None
    assert report.replay.requests >= 500
    assert report.replay.unstable == ()
    assert len({each.index for each in report.replay.differences}) == len(report.replay.differences)
    assert len(report.replay.differences) < 0.1 * report.replay.requests
    assert report.final is not None
    loss = report.final.judgements[0]
    assert loss.interval is not None
    assert loss.interval.samples == 2000
    assert loss.interval.high <= 0.5
    assert loss.ruling == "proved"


def test_it_is_faster_lighter_and_sooner_ready_in_one_interleaved_run(report: Report) -> None:
    """Ratios only, with room for a noisy machine; the figures that the docs quote come from `make evidence`."""
    found = by_key(headlines(report))
    assert found["change: latency"].value > 5
    assert found["change: peak memory"].value > 3.3
    assert found["change: cold start"].value > 4
    original, now = report.proof
    assert len(original.seconds) == len(now.seconds) >= 662
    assert earned_percentile(now.seconds, 99) is not None


def test_the_waterfall_falls_from_gigabytes_and_every_bar_is_labelled(report: Report) -> None:
    bars = {weight.name: weight for weight in report.weights}
    assert list(bars) == ["as found", "CPU torch", "ONNX", "quantized", "no torch", "final"]
    assert bars["as found"].unpacked_bytes > 5e9
    assert bars["as found"].unpacked_bytes > 2 * bars["CPU torch"].unpacked_bytes
    assert bars["CPU torch"].unpacked_bytes > bars["no torch"].unpacked_bytes > 5 * bars["final"].unpacked_bytes
    assert all(part.known in ("built", "weighed", "table") for weight in report.weights for part in weight.parts)
    assert {part.known for part in bars["final"].parts} == {"built"}
    assert [name for name, _ in report.model_sizes][:2] == ["PyTorch", "ONNX"]


def test_the_baseline_is_labelled_for_what_it_is(report: Report) -> None:
    original = report.proof[0]
    assert dict(original.environment.packages)["torch"].endswith("+cpu")
    assert report.proof[1].environment.name == "image"


def test_verify_finds_every_number_right_and_a_changed_one_wrong(out: Path, tmp_path: Path) -> None:
    assert jettison("verify", str(out)).returncode == 0
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(out), str(copy)], check=True)
    text = (copy / "report.json").read_text()
    speed = json.loads(text)["report"]["final"]["speed"]["estimate"]
    (copy / "report.json").write_text(text.replace(str(speed), str(speed * 2)))
    assert jettison("verify", str(copy)).returncode == 1
    assert not all(each.holds for each in verified(copy))


def test_the_same_command_again_finds_all_steps_done_and_the_same_image(
    pronounce: Path, out: Path, tmp_path: Path
) -> None:
    done = jettison("optimize", str(pronounce), "--out", str(tmp_path / "again"), "--json")
    assert done.returncode == 0
    again = from_json(done.stdout.encode(), Report)
    first = read((out / "report.json").read_bytes(), where="").report
    assert again.image is not None
    assert first.image is not None
    assert again.image.digest == first.image.digest
    assert again.proof == first.proof
    assert again.seconds < 60


def test_a_certificate_goes_into_another_folder_whose_server_holds_to_it(out: Path, tmp_path: Path) -> None:
    sure, before = tmp_path / "sure", oci.stored(out / "image")
    lived = Trial(limit_bytes=ENVELOPE.limit_bytes, guarded=True, outcome="held")
    trial = Trial(limit_bytes=1, guarded=True, outcome="refused")
    finished(certified(out, replace(ENVELOPE, trials=(lived, trial)), sure))

    image = oci.stored(sure / "image")
    assert oci.stored(out / "image").digest == before.digest != image.digest
    assert image.manifest.layers == before.manifest.layers
    variables = dict(image.config.environment)
    assert variables["JETTISON_NEEDS"] == str(ENVELOPE.limit_bytes)
    assert set(dict(before.config.environment).items()) < set(variables.items())
    assert "ENV JETTISON_MAX_BODY=16384\n" in (sure / "deployment" / "Dockerfile").read_text()
    assert f"memory: {ENVELOPE.limit_bytes >> 20}Mi" in (sure / "manifests" / "kubernetes.yaml").read_text()
    assert not finished(oci.violations(sure / "image"))
    assert all(each.holds for each in verified(sure))

    for held in (replace(trial, outcome="held"), replace(trial, outcome="killed")):
        with pytest.raises(EnvironmentUnusable, match="does not heed a certificate"):
            finished(certified(out, replace(ENVELOPE, trials=(held,)), tmp_path / "unsure"))
    assert not (tmp_path / "unsure").exists()
    refused = jettison("soak", str(out), "--certify", str(out))
    assert (refused.returncode, "a folder of its own" in refused.stderr) == (10, True)


def test_the_result_can_be_taken_by_the_field_s_own_tools(out: Path, tmp_path: Path) -> None:
    copied = subprocess.run(
        ["skopeo", "copy", "--quiet", f"oci:{out / 'image'}", f"oci:{tmp_path / 'copy'}"],
        capture_output=True,
        check=False,
    )
    assert copied.returncode == 0, copied.stderr
    archive = subprocess.run(
        ["skopeo", "inspect", f"docker-archive:{out / 'image.tar'}"], capture_output=True, text=True, check=False
    )
    assert archive.returncode == 0, archive.stderr
    assert json.loads(archive.stdout)["Architecture"] == "amd64"
    dockerfile = (out / "deployment" / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert "torch" not in (out / "deployment" / "requirements.lock").read_text()
    assert (out / "deployment" / "model" / "manifest.json").is_file()


def test_manifests_beside_the_image_carry_what_was_measured(out: Path, report: Report) -> None:
    import yaml  # type: ignore[import-untyped]

    deployment = next(yaml.safe_load_all((out / "manifests" / "kubernetes.yaml").read_text()))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert report.image is not None
    assert container["image"] == report.image.reference
    peak = max(report.proof[1].peak_memory_bytes)
    assert int(container["resources"]["limits"]["memory"].removesuffix("Mi")) << 20 >= peak * 1.25
    assert {each.path for each in report.files} >= {"manifests/kubernetes.yaml", "manifests/compose.yaml"}
