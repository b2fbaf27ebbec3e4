"""Other CPUs: products that saturate without VNNI, emulated, run by QEMU, made right or refused."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from jettison.commands import main
from jettison.convert import candidates, fleet
from jettison.convert.forms import named
from jettison.convert.graphs import dynamic, graph_candidates, pairs, saturation
from jettison.machine import kinds
from jettison.records import Candidate, FleetCheck, Rejected, finished, from_json
from jettison.workspace import Workspace
from jettison_runtime import binding
from tests import encoder_folders, t5_folders
from tests.eight_bit_graphs import CHANNELS, WIDTH, graph, hot, saturating

QEMU = shutil.which("qemu-x86_64") if platform.machine() == "x86_64" else None
needs_qemu = pytest.mark.skipif(QEMU is None, reason="qemu-x86_64 is not installed: apt-get install qemu-user")
needs_vnni = pytest.mark.skipif(
    binding.saturates(), reason="this CPU saturates itself: there is nothing to compare with"
)


def test_sums_are_cut_off_as_the_instruction_does() -> None:
    values = np.array([[255, 255, 255], [1, 2, 3]], np.uint8)
    assert pairs.excess(values, np.array([[127], [127], [127]], np.int8))[0] == 1
    count, beyond = pairs.excess(values, np.array([[127, -127], [127, -127], [127, 3]], np.int8))
    assert count == 2
    # 2 x 255 x 127 is 64,770; the third has no neighbour, and 255 x 127 fits.
    assert beyond.tolist() == [[32_767 - 64_770, 64_770 - 32_768], [0, 0]]


def test_only_what_could_leave_16_bits_is_looked_at() -> None:
    for first, second, can in (
        (64, 64, False),
        (65, 64, True),
        (-64, -64, False),
        (-65, -64, True),
        (127, -127, False),
    ):
        weights = np.array([[first], [second]], np.int8)
        assert pairs.can_saturate(weights) is can
        most = np.array([[255, 255]], np.uint8)
        assert (pairs.excess(most, weights)[0] == 1) is can


def test_a_cpu_is_of_the_kinds_whose_kernels_it_gets() -> None:
    assert kinds(["avx2"], "x86_64") == ("avx2",)
    assert kinds(["avx2", "avx512f"], "x86_64") == ("avx512",)
    assert kinds(["avx2", "avx_vnni"], "x86_64") == ("avx_vnni",)
    assert kinds(["avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8"], "x86_64") == ("avx512_vnni", "amx")
    assert kinds(["asimddp"], "aarch64") == ("arm64",)
    assert kinds([], "x86_64") == ()


def test_the_witness_is_the_graph_that_it_is_said_to_be() -> None:
    nodes = [helper.make_node("MatMulInteger", ["a", "w"], ["y"])]
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [1, 2])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [1, 1])],
        [numpy_helper.from_array(np.full((2, 1), 127, np.int8), "w")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    assert onnx.load_from_string(binding._WITNESS) == model


_PLAIN = """
import sys
import numpy as np, onnxruntime as ort
folder, into, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = ort.SessionOptions()
options.intra_op_num_threads, options.log_severity_level = 1, 3
found = {}
for number in range(count):
    session = ort.InferenceSession(f"{folder}/{number}.onnx", options, providers=["CPUExecutionProvider"])
    with np.load(f"{folder}/{number}.npz") as feed:
        (found[str(number)],) = session.run(None, dict(feed))
np.savez(f"{folder}/{into}.npz", **found)
"""
"""ONNX Runtime as it comes, without what jettison's runtime asks of it."""


@needs_qemu
@needs_vnni
def test_what_is_emulated_is_what_the_kernels_of_that_cpu_give(tmp_path: Path) -> None:
    cases = saturating()
    for number, (model, feed) in enumerate(cases.values()):
        onnx.save(model, tmp_path / f"{number}.onnx")
        np.savez(tmp_path / f"{number}.npz", **feed)  # type: ignore[arg-type]
    for name, before in (("here", []), ("there", [QEMU or "", "-cpu", "Haswell"])):
        command = [*before, sys.executable, "-c", _PLAIN, str(tmp_path), name, str(len(cases))]
        subprocess.run(command, check=True, capture_output=True)
    with np.load(tmp_path / "here.npz") as here, np.load(tmp_path / "there.npz") as there:
        for number, (name, (_, feed)) in enumerate(cases.items()):
            seen = saturation.Emulated()
            (emulated,) = saturation.emulate(tmp_path / f"{number}.onnx", [feed], seen)
            expected, largest = there[str(number)], np.abs(here[str(number)]).max()
            assert np.abs(emulated["y"] - expected).max() <= 1e-5 * largest, name
            apart = np.abs(here[str(number)] - expected).max() / largest
            if "exact" in name:
                assert apart == 0, name
                assert seen.facts()["saturated"] == 0, name
            else:
                assert apart > 0.3, name
                assert seen.moved == pytest.approx(apart, abs=1e-4), name
            assert bool(seen.open) == ("come in" in name), name


