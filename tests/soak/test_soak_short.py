"""A soak of some seconds with chosen faults: what `make soak` reckons, it reckons rightly.

Takes more than a minute, so it is asked for by name: `pytest --override-ini addopts= tests/soak`.
"""

import pytest

from station.home import Home
from tests.soak import saboteur
from tests.soak.reckoning import reckon
from tests.soak.soak import Plan, soak


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A station that loses its camera once and is killed once, and its home afterwards."""
    folder = tmp_path_factory.mktemp("soak")
    home = folder / "home"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saboteur, "GAP_S", (0.5, 1.0))
        plan = Plan(40.0, 3, boards=20, only=("camera lost", "station killed"), home=home)
        yield soak(plan, folder, print), Home(home)


def test_every_trigger_has_its_row_though_camera_and_station_go(short):
    report, _ = short
    assert not report.failures, report.failures
    assert {each.kind for each in report.injected} == {"camera lost", "station killed"}
    found = report.reckoning
    assert found.interrupted >= 1
    assert found.triggers == found.rows >= found.acknowledged >= 20
    assert found.reasons["no frame"] >= 1
    assert any("PASSED" in line for line in report.lines())


def test_a_row_that_is_missing_or_told_otherwise_fails_the_soak(short):
    report, home = short
    boards = report.boards
    number = next(iter(boards.heard))
    ((answer, sequence),) = boards.heard[number]
    boards.heard[number] = [(answer, sequence + 1)]
    never = [boards.offered + 1 + each for each in range(report.reckoning.nameless + 1)]
    boards.accepted.extend(never)
    try:
        findings = reckon(home, boards).findings
    finally:
        boards.heard[number] = [(answer, sequence)]
        del boards.accepted[-len(never) :]
    assert any("the line heard" in each for each in findings)
    assert any("were lost" in each for each in findings)
