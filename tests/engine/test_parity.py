"""Every runtime gives the reference's scores, or is refused with the reason."""

import math
from dataclasses import replace

import numpy as np
import openvino as ov
import pytest

from engine import parity
from engine.parity import TOLERANCE, Golden
from engine.patchcore import PatchCore
from engine.runtimes.opening import REFERENCE, available, open_model
from engine.runtimes.openvino_runtime import OpenVinoMatcher
from engine.score import Score
from tests.engine.bf16 import bf16, in_bf16
from tests.engine.pictures import bad_picture, good_picture

PICTURES = {
    **{f"good-{seed}": good_picture(seed) for seed in (100, 101, 102)},
    **{f"bad-{seed}": bad_picture(seed) for seed in (100, 101)},
}


@pytest.fixture(scope="module")
def golden(model: PatchCore) -> list[Golden]:
    reference = open_model(model.model, REFERENCE)
    return [Golden(name, each, reference.score(each).value) for name, each in PICTURES.items()]


@pytest.fixture(scope="module")
def threshold(golden: list[Golden]) -> float:
    """Between the good and the bad ones."""
    return (golden[2].reference + min(each.reference for each in golden[3:])) / 2


@pytest.fixture(scope="module")
def openvino_in_bf16(model: PatchCore) -> PatchCore:
    """By OpenVINO's own hint where the processor has bf16, else with every value rounded."""
    if "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        network, bank = model.model.network, model.model.bank
        return replace(model, matcher=OpenVinoMatcher(network, bank, "bf16"))
    return open_model(in_bf16(model.model), "openvino")


class OneScore:
    """Gives every picture the same score."""

    device = "a made-up device"

    def __init__(self, value: float) -> None:
        self.value = value

    def score(self, image: np.ndarray) -> Score:
        return Score(self.value, np.zeros(image.shape[:2], np.float32))


def one(reference: float) -> list[Golden]:
    return [Golden("golden-1.png", good_picture(0), reference)]


@pytest.mark.parametrize("runtime", available())
def test_every_installed_runtime_gives_the_references_scores(
    runtime, model, golden, threshold
) -> None:
    found = parity.check(open_model(model.model, runtime), golden, threshold)
    assert found.refusal == ""
    assert found.largest <= TOLERANCE / 10


@pytest.mark.parametrize("runtime", available())
def test_a_frame_of_the_inputs_size_is_read_only_and_judged(runtime, model) -> None:
    frame = good_picture(7, model.preprocessing.input_size)
    frame.setflags(write=False)
    opened = open_model(model.model, runtime)
    assert opened.score(frame).value == opened.score(frame.copy()).value


def test_maps_agree_as_well(model) -> None:
    maps = [
        open_model(model.model, runtime).score(bad_picture(100)).anomaly_map
        for runtime in available()
    ]
    for each in maps:
        np.testing.assert_allclose(each, maps[-1], rtol=1e-3, atol=1e-3)


def test_openvino_in_bf16_is_refused_with_the_reason(openvino_in_bf16, golden, threshold) -> None:
    found = parity.check(openvino_in_bf16, golden, threshold)
    assert found.largest > 10 * TOLERANCE
    assert not found.passed
    for part in ("OpenVINO", "refused on this machine", "'good-100'", "the reference is", "0.01%"):
        assert part in found.refusal


def test_the_device_names_the_precision_that_runs(model) -> None:
    has_bf16 = "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    matcher = OpenVinoMatcher(model.model.network, model.model.bank, "bf16")
    assert matcher.device == f"OpenVINO {'bf16' if has_bf16 else 'f32'} on CPU"


def test_rounding_on_purpose_is_the_rounding_of_bf16(model) -> None:
    rounded = open_model(in_bf16(model.model), "onnxruntime").matcher
    patches = rounded.runtime.patches(model.preprocessing(good_picture(0)))
    np.testing.assert_array_equal(patches, bf16(patches))
    assert bf16(np.array([1 + 2**-8, 1 + 3 * 2**-8], np.float32)).tolist() == [1.0, 1 + 2**-6]


def test_a_flipped_verdict_is_refused_within_the_tolerance() -> None:
    reference, found = 10.0, 10.0 * (1 + TOLERANCE / 4)
    threshold = 10.0 * (1 + TOLERANCE / 8)
    assert parity.check(OneScore(found), one(reference), threshold * 2).passed
    refused = parity.check(OneScore(found), one(reference), threshold)
    assert refused.largest < TOLERANCE
    assert "the verdict flips" in refused.refusal
    assert "'golden-1.png' scores 10.0002" in refused.refusal


@pytest.mark.parametrize("found", [math.nan, math.inf, 0.0, 10.0 * (1 + 1.01 * TOLERANCE)])
def test_what_is_off_or_no_number_is_refused(found) -> None:
    assert not parity.check(OneScore(found), one(10.0), 20.0).passed


def test_a_difference_within_the_tolerance_passes() -> None:
    found = parity.check(OneScore(10.0 * (1 - 0.9 * TOLERANCE)), one(10.0), 20.0)
    assert found.passed
    assert found.largest == pytest.approx(0.9 * TOLERANCE)


def test_nothing_is_shown_by_no_picture() -> None:
    with pytest.raises(ValueError, match="golden"):
        parity.check(OneScore(1.0), [], 1.0)


def test_a_picture_on_the_threshold_is_no_witness() -> None:
    assert not parity.is_witness(10.0, 10.0 * (1 + TOLERANCE / 2))
    assert parity.is_witness(10.0, 10.0 * (1 + TOLERANCE * 2))
