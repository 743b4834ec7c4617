"""What every graph of the window has in common."""

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QWidget

from station.ui import theme

SHARE = 0.9
"""Height of a graph's words over the window's body text."""


def make_still(plot: pg.PlotWidget, parent: QWidget) -> None:
    """Make a graph that is only looked at: no menu, no dragging, no buttons, no focus."""
    plot.setMenuEnabled(False)
    menu = plot.plotItem.ctrlMenu
    # pyqtgraph makes this menu without a parent: it would outlive the window.
    menu.setParent(parent, menu.windowFlags())
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    _Follower(plot)


def dress_axis(
    plot: pg.PlotWidget,
    name: str,
    label: str = "",
    *,
    ink: QColor = theme.MUTED,
    bold: bool = False,
) -> pg.AxisItem:
    """Show an axis quietly, with plain numbers; returns it. name: "left", "bottom" …"""
    plot.showAxis(name)
    axis = plot.getAxis(name)
    axis.setPen(theme.LINE)
    axis.setTextPen(ink)
    axis.setLabel(label or None)
    _size_axis(plot, axis, bold)
    axis.enableAutoSIPrefix(False)
    return axis


def size_words(plot: pg.PlotWidget) -> None:
    """Give all words of a graph their size; call it once words were added."""
    for place in plot.plotItem.axes.values():
        axis = place["item"]
        known = axis.style["tickFont"]
        _size_axis(plot, axis, known is not None and known.bold())
    for item in plot.plotItem.items:
        word = getattr(item, "label", item)
        if isinstance(word, pg.TextItem):
            word.setFont(_font(plot, word.textItem.font().bold()))


class _Follower(QObject):
    """Lets a graph's words follow the window's text."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        plot.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look only; nothing is kept from the graph."""
        if watched is self._plot and event.type() == QEvent.Type.FontChange:
            size_words(self._plot)
        return False


def _size_axis(plot: pg.PlotWidget, axis: pg.AxisItem, bold: bool) -> None:
    font = _font(plot, bold)
    axis.setStyle(tickFont=font)
    axis.label.setFont(_font(plot, bold=False))
    if axis.orientation in {"top", "bottom"}:
        # pyqtgraph itself leaves 0.8 of it, and cuts what hangs below the line.
        height = QFontMetrics(font).height()
        axis.setStyle(autoExpandTextSpace=False, tickTextHeight=height)


def _font(plot: pg.PlotWidget, bold: bool) -> QFont:
    font = QFont(plot.font())
    font.setPixelSize(max(1, round(SHARE * font.pixelSize())))
    font.setBold(bold)
    return font
