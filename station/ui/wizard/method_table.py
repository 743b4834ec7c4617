"""The methods side by side: one can be chosen, a refused one says why it cannot."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.rates import Rate
from engine.threshold import COST, ESCAPE_LIMIT, MEAN_SIGMA, QUANTILE, TAIL
from engine.thresholds.cost import ShiftCost
from engine.thresholds.table import Alternative, Alternatives, Refused, Wanted
from station.ui import theme
from station.ui.wording import score_text

ROW = 48
"""Pixels: a gloved finger hits it."""
HEADINGS = ("Method", "NG from", "Good rejected", "Bad escaped", "A shift costs")


class MethodTable(QTableWidget):
    """chosen: the name of the method that a person has pressed or gone to by arrow key."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self._methods: list[str] = []
        self._names: list[str] = []
        self._method = ""
        self._small: list[QTableWidgetItem] = []
        self.setHorizontalHeaderLabels(HEADINGS)
        self.setAccessibleName("Methods to set the threshold; arrow keys choose one")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(True)
        self._dress()
        self.itemSelectionChanged.connect(self._on_selected)

    @property
    def method(self) -> str:
        """The method that is marked; "" where the threshold was set by hand."""
        return self._method

    def row_of(self, method: str) -> int:
        """Where that method stands."""
        return self._methods.index(method)

    def show_table(self, table: Alternatives) -> None:
        """Fill in what every method would do."""
        self.blockSignals(True)
        self.clearSpans()
        self._small = []
        self._methods = [row.method for row in table]
        self._names = [name_of(method, table.wanted) for method in self._methods]
        self.setRowCount(len(self._methods))
        for number, row in enumerate(table):
            self._fill(number, row)
        self.blockSignals(False)
        self._fit_fonts()
        self.mark(self._method)

    def mark(self, method: str) -> None:
        """Mark that method as the one in force, or none."""
        self._method = method if method in self._methods else ""
        self.blockSignals(True)
        self.clearSelection()
        for number, name in enumerate(self._methods):
            if item := self.item(number, 0):
                item.setText(f"{'✓' if name == self._method else ' '} {self._names[number]}")
        if self._method:
            self.setCurrentCell(self.row_of(self._method), 0)
            self.selectRow(self.row_of(self._method))
        self.blockSignals(False)

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(560, self._height())

    def minimumSizeHint(self) -> QSize:
        """All rows: none may hide."""
        return QSize(480, self._height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window's body text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_fonts()

    def _fit_fonts(self) -> None:
        small = QFont(self.font())
        small.setPixelSize(round(self.font().pixelSize() * 0.85))
        self.horizontalHeader().setFont(small)
        for item in self._small:
            item.setFont(small)

    def _height(self) -> int:
        return self.horizontalHeader().sizeHint().height() + 5 * ROW + 4

    @Slot()
    def _on_selected(self) -> None:
        rows = self.selectionModel().selectedRows()
        if rows:
            self.chosen.emit(self._methods[rows[0].row()])

    def _fill(self, number: int, row: Alternative | Refused) -> None:
        texts = ["", *(_figures(row) if isinstance(row, Alternative) else (row.refusal,))]
        open_ = isinstance(row, Alternative)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setFlags(_OPEN if open_ else _CLOSED)
            item.setForeground(theme.TEXT if open_ else theme.MUTED)
            if not open_ and column:
                self._small.append(item)
                item.setToolTip(text)
            elif column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.setItem(number, column, item)
        if not open_:
            self.setSpan(number, 1, 1, len(HEADINGS) - 1)

    def _dress(self) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        palette = self.palette()
        palette.setColor(palette.ColorRole.Highlight, QColor(theme.CALM))
        palette.setColor(palette.ColorRole.HighlightedText, theme.TEXT)
        self.setPalette(palette)


def name_of(method: str, wanted: Wanted) -> str:
    """A method and what it is asked for, as short as a column."""
    return {
        MEAN_SIGMA: f"mean + {wanted.sigmas:g}·sigma",
        QUANTILE: f"{wanted.share * 100:.4g} % quantile",
        TAIL: f"tail: 1 in {1 / wanted.tail_rate:,.0f}",
        ESCAPE_LIMIT: f"escapes ≤ {wanted.escape_limit * 100:.3g} %",
        COST: "least cost",
    }.get(method, method)


def rate_text(rate: Rate) -> str:
    """Counted parts; unknown where none were shown."""
    return f"{rate.count} of {rate.total}" if rate.total else "unknown"


def money(value: float) -> str:
    """Cents below 100, then whole."""
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def cost_text(cost: ShiftCost) -> str:
    """What is expected, or at least what false rejects cost."""
    if cost.expected is None:
        return "unknown"
    return money(cost.expected)


def shift_text(cost: ShiftCost) -> str:
    """The same with what it may truly be; no sum is expected while escapes are unknown."""
    between = f"{money(cost.low)} to {money(cost.high)}"
    return between if cost.expected is None else f"{money(cost.expected)} ({between})"


def _figures(row: Alternative) -> tuple[str, ...]:
    found = row.threshold
    cost = cost_text(row.cost) if row.cost else ""
    return (
        score_text(found.value),
        rate_text(found.false_rejects),
        rate_text(found.escapes),
        cost,
    )


_OPEN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_CLOSED = Qt.ItemFlag.NoItemFlags
