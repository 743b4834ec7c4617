"""Fast mode: what it must keep, and that it is never taken for exact mode."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine import fast, model_file, parity
from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.errors import Cancelled, EngineError
from engine.model import Model
from engine.network import FAST, FAST_INT8
from engine.parity import Golden
from engine.patchcore import PatchCore
from engine.projection import components
from engine.runtimes.opening import open_model, open_runtime
from engine.teach import teach
from tests.engine.pictures import SMALL, bad_picture, good_picture

RUNTIMES = ("openvino", "onnxruntime")


@pytest.fixture(scope="module")
def projected(model: PatchCore) -> Model:
    return fast.projected(model.model, 32)


@pytest.fixture(scope="module")
def in_int8(projected: Model) -> Model:
    return fast.in_int8(projected, [good_picture(seed) for seed in range(40, 44)])


@pytest.mark.parametrize("strides", [(8, 16), (16,), (8, 16, 32)])
def test_projecting_before_pooling_is_projecting_the_vectors(strides) -> None:
    settings = replace(SMALL, backbone=Backbone(strides=strides), size=CoresetSize(1.0, 400))
    exact = teach([partial(good_picture, seed) for seed in range(3)], settings).model
    found = fast.projected(exact, 16)
    tiles = exact.preprocessing(bad_picture(7))
    whole = open_runtime("onnxruntime", exact.network).patches(tiles)
    few = open_runtime("onnxruntime", found.network).patches(tiles)
    assert few.shape == (*whole.shape[:3], 16)
    matrix = components(np.cov(exact.bank.vectors, rowvar=False, dtype=np.float64))[0][:16].T
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(16), atol=1e-6)
    np.testing.assert_allclose(found.bank.vectors, exact.bank.vectors @ matrix, atol=1e-3)
    np.testing.assert_allclose(few, whole @ matrix, atol=1e-3 * np.abs(few).max())


def test_the_projection_keeps_the_stated_share_of_the_variance(model: PatchCore) -> None:
    found = fast.projected(model.model)
    kept = found.bank.vectors.var(axis=0).sum() / model.bank.vectors.var(axis=0).sum()
    assert kept >= fast.VARIANCE
    assert found.bank.vectors.shape[1] < model.bank.vectors.shape[1]
    np.testing.assert_array_equal(found.bank.origins, model.bank.origins)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_bad_parts_stay_above_good_ones(projected: Model, in_int8: Model, runtime: str) -> None:
    for form in (projected, in_int8):
        opened = open_model(form, runtime)
        good = [opened.score(good_picture(seed)).value for seed in range(100, 106)]
        bad = [opened.score(bad_picture(seed)).value for seed in range(100, 106)]
        assert min(bad) > max(good)


def test_in_float_all_runtimes_agree_as_exact_mode_does(projected: Model) -> None:
    pictures = [good_picture(60), bad_picture(60)]
    first, second = (
        [open_model(projected, name).score(picture).value for picture in pictures]
        for name in RUNTIMES
    )
    for found, reference in zip(second, first, strict=True):
        assert parity.difference(found, reference) < parity.TOLERANCE


def test_in_8_bits_the_tail_stays_in_float(in_int8: Model) -> None:
    import onnx

    nodes = onnx.load_from_string(in_int8.network.onnx).graph.node
    makers = {output: node for node in nodes for output in node.output}
    rounded = {makers[n.input[0]].name for n in nodes if n.op_type == "QuantizeLinear"}
    tail = {n.name for n in nodes if n.op_type in ("AveragePool", "Resize", "MatMul")}
    tail |= {n.name for n in nodes if n.name.startswith("/projections")}
    assert len(tail) > 8
    assert rounded
    assert not tail & rounded
    inside = [n for n in nodes if n.op_type == "Conv" and n.name not in tail]
    assert {makers[n.input[0]].op_type for n in inside} == {"DequantizeLinear"}


def test_the_fit_brings_8_bit_vectors_towards_the_true_ones(
    projected: Model, in_int8: Model
) -> None:
    tiles = projected.preprocessing(good_picture(70))
    true, found = (open_runtime("openvino", m.network).patches(tiles) for m in (projected, in_int8))
    error = np.linalg.norm(found - true, axis=-1) / np.linalg.norm(true, axis=-1)
    assert np.median(error) < 0.2


def test_the_mode_travels_and_is_on_the_device(in_int8: Model, tmp_path) -> None:
    path = tmp_path / "model.npz"
    model_file.save(path, in_int8)
    reloaded = model_file.load(path)
    assert reloaded.mode == FAST_INT8
    opened, before = open_model(reloaded, "openvino"), open_model(in_int8, "openvino")
    assert opened.device.endswith("fast int8 mode")
    assert opened.score(bad_picture(3)).value == before.score(bad_picture(3)).value


def test_torch_refuses_what_it_would_judge_otherwise(projected: Model) -> None:
    with pytest.raises(EngineError, match="exact mode only"):
        open_model(projected, "torch")


def test_8_bits_have_the_wider_tolerance(in_int8: Model) -> None:
    opened = open_model(in_int8, "openvino")
    picture = good_picture(5)
    golden = [Golden("a.png", picture, opened.score(picture).value * 1.01)]
    threshold = 10 * golden[0].reference
    assert parity.check(opened, golden, threshold, parity.tolerance(in_int8.mode)).passed
    assert not parity.check(opened, golden, threshold, parity.tolerance(FAST)).passed


def test_refusals(model: PatchCore, projected: Model) -> None:
    with pytest.raises(EngineError, match="in fast mode already"):
        fast.projected(projected)
    with pytest.raises(EngineError, match="more than the"):
        fast.projected(model.model, 100_000)
    with pytest.raises(EngineError, match="takes good pictures"):
        fast.in_int8(projected, [])


def test_cancel_stops_quantising(projected: Model) -> None:
    with pytest.raises(Cancelled):
        fast.in_int8(projected, [good_picture(1)], cancelled=lambda: True)
