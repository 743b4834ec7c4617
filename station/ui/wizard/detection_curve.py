"""Probability of detection against size: trials, curve, bounds, and what is read off it."""

from math import log10

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.findings import GOAL, BandPoint, Finding
from station.detection_words import length
from station.ui import theme
from station.ui.plots import dress_axis, make_still, size_words
from station.ui.widgets import Card

HIT, MISS = 1.1, -0.14
"""Where the ticks of found and missed ones stand."""
BAND = QColor(10, 90, 168, 45)
SERIES = (1, 2, 5)


class DetectionCurve(Card):
    """Draws one finding; sizes in mm where a pixel's is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WHITE)
        self.finding: Finding | None = None
        self.plot = pg.PlotWidget(background=theme.WHITE)
        self.hits = self._ticks(theme.TEXT)
        self.misses = self._ticks(theme.ALARM)
        self.low, self.high = (self.plot.plot(pen=pg.mkPen(None)) for _ in range(2))
        self.band = pg.FillBetweenItem(self.low, self.high, brush=BAND)
        self.plot.addItem(self.band)
        self.curve = self.plot.plot(pen=pg.mkPen(theme.ACCENT, width=3))
        goal = pg.InfiniteLine(GOAL, angle=0, pen=pg.mkPen(theme.FAINT, width=1, style=_DASH))
        self.plot.addItem(goal, ignoreBounds=True)
        self.a90 = self._mark(theme.ACCENT, Qt.PenStyle.SolidLine, 0.14)
        self.bound = self._mark(theme.TEXT, _DASH, 0.3)
        self._dress()
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 8, 12, 4)
        box.addWidget(self.plot)

    def show_finding(self, finding: Finding, mm_per_px: float | None) -> None:
        """Draw that one."""
        self.finding = finding
        scale = mm_per_px or 1.0
        pairs = list(zip(finding.sizes, finding.hits, strict=True))
        for item, wanted, height in ((self.hits, True, HIT), (self.misses, False, MISS)):
            places = [log10(size * scale) for size, hit in pairs if hit is wanted]
            item.setData(places, [height] * len(places))
        start, end = log10(finding.smallest * scale), log10(finding.largest * scale)
        self._show_band(finding.band, scale, end + 1)
        self._show_curve(finding, scale, start, end)
        for mark, size, word in (
            (self.a90, finding.a90, "a90"),
            (self.bound, _bound(finding), "a90/95"),
        ):
            mark.setVisible(size is not None)
            if size is not None:
                mark.setValue(log10(size * scale))
                mark.label.setFormat(f"{word}  {length(size, mm_per_px)}")
        self._place(start, end, "mm" if mm_per_px else "px")

    def sizeHint(self) -> QSize:
        """Wide, as curves are."""
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(320, 150)

    def _show_band(self, band: tuple[BandPoint, ...], scale: float, farthest: float) -> None:
        heights = [each.probability for each in band]
        lows = [log10(max(each.low * scale, 1e-9)) for each in band]
        highs = [log10(each.high * scale) if each.high else farthest for each in band]
        self.low.setData(lows, heights)
        self.high.setData(highs, heights)
        self.band.setVisible(bool(band))

    def _show_curve(self, finding: Finding, scale: float, start: float, end: float) -> None:
        if finding.curve is None:
            self.curve.setData([], [])
            return
        places = [start + (end - start) * n / 200 for n in range(201)]
        sizes = [10**place / scale for place in places]
        self.curve.setData(places, finding.curve.probability(sizes))

    def _place(self, start: float, end: float, unit: str) -> None:
        self.plot.setRange(xRange=(start - 0.05, end + 0.05), yRange=(-0.22, 1.18), padding=0)
        self.plot.getAxis("bottom").setTicks([_round_sizes(start, end)])
        self.plot.getAxis("bottom").setLabel(f"size of the defect in {unit}")

    def _ticks(self, colour: QColor) -> pg.ScatterPlotItem:
        item = pg.ScatterPlotItem(symbol="|", size=14, pen=pg.mkPen(colour, width=1), brush=colour)
        self.plot.addItem(item)
        return item

    def _mark(self, colour: QColor, style: Qt.PenStyle, place: float) -> pg.InfiniteLine:
        options = {"position": place, "color": colour, "fill": theme.WHITE, "movable": False}
        line = pg.InfiniteLine(
            angle=90, pen=pg.mkPen(colour, width=2, style=style), label="", labelOpts=options
        )
        self.plot.addItem(line, ignoreBounds=True)
        line.hide()
        return line

    def _dress(self) -> None:
        make_still(self.plot, self)
        dress_axis(self.plot, "left", "share found").setTicks(
            [[(MISS, "missed"), (0, "0 %"), (0.5, "50 %"), (GOAL, "90 %"), (HIT, "found")]]
        )
        dress_axis(self.plot, "bottom")
        size_words(self.plot)


_DASH = Qt.PenStyle.DashLine


def _bound(finding: Finding) -> float | None:
    return finding.a90_95 if finding.a90 is not None else None


def _round_sizes(start: float, end: float) -> list[tuple[float, str]]:
    """Ticks at 1, 2, 5, 10 … between two logarithms."""
    sizes = [digit * 10.0**power for power in range(-5, 6) for digit in SERIES]
    return [
        (log10(size), f"{size:g}") for size in sizes if start - 0.01 <= log10(size) <= end + 0.01
    ]
