"""The wizard's page of the smallest defect, on a draft on disk and a judge of known truth."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.findings import DetectionSettings, Outcome
from engine.preprocessing import Preprocessing
from engine.score import Score
from engine.synthetic.shapes import Kind
from engine.tiling import Tiling
from station.detection import Plan
from station.detection_words import SYNTHETIC
from station.drafts import DraftPicture, DraftSession, Looking, ProductDraft, Taught
from station.drafts.summary import NOT_MEASURED, summary_lines
from station.ui.services import Services
from station.ui.wizard.detection import DetectionStep
from station.ui.wizard.detection_results import BLIND, CURVE, EXAMPLES

PLATE = np.full((96, 128, 3), 80, np.uint8)
PLATE[:, 64:] = 160
FEW = DetectionSettings((Kind.SPOT, Kind.PATCH), (60.0,), trials=24, cells=4, trials_a_cell=2)
THRESHOLD = 60.0


class Ruler:
    """Scores how many pixels differ from the plate."""

    preprocessing = Preprocessing(Tiling((96, 128), (96, 128)), None)

    def score(self, image: np.ndarray, /) -> Score:
        differs = (np.abs(image.astype(int) - PLATE) > 15).any(axis=2)
        return Score(float(differs.sum()), differs.astype(np.float32))


class Session(DraftSession):
    """A draft whose model is that ruler."""

    def open_model(self):
        return Ruler()


def drafted(folder: Path) -> ProductDraft:
    (folder / "good").mkdir(parents=True)
    for number in range(4):
        Image.fromarray(PLATE).save(folder / "good" / f"{number}.png")
    names = tuple(f"{number}.png" for number in range(4))
    draft = ProductDraft("plate", good=tuple(DraftPicture(name) for name in names))
    draft = replace(draft, looking=Looking(mm_per_px=0.1))
    key = draft.teaching_key
    taught = Taught(key, (), names, (0.0,) * 4, (96, 128), "ruler", "ruler", {})
    return replace(draft, taught=taught, threshold={"key": key, "value": THRESHOLD})


@pytest.fixture
def session(tmp_path: Path) -> Session:
    made = Session(tmp_path / "draft", ProductDraft())
    made.update(lambda _: drafted(made.folder))
    return made


@pytest.fixture
def page(qtbot: QtBot, services: Services) -> Iterator[DetectionStep]:
    made = DetectionStep(services)
    qtbot.addWidget(made)
    made.resize(980, 560)
    made.show()
    yield made
    made.leave()


def entered(page: DetectionStep, session: Session, qtbot: QtBot) -> None:
    page.enter(session)
    qtbot.waitUntil(lambda: page.planned is not None)


def measured(page: DetectionStep, session: Session, qtbot: QtBot) -> None:
    entered(page, session, qtbot)
    page.planned = Plan(FEW, 5.0)
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.found is not None)


def test_it_says_beforehand_how_long_it_takes_and_may_be_skipped(page, session, qtbot) -> None:
    entered(page, session, qtbot)
    assert "Measuring takes about 5 s on this machine" in page.outlook.text()
    assert page.missing == ""
    assert page.next_text == "Go on without measuring"
    assert page.caution.text() == SYNTHETIC
    assert page.caution.isVisible()
    lines = {line.name: line.text for line in summary_lines(session.draft)}
    assert lines["Smallest defect"] == NOT_MEASURED


def test_what_is_found_is_in_the_draft_and_shown_again_later(
    page, session, qtbot, services
) -> None:
    measured(page, session, qtbot)
    shown = page.results.sentence.text()
    assert "mm (" in shown
    assert "(strong, 60 grey levels)" in shown
    assert page.caution.isVisible()
    assert page.next_text == "Try it"
    lines = {line.name: line.text for line in summary_lines(session.draft)}
    assert "Spots (strong, 60 grey levels)" in lines["Smallest defect"]
    again = DetectionStep(services)
    qtbot.addWidget(again)
    again.enter(Session.open(session.folder))
    assert again.found == page.found
    assert again.results.sentence.text() == shown


def test_a_measurement_at_another_threshold_no_longer_counts(page, session, qtbot) -> None:
    measured(page, session, qtbot)
    session.change(threshold={**session.draft.threshold, "value": 50.0})
    page.planned = None
    page.enter(session)
    assert page.found is None
    assert page.outlook.text().startswith("It was measured before the threshold")
    qtbot.waitUntil(lambda: page.planned is not None)
    lines = {line.name: line.text for line in summary_lines(session.draft)}
    assert lines["Smallest defect"] == NOT_MEASURED


def test_cancel_changes_nothing(page, session, qtbot) -> None:
    entered(page, session, qtbot)
    page.planned = Plan(replace(FEW, trials=5000, cells=0), 99.0)
    page.button.click()
    assert page.missing == "Measuring … Wait, or press Cancel."
    assert not page.can_go_back
    qtbot.waitUntil(lambda: page.row.done > 6)
    page.button.click()
    qtbot.waitUntil(lambda: page.missing == "")
    assert page.outlook.text().startswith("Cancelled.")
    assert session.draft.detection == {}
    assert page.button.isEnabled()


def test_leaving_the_page_ends_the_measurement(page, session, qtbot) -> None:
    entered(page, session, qtbot)
    page.planned = Plan(replace(FEW, trials=5000, cells=0), 99.0)
    page.button.click()
    qtbot.waitUntil(lambda: page.row.done > 2)
    page.leave()
    assert page.missing == ""
    assert session.draft.detection == {}


def test_each_kind_has_its_curve_with_a_stroke_for_each_defect(page, session, qtbot) -> None:
    measured(page, session, qtbot)
    results = page.results
    assert results.stack.currentIndex() == CURVE
    finding = results.finding
    assert finding.kind == "spot"
    assert finding.outcome in {Outcome.MEASURED, Outcome.UNBOUNDED}
    curve = results.curve
    assert len(curve.hits.data) == finding.found.count
    assert len(curve.misses.data) == finding.found.total - finding.found.count
    assert curve.a90.isVisible()
    assert 10 ** curve.a90.value() == pytest.approx(finding.a90 * 0.1)
    results.kinds.choose(1)
    assert results.finding.kind == "missing patch"
    assert not results.contrasts.isEnabled()
    assert results.sentence.text().startswith("Missing patches (as the picture gives it)")


def test_examples_are_drawn_at_the_size_that_was_found(page, session, qtbot) -> None:
    measured(page, session, qtbot)
    page.results.views.choose(EXAMPLES)
    view = page.results.examples
    qtbot.waitUntil(lambda: len(view.examples) == 3)
    assert {each.size for each in view.examples} == {page.results.finding.a90}
    assert all((each.picture != PLATE).any() for each in view.examples)
    assert not view.grab().isNull()


def test_the_blind_map_lies_over_the_part(page, session, qtbot) -> None:
    measured(page, session, qtbot)
    page.results.views.choose(BLIND)
    assert page.results.blind.blind == page.found.blind_map
    assert "squares" in page.results.sentence.text() or "square" in page.results.sentence.text()
    assert not page.results.kinds.isVisible()
    assert page.caution.isVisible()
    assert not page.results.blind.grab().isNull()


def test_a_model_that_does_not_open_is_said(page, session, qtbot) -> None:
    session.change(taught=None)
    page.enter(DraftSession.open(session.folder))
    qtbot.waitUntil(lambda: "Go back to Teach" in page.outlook.text())
    assert page.button.isEnabled()
