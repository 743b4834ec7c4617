"""The coverage meter drawn: what each picture added, and the plain verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from station.ui import theme
from station.ui.cameras.meter_views import Meter

SMOOTHED = 7
"""Pictures whose median is a point of the line."""


class CoverageView(Meter):
    """A dot for what each picture added when it came, and a line through their medians."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Coverage: what each picture still added", parent)
        self.setMaximumHeight(16_777_215)
        self._dots = pg.ScatterPlotItem(size=6, brush=theme.FAINT, pen=pg.mkPen(None))
        self._line = pg.PlotDataItem(pen=pg.mkPen(theme.ACCENT, width=3))
        self.plot.addItem(self._dots)
        self.plot.addItem(self._line)
        self.plot.setAccessibleName("What each picture still added")
        self.figures.setWordWrap(True)

    def show_coverage(self, coverage: Mapping[str, Any], kept: int) -> None:
        """Draw `engine.coverage.Coverage` as JSON. kept: pictures that will be taught."""
        added = list(coverage.get("added", []))
        numbers = [(index + 1, value) for index, value in enumerate(added) if value is not None]
        xs, ys = [number for number, _ in numbers], [value for _, value in numbers]
        self._dots.setData(xs, ys)
        self._line.setData(xs, _medians(ys))
        self.plot.setRange(
            xRange=(0, max(len(added), 20) + 1), yRange=(0, 1.05 * max(ys, default=1.0)), padding=0
        )
        self.plot.getAxis("bottom").setTicks([_ticks(len(added))])
        sentence = str(coverage.get("sentence", "")) or "No pictures yet."
        enough = bool(coverage.get("enough", False))
        self.say(f"{kept} pictures" if enough else f"{kept} pictures so far", sentence)
        self.sentence.set_colour(theme.TEXT)


def _medians(values: Sequence[float]) -> list[float]:
    half = SMOOTHED // 2
    return [
        float(np.median(values[max(0, place - half) : place + half + 1]))
        for place in range(len(values))
    ]


def _ticks(count: int) -> list[tuple[int, str]]:
    last = max(count, 20)
    step = next(each for each in (5, 10, 20, 50, 100, 200, 500) if last / each <= 5 or each == 500)
    return [(number, str(number)) for number in range(step, last + 1, step)]
