"""Trials with synthetic defects: a judge of known truth, and PatchCore itself."""

import json
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest

from engine.detection import area_of, detect
from engine.errors import Cancelled, DetectionError, NotInPlace
from engine.findings import (
    ALL_KINDS,
    BlindMap,
    Detection,
    DetectionSettings,
    Outcome,
)
from engine.location import Anchor
from engine.patchcore import PatchCore
from engine.score import Score
from engine.synthetic.shapes import Kind
from tests.engine.pictures import Picture, good_picture

SIZE = (120, 160)
QUICK = DetectionSettings((Kind.SPOT, Kind.SCRATCH), (60.0,), trials=40, cells=12, trials_a_cell=4)


class Ruler:
    """Knows the flat part; scores how many pixels differ from it, and sees nothing in `blind`."""

    def __init__(self, blind: tuple[slice, slice] = (slice(0, 0), slice(0, 0))) -> None:
        self.blind = blind
        self.judged: list[Picture] = []

    def score(self, image: Picture, /) -> Score:
        self.judged.append(image)
        differs = (np.abs(image.astype(int) - 100) > 15).any(axis=2)
        differs[self.blind] = False
        return Score(float(differs.sum()), differs.astype(np.float32))


def flat(level: int = 100) -> Picture:
    return np.full((*SIZE, 3), level, np.uint8)


def everywhere(picture: Picture) -> np.ndarray:
    return np.ones(picture.shape[:2], bool)


def right_half(picture: Picture) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], bool)
    mask[:, 80:] = True
    return mask


def test_a90_is_the_size_the_judge_really_sees_from() -> None:
    """Area 100 is reached by a disc of 11.3 pixels, by the flattest ellipse at 13.5."""
    found = detect(Ruler(), 100, [flat] * 3, everywhere, settings=QUICK).finding("spot", 60)
    assert found.outcome is Outcome.MEASURED
    assert found.a90 is not None
    assert found.a90_95 is not None
    assert 11.0 < found.a90 < 14.5
    assert found.a90 < found.a90_95 < 18


def test_a_thin_scratch_must_be_longer_than_a_spot() -> None:
    found = detect(Ruler(), 40, [flat] * 3, everywhere, settings=replace(QUICK, cells=0))
    spot, scratch = (found.finding(kind, 60).a90 for kind in ("spot", "scratch"))
    assert spot is not None
    assert scratch is not None
    assert scratch > 1.5 * spot
    pooled = found.finding(ALL_KINDS, 60)
    assert pooled.found.total == sum(len(f.hits) for f in found.findings[:2])
    assert found.blind_map is None


def test_pictures_that_are_ng_without_a_defect_are_counted_and_not_drawn_into() -> None:
    judge = Ruler()
    good = [flat, partial(flat, 180), flat]
    found = detect(judge, 100, good, everywhere, settings=replace(QUICK, cells=0))
    assert (found.good.count, found.good.total) == (1, 3)
    assert all(np.median(image) == 100 for image in judge.judged[3:])


def test_one_judgement_a_defect_and_no_more_than_promised() -> None:
    judge, told = Ruler(), []
    found = detect(
        judge, 100, [flat] * 3, everywhere, settings=QUICK, progress=lambda *step: told.append(step)
    )
    assert found.blind_map is not None
    trials = sum(len(f.hits) for f in found.findings if f.kind != ALL_KINDS)
    assert len(judge.judged) == 3 + trials + sum(map(sum, found.blind_map.trials))
    assert len(judge.judged) <= 3 + QUICK.judgements == told[-1][2]
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1] == told[-1][2]


def test_defects_lie_only_where_they_may() -> None:
    judge = Ruler()
    detect(judge, 100, [flat] * 2, right_half, settings=QUICK)
    assert all((image[:, :80] == 100).all() for image in judge.judged)


def test_the_map_shows_where_it_is_blind_and_only_there() -> None:
    judge = Ruler((slice(0, 120), slice(0, 60)))
    blind = detect(judge, 60, [flat] * 3, everywhere, settings=QUICK).blind_map
    assert blind is not None
    rows, columns = len(blind.trials), len(blind.trials[0])
    assert (rows, columns) == (3, 4)
    assert all(blind.blind(i, 0) for i in range(rows))
    assert not any(blind.blind(i, 3) for i in range(rows))
    assert blind.box == (0, 0, *SIZE)
    assert blind.rate(0, 0).count == 0


def test_few_misses_do_not_make_a_cell_blind() -> None:
    counts = ((4, 3, 2, 1, 0),), ((4, 4, 4, 4, 0),)
    shown = BlindMap(("spot",), 60, 9, SIZE, (0, 0, *SIZE), *counts)
    assert [shown.blind(0, j) for j in range(5)] == [False, False, False, True, False]
    assert shown.blind_cells == 1