def planted(folder: Path, *, weights: NDArray[np.int8] | None, reach: float = 1.0) -> tuple[Path, Path]:
    """A graph with one integer product and what it is asked: activations near 255, all but one.

    :param weights: stored ones; None: they come in as floats, and become 8 bits of this reach on the way.
    """
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(3)
    op = helper.make_node
    nodes = [op("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"])]
    inputs: dict[str, tuple[int, Sequence[Any]]] = {"x": (TensorProto.FLOAT, ["rows", WIDTH])}
    samples = {"x": random.uniform(0.8, 1, (24, 1, WIDTH)).astype(np.float32)}
    samples["x"][:, 0, 0] = 0
    stored: dict[str, Any] = (
        {"w": weights} if weights is not None else {"w_s": np.float32(reach / 127), "w_z": np.int8(0)}
    )
    if weights is None:
        nodes.append(op("QuantizeLinear", ["v", "w_s", "w_z"], ["w"]))
        inputs["v"] = (TensorProto.FLOAT, [WIDTH, CHANNELS])
        samples["v"] = np.where(random.random((24, WIDTH, CHANNELS)) < 0.9, 1, -1).astype(np.float32)
    nodes += [
        op("MatMulInteger", ["q", "w", "qz"], ["hot"]),
        op("Cast", ["hot"], ["wide"], to=1),
        op("Mul", ["wide", "qs"], ["y"]),
    ]
    onnx.save(graph(nodes, stored, inputs, of=["rows", CHANNELS]), folder / "planted.onnx")
    np.savez(folder / "samples.npz", **samples)  # type: ignore[arg-type]
    return folder / "planted.onnx", folder / "samples.npz"


def asked(path: Path, data: Path, out: Path, *cpus: str) -> list[str]:
    named_cpus = [word for cpu in cpus for word in ("--cpu", cpu)]
    return ["convert", str(path), "--data", str(data), "--form", "fp32", "--out", str(out), "--json", *named_cpus]


def checks(said: str) -> dict[str, FleetCheck]:
    (candidate,) = json.loads(said)["candidates"]
    found = from_json(json.dumps(candidate["fleet"]).encode(), tuple[FleetCheck, ...])
    return {each.cpu: each for each in found}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    monkeypatch.setenv("JETTISON_CACHE", str(workspace.root))


@needs_qemu
@needs_vnni
def test_a_planted_saturation_is_made_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, data = planted(tmp_path / "hot", weights=hot(WIDTH, CHANNELS))
    assert main(asked(path, data, tmp_path / "out", "avx2")) == 0
    found = checks(capsys.readouterr().out)["avx2"]
    assert found.holds
    assert dict(found.layers)["hot"] == found.saturated / found.sums > 0.7
    assert found.moved is not None
    assert found.moved > 0.4
    assert "unsigned" in found.remedy
    assert "Haswell" in found.emulator
    assert found.difference == 0
    manifest = json.loads((tmp_path / "out" / "fp32" / "manifest.json").read_text())
    assert manifest["fleet"][0]["cpu"] == "avx2"


@needs_vnni
def test_an_app_that_opens_the_graph_by_itself_gets_none_that_saturates(tmp_path: Path, workspace: Workspace) -> None:
    path, data = planted(tmp_path / "hot", weights=hot(WIDTH, CHANNELS))
    options: dict[str, Any] = {"name": "m", "data": data, "workspace": workspace, "forms": ["fp32"], "cpus": ["avx512"]}
    made, _ = finished(graph_candidates(path, **options))
    assert made
    made, rejected = finished(graph_candidates(path, one_file=True, **options))
    assert not made
    assert "hot saturate, and the app opens the graph by itself" in rejected[0].reason


