"""What every graph of the window has in common."""

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def make_still(plot: pg.PlotWidget, parent: QWidget) -> None:
    """Make a graph that is only looked at: no menu, no dragging, no buttons, no focus."""
    plot.setMenuEnabled(False)
    menu = plot.plotItem.ctrlMenu
    # pyqtgraph makes this menu without a parent: it would outlive the window.
    menu.setParent(parent, menu.windowFlags())
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
