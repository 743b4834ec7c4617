"""Save a time range of the ledger as CSV and PDF."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDateTimeEdit, QHBoxLayout, QWidget

from engine.progress import IsCancelled, Progress, raise_if
from station.errors import StationError
from station.home import Home
from station.shifts import Shift, Shifts
from station.ui import theme
from station.ui.inputs import FolderField, Segments, Toggle
from station.ui.sheet import Sheet
from station.ui.threads import Job
from station.ui.widgets import Text

RANGES = ("This run", "Today", "Last 24 h", "From – to")
SHIFT_RANGES = ("This shift", "Last shift")
"""Offered beside `RANGES` where the station has shifts."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to save, where.

    start, end: UTC-aware; end is not included. shift: the one that this is, None for another range.
    """

    start: datetime
    end: datetime
    folder: Path
    csv: bool
    pdf: bool
    shift: Shift | None = None


Export = Callable[[Home, ExportRequest, Progress, IsCancelled], list[Path]]


def export(
    home: Home, request: ExportRequest, progress: Progress, cancelled: IsCancelled
) -> list[Path]:
    """Write the files; returns their paths. Raises StationError where that cannot be."""
    from station.ledger.reader import LedgerReader
    from station.reports.csv_export import write_csv
    from station.reports.shift_report import gather
    from station.ui.pdf import write_pdf

    stem = _stem(request)
    written = []
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StationError(
            f"The folder '{request.folder}' cannot be made: {error.strerror}. Choose another."
        ) from error
    with LedgerReader.open(home) as reader:
        if request.csv:
            progress("CSV", 0, 1)
            written.append(request.folder / f"{stem}.csv")
            write_csv(reader.rows(request.start, request.end), written[-1])
        raise_if(cancelled)
        if request.pdf:
            progress("PDF", 0, 1)
            written.append(request.folder / f"{stem}.pdf")
            made = gather(reader, home, request.start, request.end, shift=request.shift)
            write_pdf(made, written[-1])
    return written


def _stem(request: ExportRequest) -> str:
    times = f"{request.start.astimezone():%Y-%m-%d %H%M} to {request.end.astimezone():%d %H%M}"
    name = "".join(letter for letter in _name(request.shift) if letter.isalnum() or letter in " -_")
    return " ".join(filter(None, ("shift", name.strip(), times)))


def _name(shift: Shift | None) -> str:
    return shift.name if shift is not None else ""


@dataclass(frozen=True, slots=True)
class _Choice:
    this: Shift
    last: Shift

    @classmethod
    def of(cls, shifts: Shifts, now: datetime) -> "_Choice":
        return cls(shifts.shift_at(now), shifts.last_ended(now))


class ExportSheet(Sheet):
    """Asks for range and formats, saves in a `Job`, then offers the folder."""

    def __init__(
        self,
        home: Home,
        now: datetime,
        run_started: datetime | None,
        parent: QWidget,
        *,
        export: Export = export,
        shifts: Shifts | None = None,
    ) -> None:
        super().__init__("Export a shift", "Save", parent, "Close")
        self._shifts = _Choice.of(shifts, now) if shifts is not None else None
        self._home, self._now, self._run_started, self._export = home, now, run_started, export
        self._written: list[Path] = []
        self.job: Job | None = None
        self.range = Segments((*RANGES, *(SHIFT_RANGES if shifts is not None else ())))
        self.start, self.end = _time_edit(now - timedelta(hours=8)), _time_edit(now)
        self.pdf, self.csv = Toggle("PDF: one page", True), Toggle("CSV: every part", True)
        self.folder = FolderField("Folder for the export")
        self.folder.set_folder(home.root / "reports")
        self.status = Text(wrap=True)
        self._lay_out()
        self.range.changed.connect(self._on_range)
        for box in (self.pdf, self.csv):
            box.toggled.connect(self._check)
        for edit in (self.start, self.end):
            edit.dateTimeChanged.connect(self._check)
        self.range.button(0).setEnabled(run_started is not None)
        self.range.choose(0 if run_started is not None else 1)

    @property
    def request(self) -> ExportRequest:
        """What the person has chosen."""
        start, end = self._chosen_range()
        folder = self.folder.folder or self._home.root
        csv, pdf = self.csv.isChecked(), self.pdf.isChecked()
        return ExportRequest(start, end, folder, csv, pdf, self._chosen_shift())

    @Slot()
    def accept(self) -> None:
        """Save; once saved, the same button opens the folder."""
        if self._written:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written[0].parent)))
            return
        self.job = Job(partial(self._export, self._home, self.request), self)
        self.job.progress.connect(self._on_progress)
        self.job.done.connect(self._on_done)
        self.job.failed.connect(self._on_failed)
        self.job.cancelled.connect(self._end_job)
        self.accept_button.setEnabled(False)
        self.status.setText("Saving …")
        self.job.start()

    @Slot(int)
    def done(self, result: int) -> None:
        """Close; a job that still runs is stopped first."""
        if self.job is not None:
            self.job.stop(60_000)
        super().done(result)

    def _chosen_shift(self) -> Shift | None:
        if self._shifts is None or self.range.index < len(RANGES):
            return None
        return self._shifts.this if self.range.index == len(RANGES) else self._shifts.last

    def _chosen_range(self) -> tuple[datetime, datetime]:
        until = self._now + timedelta(seconds=1)
        shift = self._chosen_shift()
        if shift is not None:
            return shift.start, min(shift.end, until)
        if self.range.index == 0 and self._run_started is not None:
            return self._run_started, until
        if self.range.index == 1:
            midnight = self._now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
            return midnight, until
        if self.range.index == 2:
            return self._now - timedelta(hours=24), until
        return _time(self.start), _time(self.end)

    @Slot(int)
    def _on_range(self, index: int) -> None:
        for edit in (self.start, self.end):
            edit.setEnabled(index == 3)
        shift = self._chosen_shift()
        self.status.setText(f"Shift {shift.text}" if shift is not None else "")
        self._check()

    @Slot()
    def _check(self) -> None:
        start, end = self._chosen_range()
        self._written = []
        self.accept_button.setText("Save")
        if start >= end:
            self.say_missing("The end is not after the start.")
        elif not (self.pdf.isChecked() or self.csv.isChecked()):
            self.say_missing("Choose PDF, CSV or both.")
        else:
            self.say_missing("")

    @Slot(str, int, int)
    def _on_progress(self, stage: str, _done: int, _total: int) -> None:
        self.status.setText(f"Saving {stage} …")

    @Slot(object)
    def _on_done(self, written: list[Path]) -> None:
        self._written = written
        self.status.setText("Saved:\n" + "\n".join(path.name for path in written))
        self.accept_button.setText("Open folder")
        self._end_job()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.status.setText(sentence)
        self._end_job()

    @Slot()
    def _end_job(self) -> None:
        if self.job is not None:
            self.job.wait()
            self.job.deleteLater()
        self.job = None
        self.accept_button.setEnabled(True)

    def _lay_out(self) -> None:
        self.section("Time", self.range)
        self.body.addWidget(_side_by_side(self.start, Text("to"), self.end))
        self.section("What", _side_by_side(self.pdf, self.csv))
        self.section("Where", self.folder)
        self.body.addWidget(self.status)
        self.setMinimumWidth(640)


def _side_by_side(*widgets: QWidget) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.GAP)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return group


def _time_edit(moment: datetime) -> QDateTimeEdit:
    edit = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))
    edit.setDisplayFormat("yyyy-MM-dd HH:mm")
    edit.setCalendarPopup(True)
    edit.setMinimumSize(200, theme.TOUCH)
    return edit


def _time(edit: QDateTimeEdit) -> datetime:
    return datetime.fromtimestamp(edit.dateTime().toSecsSinceEpoch()).astimezone()