@needs_qemu
@needs_vnni
def test_a_planted_saturation_that_nothing_makes_right_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = planted(tmp_path / "hot", weights=None)
    assert main(asked(path, data, tmp_path / "out", "avx2")) >= 10
    said = json.loads(capsys.readouterr().out)["error"]["where"]
    assert "not right on avx2" in said
    assert "hot saturates, and its weights are computed while it runs" in said
    # By emulation, and as it was run: the same.
    by_emulation = said.split("alone would move a number by ")[1].split("%")[0]
    there = said.split("further from its own here than ")[1].split("%")[0]
    assert float(there) == pytest.approx(float(by_emulation), abs=0.06)
    assert float(there) > 30


def test_its_twin_within_seven_bits_is_not_accused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, data = planted(tmp_path / "mild", weights=None, reach=127 / 63)
    assert main(asked(path, data, tmp_path / "out", "avx512", "arm64")) == 0
    found = checks(capsys.readouterr().out)
    assert found["avx512"].holds
    assert (found["avx512"].saturated, found["avx512"].moved) == (0, None)
    assert found["avx512"].sums > 0
    assert "by emulation only" in found["avx512"].words
    assert found["arm64"].holds


def test_an_emulation_that_failed_is_not_kept(tmp_path: Path, workspace: Workspace) -> None:
    path, _ = planted(tmp_path / "mild", weights=hot(WIDTH, CHANNELS) // 2)
    made, _ = finished(graph_candidates(path, name="mild", data=None, workspace=workspace, forms=["fp32"]))
    found: list[Candidate | Rejected] = []
    for name in ("nobody", "x"):
        feed = {name: np.ones((1, WIDTH), np.float32)}

        def feeds(_: Path, feed: dict[str, Any] = feed) -> list[tuple[str, dict[str, Any]]]:
            return [("model.onnx", feed)]

        found.append(finished(fleet.certified(made[0], ["avx2"], feeds, workspace, asked="the same")))
    failed, whole = found
    assert isinstance(failed, Rejected)
    assert "could not be counted" in failed.reason
    assert isinstance(whole, Candidate)
    assert whole.fleet[0].holds
    assert whole.fleet[0].here or not QEMU or "its canary and 1 input)" in whole.fleet[0].words


def test_seven_bits_cannot_saturate_whatever_the_input(tmp_path: Path) -> None:
    """What `--cpu avx2` makes of a graph in floats; and what it would be in 8 bits."""
    weights = hot(WIDTH, CHANNELS).astype(np.float32)
    floats = graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], {"w": weights}, {"x": (TensorProto.FLOAT, ["n", WIDTH])}
    )
    feed = {"x": np.random.default_rng(0).uniform(0.8, 1, (4, WIDTH)).astype(np.float32)}
    for bits, products in ((7, 0), (8, 1)):
        made = dynamic.quantized(floats, bits=bits)
        assert made is not None
        onnx.save(made, tmp_path / "made.onnx")
        seen = saturation.Emulated()
        saturation.emulate(tmp_path / "made.onnx", [feed], seen)
        assert seen.products == products
        assert bool(seen.facts()["saturated"]) == bool(products)


@needs_qemu
@needs_vnni
def test_an_authored_encoder_is_right_there_although_its_sums_saturate(tmp_path: Path, workspace: Workspace) -> None:
    folder = encoder_folders.bert(tmp_path / "bert", "text-classification")
    cpus = ("avx2", "avx512_vnni")
    made, rejected = finished(
        candidates(
            folder,
            name="m",
            prompts=encoder_folders.TEXTS,
            workspace=workspace,
            forms=[named("int8-channels")],
            cpus=cpus,
        )
    )
    assert not rejected
    there, _ = made[0].fleet
    assert there.holds
    assert there.saturated
    assert "unsigned" in there.remedy
    assert there.difference is not None
    assert there.difference < 0.01


@needs_vnni
def test_an_authored_t5_without_an_emulator_is_checked_by_emulation_only(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    for program in ("bwrap", "unshare"):
        if found := shutil.which(program):
            (tmp_path / "bin" / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    fleet.emulator.cache_clear()
    folder = t5_folders.write(tmp_path / "t5", next(iter(t5_folders.SHAPES.values())))
    forms = [named("int8-channels"), named("int8-blocks")]
    made, _ = finished(candidates(folder, name="m", prompts=[], workspace=workspace, forms=forms, cpus=("avx2",)))
    fleet.emulator.cache_clear()
    channels, blocks = (each.fleet[0] for each in made)
    assert channels.sums > 0
    assert (blocks.products, blocks.sums) == (0, 0)
    for each in (channels, blocks):
        assert each.holds
        assert "by emulation only" in each.words
        assert "apt-get install qemu-user" in each.words
