"""Choose what looks at the parts and what says that one is there."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QStackedWidget, QWidget

from station.ui import theme
from station.ui.inputs import FolderField, Segments, Stepper, Toggle, field_name, line_edit
from station.ui.services import CameraSettings, TriggerChoice, TriggerKind
from station.ui.sheet import Sheet
from station.ui.widgets import Text

KINDS = ("folder", "video", "usb", "virtual line")
KIND_TEXTS = ("Folder", "Video or RTSP", "USB camera", "Virtual line")
TRIGGERS = tuple(TriggerKind)


class CameraSheet(Sheet):
    """chosen: camera settings and a `TriggerChoice`."""

    chosen = Signal(object, object)

    def __init__(self, settings: CameraSettings, trigger: TriggerChoice, parent: QWidget) -> None:
        super().__init__("Camera and trigger", "Use this camera", parent)
        self.kind = Segments(KIND_TEXTS)
        self.form = CameraForm(settings)
        self.section("Camera", self.kind)
        self.body.addWidget(self.form)
        self.trigger = Segments([kind.value for kind in TRIGGERS])
        self.period = Stepper(0.1, 60, trigger.period_s, step=0.1, decimals=1, unit="s")
        self.section("What says that a part is there", self.trigger)
        self.section("Period", self.period)
        self.explanation = Text(colour=theme.MUTED, wrap=True)
        self.body.addWidget(self.explanation)
        self.body.addStretch(1)
        self.setMinimumWidth(660)
        self.kind.changed.connect(self._on_kind)
        self.trigger.changed.connect(self._on_trigger)
        self.form.changed.connect(self._check)
        self.accepted.connect(self._on_accepted)
        kind = settings.get("kind", KINDS[0])
        self.kind.choose(KINDS.index(str(kind)) if kind in KINDS else 0)
        self.trigger.choose(TRIGGERS.index(trigger.kind))

    @Slot(int)
    def _on_kind(self, index: int) -> None:
        self.form.setCurrentIndex(index)
        self._check()

    @Slot(int)
    def _on_trigger(self, index: int) -> None:
        kind = TRIGGERS[index]
        self.period.setEnabled(kind is TriggerKind.INTERVAL)
        self.explanation.setText(_EXPLANATIONS[kind])

    @Slot()
    def _check(self) -> None:
        self.say_missing(self.form.missing)

    @Slot()
    def _on_accepted(self) -> None:
        choice = TriggerChoice(TRIGGERS[self.trigger.index], round(self.period.value, 3))
        self.chosen.emit(self.form.settings, choice)


class CameraForm(QStackedWidget):
    """One page a kind of camera, in the order of `KINDS`. changed: something was entered."""

    changed = Signal()

    def __init__(self, settings: CameraSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = FolderField("Folder of pictures")
        self.rate = Stepper(0, 60, float(settings.get("rate_hz", 2)), unit="a second")
        self.loop = Toggle("Begin again after the last", bool(settings.get("loop", False)))
        self.address = line_edit("line.mp4 or rtsp://camera/stream")
        self.index = Stepper(0, 15, float(settings.get("index", 0)))
        self.seed = Stepper(0, 99_999, float(settings.get("seed", 0)))
        self.defects = Stepper(
            0, 100, 100 * float(settings.get("defect_rate", 0.1)), unit="%", step=5
        )
        self._add_page(
            ("Folder", self.folder), ("Rate (0: as fast as judged)", self.rate), ("", self.loop)
        )
        self._add_page(("File or address", self.address))
        self._add_page(("Number of the camera", self.index))
        self._add_page(("Seed", self.seed), ("Defective boards", self.defects))
        self._other = {
            key: value for key, value in settings.items() if key not in {"rate_hz", "loop", "path"}
        }
        self.folder.changed.connect(self._on_change)
        self.address.textChanged.connect(self._on_change)
        self._fill(settings)

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """What `build_camera` takes."""
        kind = KINDS[self.currentIndex()]
        kept = self._other if self._other.get("kind") == kind else {}
        if kind == "folder":
            return {
                "kind": kind,
                "path": str(self.folder.folder),
                "rate_hz": self.rate.value,
                "loop": self.loop.isChecked(),
                **kept,
            }
        if kind == "video":
            return {"kind": kind, "address": self.address.text().strip()}
        if kind == "usb":
            index = int(self.index.value)
            locked = kept if kept.get("index") == index else {}
            return {**locked, "kind": kind, "index": index}
        mine = {"seed": int(self.seed.value), "defect_rate": self.defects.value / 100}
        return {**kept, "kind": kind, **mine}

    @property
    def missing(self) -> str:
        """What must still be entered; empty when nothing."""
        kind = KINDS[self.currentIndex()]
        if kind == "folder" and self.folder.folder is None:
            return "Choose a folder."
        if kind == "video" and not self.address.text().strip():
            return "Enter a file or an address."
        return ""

    def _fill(self, settings: CameraSettings) -> None:
        if settings.get("kind") == "folder":
            self.folder.set_folder(Path(str(settings["path"])))
        self.address.setText(str(settings.get("address", "")))

    def _add_page(self, *fields: tuple[str, QWidget]) -> None:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(theme.GAP)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for name, widget in fields:
            form.addRow(field_name(name), widget)
        self.addWidget(page)

    @Slot()
    def _on_change(self) -> None:
        self.changed.emit()


_EXPLANATIONS = {
    TriggerKind.FREE_RUN: "The next picture is taken as soon as there is room for it.",
    TriggerKind.INTERVAL: "Fires on time whatever happens; a part too many is recorded as FAULT.",
    TriggerKind.KEY: "Press Enter or T for each part.",
    TriggerKind.LINE: "The PLC triggers each part, and gets its verdict.",
    TriggerKind.CAMERA: "A sensor wired to the camera triggers it; each picture is a part.",
}
