"""Manifests: accepted by the platforms' own schemas, limits as measured, names of any kind."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from jettison.commands import main
from jettison.environments import Wanted, prepared
from jettison.manifests import manifests
from jettison.manifests.platforms.names import label
from jettison.pipeline.placing import of_report
from jettison.records import Measurement, Placement, finished
from jettison.workspace import Workspace
from tests.report import facts
from tests.serving.folders import doubling

ACCEPTED = Path(__file__).parent / "accepted.py"
PLACEMENT = Placement(
    name="pronounce",
    image="registry.example/pronounce:1",
    port=8080,
    peak_bytes=190_000_000,
    limit_bytes=256 << 20,
    cores=2,
    at_once=4,
    live="/v2/health/live",
    ready="/v2/health/ready",
    start_seconds=0.9,
    sources=("Memory: the largest that was seen.",),
)
HOSTILE = "$(reboot) ${HOME} `id`\n# - a: 'b' \"c\" {x: &y} *z !!python/object <img> \\ : é 😀\t%{x}"


def loaded(placement: Placement) -> dict[str, list[Any]]:
    return {name: list(yaml.safe_load_all(content)) for name, content in manifests(placement)}


def container_of(document: Any) -> Any:
    return document["spec"]["template"]["spec"]["containers"][0]


def test_every_platform_gets_the_measured_limits() -> None:
    found = loaded(PLACEMENT)
    assert list(found) == ["kubernetes.yaml", "kserve.yaml", "container-apps.yaml", "compose.yaml"]
    deployment, service, scaler = found["kubernetes.yaml"]
    container = container_of(deployment)
    assert container["image"] == PLACEMENT.image
    assert container["resources"] == {
        "requests": {"cpu": "2", "memory": "182Mi"},
        "limits": {"cpu": "2", "memory": "256Mi"},
    }
    assert {each["name"]: each["value"] for each in container["env"]} == {"PORT": "8080", "JETTISON_THREADS": "2"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/v2/health/ready", "port": 8080}
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for chosen in (deployment["spec"]["selector"]["matchLabels"], service["spec"]["selector"]):
        assert chosen.items() <= labels.items()
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    (kserve,) = found["kserve.yaml"]
    assert kserve["spec"]["predictor"]["containerConcurrency"] == 4
    assert kserve["spec"]["predictor"]["containers"][0]["resources"] == container["resources"]
    (app,) = found["container-apps.yaml"]
    template = app["properties"]["template"]
    assert template["containers"][0]["resources"] == {"cpu": 2.0, "memory": "4Gi"}
    assert template["scale"]["rules"][0]["http"]["metadata"] == {"concurrentRequests": "4"}
    (compose,) = found["compose.yaml"]
    assert compose["services"]["pronounce"]["mem_limit"] == f"{256 << 20}b"
    assert compose["services"]["pronounce"]["healthcheck"]["test"][-1] == "/v2/health/ready"


def test_without_a_path_for_its_health_the_port_is_tried() -> None:
    found = loaded(replace(PLACEMENT, live="", ready=""))
    container = container_of(found["kubernetes.yaml"][0])
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["tcpSocket"] == {"port": 8080}
    assert "create_connection" in found["compose.yaml"][0]["services"]["pronounce"]["healthcheck"]["test"][3]


def test_a_slow_start_is_waited_for_four_times_as_long() -> None:
    found = loaded(replace(PLACEMENT, start_seconds=90))
    probe = container_of(found["kubernetes.yaml"][0])["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 360
    (bounded,) = [
        each
        for each in found["container-apps.yaml"][0]["properties"]["template"]["containers"][0]["probes"]
        if each["type"] == "Startup"
    ]
    assert bounded["failureThreshold"] == 10
    assert bounded["periodSeconds"] * bounded["failureThreshold"] >= 360


def test_names_of_any_kind_stay_names() -> None:
    hostile = replace(
        PLACEMENT,
        name=HOSTILE,
        image=HOSTILE,
        ready=HOSTILE,
        sources=(HOSTILE,),
        environment=((HOSTILE, HOSTILE),),
        command=(HOSTILE,),
    )
    found = loaded(hostile)
    container = container_of(found["kubernetes.yaml"][0])
    assert container["image"] == HOSTILE
    assert container["env"][-1] == {"name": HOSTILE, "value": HOSTILE}
    assert container["command"] == [HOSTILE]
    (service,) = found["compose.yaml"][0]["services"].values()
    assert service["image"] == HOSTILE.replace("$", "$$")
    assert [len(documents) for documents in found.values()] == [3, 1, 1, 1]
    for _, content in manifests(hostile):
        assert content.isascii()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pronounce", "pronounce"),
        ("My Model_v1.5", "my-model-v1-5"),
        ("7b", "model-7b"),
        ("---", "model"),
        ("", "model"),
        ("日本", "model"),
        ("a" * 80, "a" * 50),
        ("a" * 49 + "-b", "a" * 49),
    ],
)
def test_names_become_labels(name: str, expected: str) -> None:
    assert label(name) == expected


def test_a_run_gives_its_own_figures() -> None:
    made = facts.full()
    placement = of_report(made)
    assert placement is not None
    shown = made.proof[1]
    assert placement.peak_bytes == max(shown.peak_memory_bytes)
    assert placement.peak_bytes * 1.25 <= placement.limit_bytes < placement.peak_bytes * 1.25 + (32 << 20)
    assert placement.cores == made.host.cores
    assert made.image is not None
    assert made.image.digest in " ".join(placement.sources)
    unseen: Measurement = replace(shown, peak_memory_bytes=())
    assert of_report(replace(made, proof=(made.proof[0], unseen))) is None
    assert of_report(replace(made, image=None)) is None


def test_a_models_certificate_is_its_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = doubling(tmp_path / "twice", certificate={"needed_bytes": 123_000_000})
    words = ["manifests", str(folder), "--image", "x:1", "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["placement"]["limit_bytes"] == 123_000_000
    assert (tmp_path / "out" / "kubernetes.yaml").read_bytes().startswith(b"# kubectl apply")
    assert main([*words, "--memory", "150MB", "--at-once", "3", "--cores", "1"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["placement"]["limit_bytes"], said["placement"]["at_once"]) == (150_000_000, 3)


def test_what_is_not_known_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = doubling(tmp_path / "twice")
    assert main(["manifests", str(folder), "--image", "x:1", "--out", str(tmp_path / "out")]) == 18
    assert "how much memory it needs is not known" in capsys.readouterr().err
    assert main(["manifests", str(folder), "--memory", "1GiB", "--out", str(tmp_path / "out")]) == 18
    assert "the name of its image is not known" in capsys.readouterr().err
    assert main(["manifests", str(tmp_path), "--out", str(tmp_path / "out")]) == 29
    assert main(["manifests", str(folder), "--memory", "much"]) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_platforms_own_schemas_accept_them_and_refuse_a_slip(tmp_path: Path, user_workspace: Workspace) -> None:
    wanted = Wanted(name="platforms", requirements=("kubernetes-validate", "compose-pydantic"), python="3.11")
    python = str(finished(prepared(wanted, user_workspace)).python)

    def check(kind: str, *files: Path) -> str:
        command = [python, str(ACCEPTED), kind, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr if done.returncode else ""

    folders = tmp_path / "0", tmp_path / "1"
    other = replace(PLACEMENT, name="7b ünd_x", live="", ready="", command=("a",))
    for folder, placement in zip(folders, (PLACEMENT, other), strict=True):
        folder.mkdir()
        for name, content in manifests(placement):
            (folder / name).write_bytes(content)
        # KServe's pod is one of Kubernetes with fields of its own.
        (service,) = yaml.safe_load_all((folder / "kserve.yaml").read_text())
        own = {"minReplicas", "maxReplicas", "scaleMetric", "scaleTarget", "containerConcurrency"}
        pod = {key: value for key, value in service["spec"]["predictor"].items() if key not in own}
        wrapped = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod}
        (folder / "pod.yaml").write_text(yaml.safe_dump(wrapped))
    files = [folder / name for folder in folders for name in ("kubernetes.yaml", "pod.yaml")]
    assert not check("kubernetes", *files)
    assert not check("compose", *(folder / "compose.yaml" for folder in folders))
    for kind, right, wrong in (("kubernetes", "runAsNonRoot", "runAsNonroot"), ("compose", "mem_limit", "memory")):
        slip = shutil.copyfile(folders[0] / f"{kind}.yaml", tmp_path / "slip.yaml")
        slip.write_text(slip.read_text().replace(right, wrong))
        assert wrong in check(kind, slip)
