"""What was found of synthetic defects: the curve, the defects themselves, the blind places."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.findings import ALL_KINDS, Detection, Finding
from engine.patchcore import PatchCore
from engine.progress import IsCancelled, Progress
from engine.synthetic.shapes import Kind
from station.detection import Example, examples
from station.detection_words import blindness, contrast, rejects, sentence
from station.drafts import DraftSession
from station.pictures import load_fit
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.inputs import Segments
from station.ui.threads import Job
from station.ui.widgets import Text
from station.ui.wizard.detection_curve import DetectionCurve
from station.ui.wizard.detection_pictures import BlindMapView, DefectExamples

CURVE, EXAMPLES, BLIND = range(3)
SHOWN = 3
PATIENCE_MS = 60_000
_WORDS = {ALL_KINDS: "All kinds"} | {kind.value: kind.value.capitalize() for kind in Kind}


class DetectionResults(QWidget):
    """Three views of one measurement; kinds and contrasts to choose from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Detection | None = None
        self.finding: Finding | None = None
        self._session: DraftSession | None = None
        self._model: PatchCore | None = None
        self._job: Job | None = None
        self._kinds: list[str] = []
        self.views = Segments(("Curve", "Examples", "Where it is blind"))
        self.kinds, self.contrasts = Segments(("",)), Segments(("",))
        self.sentence = Text(wrap=True, bold=True)
        self.curve, self.examples, self.blind = DetectionCurve(), DefectExamples(), BlindMapView()
        self.stack = QStackedWidget()
        self.note = Text(wrap=True, colour=theme.MUTED, factor=0.9)
        self._lay_out()
        self.views.changed.connect(self._on_view)

    def add_button(self, button: BigButton) -> None:
        """Put a button beside the views."""
        self._top.addWidget(button)

    def show_found(self, found: Detection, session: DraftSession) -> None:
        """Show that measurement of that draft."""
        self.stop()
        self.found, self._session = found, session
        named = [ALL_KINDS, *(kind.value for kind in Kind)]
        self._kinds = [kind for kind in named if any(f.kind == kind for f in found.findings)]
        self.kinds = self._replaced(self.kinds, [_WORDS[kind] for kind in self._kinds])
        levels = [contrast(each).split(",")[0].capitalize() for each in found.settings.contrasts]
        self.contrasts = self._replaced(self.contrasts, levels)
        self.views.choose(CURVE)

    def stop(self) -> None:
        """End drawing examples; returns when it has ended."""
        if self._job is not None:
            self._job.stop(PATIENCE_MS)
            self._end()

    def close_model(self) -> None:
        """Let go of the model that examples are judged with."""
        self._model = None

    def _replaced(self, old: Segments, options: list[str]) -> Segments:
        new = Segments(options)
        self._choice.replaceWidget(old, new)
        old.hide()
        old.deleteLater()
        new.changed.connect(self._on_choice)
        return new

    @Slot(int)
    def _on_view(self, index: int) -> None:
        for chooser in (self.kinds, self.contrasts):
            chooser.setVisible(index != BLIND)
        self.stack.setCurrentIndex(index)
        self._on_choice()

    @Slot()
    def _on_choice(self) -> None:
        if self.found is None:
            return
        kind = self._kinds[self.kinds.index]
        as_found = kind == Kind.PATCH.value
        self.contrasts.setEnabled(not as_found)
        levels = 0.0 if as_found else self.found.settings.contrasts[self.contrasts.index]
        self.finding = self.found.finding(kind, levels)
        self._show(self.found, self.finding)

    def _show(self, found: Detection, finding: Finding) -> None:
        view = self.stack.currentIndex()
        if view == BLIND:
            self.sentence.setText(blindness(found.blind_map, found.mm_per_px))
            self.note.setText(_BLIND_NOTE)
            self._show_blind(found)
            return
        self.sentence.setText(sentence(finding, found.mm_per_px))
        if view == CURVE:
            self.curve.show_finding(finding, found.mm_per_px)
            pooled = _POOLED_NOTE if finding.kind == ALL_KINDS else ""
            self.note.setText(f"{_CURVE_NOTE} {rejects(found)}{pooled}")
        else:
            self.note.setText(_EXAMPLES_NOTE)
            self._draw(finding)

    def _show_blind(self, found: Detection) -> None:
        assert self._session is not None
        paths = self._session.held_out_paths()
        if found.blind_map is None or not paths:
            self.blind.show_message("Where the part is blind was not measured.")
            return
        self.blind.show_map(found.blind_map, load_fit(paths[0]))

    def _draw(self, finding: Finding) -> None:
        self.stop()
        self.examples.show_message("Drawing and judging a few …")
        self._job = Job(partial(self._work, finding), self)
        self._job.done.connect(self._on_drawn)
        self._job.failed.connect(self._on_failed)
        self._job.start()

    def _work(
        self, finding: Finding, _progress: Progress, _cancelled: IsCancelled
    ) -> list[Example]:
        assert self._session is not None
        assert self.found is not None
        if self._model is None:
            self._model = self._session.open_model()
        paths = self._session.held_out_paths()
        return examples(self._model, self.found, finding, paths, SHOWN)

    @Slot(object)
    def _on_drawn(self, drawn: list[Example]) -> None:
        self._end()
        if self.found is not None:
            self.examples.show_examples(drawn, self.found.mm_per_px)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._end()
        self.examples.show_message(sentence)

    def _end(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job = None

    def _lay_out(self) -> None:
        self._top, self._choice = QHBoxLayout(), QHBoxLayout()
        for row in (self._top, self._choice):
            row.setSpacing(theme.GAP)
        self._top.addWidget(self.views)
        self._top.addStretch(1)
        self._choice.addWidget(self.kinds)
        self._choice.addStretch(1)
        self._choice.addWidget(self.contrasts)
        for widget in (self.curve, self.examples, self.blind):
            self.stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._top)
        column.addLayout(self._choice)
        column.addWidget(self.sentence)
        column.addWidget(self.stack, 1)
        column.addWidget(self.note)


_CURVE_NOTE = "One stroke is one defect: found (top) or missed (bottom). Shaded: its 95 % bounds."
_POOLED_NOTE = " All kinds but missing patches: their contrast differs."
_EXAMPLES_NOTE = "The bar is as long as the defect is said to be."
_BLIND_NOTE = (
    "Found of tried in each square. Yellow: some were missed. Barred: blind; so few are found in "
    "less than 1 of 100 squares that find 90 %."
)