def test_a_patch_has_the_contrast_the_picture_gives() -> None:
    settings = DetectionSettings((Kind.PATCH,), (60.0,), trials=24, cells=6)
    found = detect(Ruler(), 30, [flat] * 2, everywhere, settings=settings)
    assert found.findings[0].contrast == 0
    assert found.findings[0].outcome is Outcome.NONE_FOUND
    assert len(found.findings) == 1


def test_the_same_seed_finds_the_same_and_another_does_not() -> None:
    settings = replace(QUICK, cells=0)
    one, two = (detect(Ruler(), 100, [flat] * 3, everywhere, settings=settings) for _ in range(2))
    assert one == two
    settings = replace(settings, seed=1)
    assert detect(Ruler(), 100, [flat] * 3, everywhere, settings=settings) != one


def test_findings_survive_json() -> None:
    found = replace(detect(Ruler(), 100, [flat] * 3, everywhere, settings=QUICK), mm_per_px=0.05)
    assert Detection.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_nothing_is_measured_where_nothing_can_be() -> None:
    with pytest.raises(DetectionError, match="All 2 held-out good pictures are NG"):
        detect(Ruler(), 100, [partial(flat, 180)] * 2, everywhere)
    with pytest.raises(DetectionError, match="no room"):
        detect(Ruler(), 100, [flat], lambda picture: everywhere(picture) & False)


def test_cancel_stops_between_two_judgements() -> None:
    judge = Ruler()
    with pytest.raises(Cancelled):
        detect(judge, 100, [flat] * 3, everywhere, cancelled=lambda: len(judge.judged) == 9)
    assert len(judge.judged) == 9


def test_patchcore_finds_large_defects_and_not_the_smallest(model: PatchCore) -> None:
    good = [partial(good_picture, seed) for seed in range(200, 206)]
    threshold = 1.15 * max(model.score(read()).value for read in good)
    settings = DetectionSettings((Kind.SPOT,), (60.0,), trials=30, cells=0)
    allowed = partial(area_of, model.preprocessing)
    found = detect(model, threshold, good, allowed, settings=settings)
    (spot,) = found.findings
    assert found.good.count == 0
    assert spot.outcome in {Outcome.MEASURED, Outcome.UNBOUNDED}
    assert spot.a90 is not None
    assert 2 < spot.a90 < 24


def test_the_area_is_the_region_of_interest(model: PatchCore) -> None:
    picture = good_picture(0)
    assert area_of(model.preprocessing, picture).all()
    area = area_of(replace(model.preprocessing, roi=(10, 20, 30, 40)), picture)
    assert area.sum() == 30 * 40
    assert area[10:40, 20:60].all()
    assert cv2.boundingRect(area.astype(np.uint8)) == (20, 10, 40, 30)


def test_the_area_leaves_out_what_is_ignored_and_follows_a_located_part(model: PatchCore) -> None:
    random = np.random.default_rng(0)
    board = cv2.resize(random.integers(40, 220, (24, 32, 3), np.uint8), (320, 240))
    anchor = Anchor.of(board, (90, 120, 60, 80))
    corner = ((60.0, 50.0), (100.0, 50.0), (100.0, 80.0), (60.0, 80.0))
    looking = replace(model.preprocessing, roi=(40, 50, 160, 220), ignored=(corner,), anchor=anchor)
    moved = cv2.warpAffine(board, np.float64([[1, 0, 12], [0, 1, -7]]), (320, 240))
    lying = area_of(replace(model.preprocessing, ignored=(corner,)), board)
    assert not lying[50:80, 60:100].any()
    assert lying.sum() > 240 * 320 - 1400
    here, there = area_of(looking, board), area_of(looking, moved)
    assert not here[50:80, 60:100].any()
    assert here[120, 160]
    assert not here[:40].any()
    shared = there[20:200, 60:300] == here[27:207, 48:288]
    assert shared.mean() > 0.97
    assert there.mean() == pytest.approx(here.mean(), abs=0.02)


def test_a_part_that_a_defect_hides_from_its_anchor_is_rejected() -> None:
    class Lost(Ruler):
        def score(self, image: Picture, /) -> Score:
            if (image != 100).any():
                raise NotInPlace("The part is not in place.")
            return super().score(image)

    found = detect(Lost(), 100, [flat], everywhere, settings=replace(QUICK, cells=0))
    assert all(each.outcome is Outcome.BELOW for each in found.findings)
