"""Bad pictures among the good ones come first, also where several share a defect."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine.errors import Cancelled, TeachError
from engine.leave_out import Part, look_alikes, unlike
from engine.suspects import SHOWN, Suspects, Usual, find_suspects
from engine.teach import ReadImage
from tests.engine.pictures import SMALL, bad_picture, good_picture
from tests.engine.test_places import SETTINGS, board

GOOD = [partial(good_picture, seed) for seed in range(24)]


def numbers(found: Suspects) -> list[int]:
    return [each.picture for each in found.ranked]


def hidden_images() -> list[ReadImage]:
    images: list[ReadImage] = list(GOOD)
    images[5], images[17] = partial(bad_picture, 100), partial(bad_picture, 101)
    return images


@pytest.fixture(scope="module")
def hidden() -> Suspects:
    """Pictures 5 and 17 are bad."""
    return find_suspects(hidden_images(), SMALL)


def test_hidden_bad_pictures_come_first_and_stand_out(hidden: Suspects) -> None:
    assert set(numbers(hidden)[:2]) == {5, 17}
    assert {each.picture for each in hidden.outstanding} >= {5, 17}
    assert sorted(numbers(hidden)) == list(range(24))
    scores = [each.score for each in hidden.ranked]
    assert scores == sorted(scores, reverse=True)


def test_the_map_peaks_at_the_defect_with_the_score(hidden: Suspects) -> None:
    worst = hidden.ranked[0]
    row, column = np.unravel_index(worst.anomaly_map.argmax(), worst.anomaly_map.shape)
    assert worst.anomaly_map.shape == (96, 128)
    assert abs(row - 48) < 14
    assert abs(column - 64) < 24
    assert worst.anomaly_map.max() == pytest.approx(worst.score)


@pytest.fixture(scope="module")
def alike() -> Suspects:
    """The last five of 100 pictures have the same scratch at the same place."""
    images = [partial(good_picture, seed) for seed in range(95)]
    images += [partial(bad_picture, seed) for seed in (200, 201, 202, 203, 204)]
    return find_suspects(images, replace(SMALL, side=64))


def test_five_pictures_with_the_same_defect_do_not_cover_one_another(alike: Suspects) -> None:
    assert set(numbers(alike)[:5]) == {95, 96, 97, 98, 99}


def test_only_the_first_and_the_outstanding_have_maps(alike: Suspects) -> None:
    assert all(each.anomaly_map.size for each in alike.ranked[:SHOWN])
    assert not alike.ranked[-1].anomaly_map.size


def test_among_good_pictures_alone_hardly_any_stands_out() -> None:
    found = find_suspects(GOOD, SMALL)
    assert len(found.outstanding) <= 1


def test_the_same_seed_gives_the_same_list(hidden: Suspects) -> None:
    assert find_suspects(hidden_images(), SMALL).to_json() == hidden.to_json()


def test_by_position_a_joint_where_none_belongs_comes_first() -> None:
    images = [partial(board, seed) for seed in range(11)]
    found = find_suspects([*images, partial(board, 50, (96, 150))], SETTINGS)
    worst = found.ranked[0]
    assert worst.picture == 11
    row, column = np.unravel_index(worst.anomaly_map.argmax(), worst.anomaly_map.shape)
    assert np.hypot(row - 96, column - 150) < 16


def test_a_region_of_interest_without_the_defect_hides_it() -> None:
    images = [*GOOD[:11], partial(bad_picture, 100)]
    beside = find_suspects(images, replace(SMALL, roi=(0, 0, 32, 128)))
    assert beside.outstanding == () or beside.outstanding[0].picture != 11
    assert not beside.ranked[0].anomaly_map[40:].any()


def test_sampled_patches_still_give_a_whole_map() -> None:
    images = [*GOOD[:11], partial(bad_picture, 100)]
    found = find_suspects(images, replace(SMALL, most_vectors=12 * 60))
    assert numbers(found)[0] == 11
    assert np.isfinite(found.ranked[0].anomaly_map).all()


def test_cancelled_it_stops_between_pictures() -> None:
    stages: list[str] = []
    with pytest.raises(Cancelled):
        find_suspects(
            GOOD[:6],
            SMALL,
            progress=lambda stage, done, total: stages.append(stage),
            cancelled=lambda: "comparing" in stages,
        )
    assert "maps" not in stages


def test_one_picture_alone_is_refused() -> None:
    with pytest.raises(TeachError, match="cannot show what varies"):
        find_suspects(GOOD[:1], SMALL)


def test_patches_are_as_unlike_as_by_brute_force() -> None:
    random = np.random.default_rng(0)
    queries, references = (random.random((count, 6), np.float32) for count in (50, 200))
    owners = np.sort(np.concatenate([np.arange(11), random.integers(0, 11, 189)])).astype(np.int32)
    pictures = np.sort(random.integers(0, 11, 50)).astype(np.int32)
    found = unlike(Part(np.arange(50), queries, pictures, references, owners), shared=1)
    for query, picture, score in zip(queries, pictures, found, strict=True):
        others = [references[owners == other] for other in range(11) if other != picture]
        nearest = sorted(np.linalg.norm(each - query, axis=1).min() for each in others)
        assert score == pytest.approx(nearest[1] ** 2 / nearest[2], rel=1e-4)


@pytest.mark.parametrize(("pictures", "expected"), [(2, 1), (20, 1), (105, 5), (200, 10)])
def test_how_many_may_share_a_defect(pictures: int, expected: int) -> None:
    assert look_alikes(pictures) == expected


def test_usual_scores_are_not_moved_by_a_few_bad_ones() -> None:
    scores: Sequence[float] = list(np.exp(np.random.default_rng(0).normal(0, 0.1, 400)))
    clean, spoilt = Usual.of(scores), Usual.of([*scores, *[50.0] * 20])
    assert clean.spread == pytest.approx(0.1, rel=0.15)
    assert spoilt.limit == pytest.approx(clean.limit, rel=0.05)
    assert spoilt.high > spoilt.limit > spoilt.median
