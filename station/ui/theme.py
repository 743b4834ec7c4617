"""Colours, sizes and type. Grey while normal is normal; colour only where attention is due.

The two attention colours differ in lightness as well as in hue (vermilion under white, amber
under black), so they stay apart for every kind of colour vision and on a poor screen.
"""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

WINDOW = QColor("#DFE3E7")
CARD = QColor("#F5F7F8")
WELL = QColor("#15191D")
LINE = QColor("#B4BCC4")
TEXT = QColor("#14191E")
MUTED = QColor("#4C5863")
FAINT = QColor("#8A949E")
BUTTON = QColor("#FFFFFF")
ACCENT = QColor("#0A5AA8")
ALARM = QColor("#C2370B")
WARNING = QColor("#F4B90B")
CALM = QColor("#C9D0D6")
WHITE = QColor("#FFFFFF")

GAP = 12
TOUCH = 52
"""Least height, in pixels, of anything a gloved finger must hit."""
RADIUS = 8


@dataclass(frozen=True, slots=True)
class Look:
    """How a verdict or state is painted: ground, ink on it, and its shape's name."""

    ground: QColor
    ink: QColor
    shape: str


LOOKS = {
    "OK": Look(CALM, TEXT, "circle"),
    "NG": Look(ALARM, WHITE, "octagon"),
    "FAULT": Look(WARNING, QColor("#000000"), "triangle"),
    "PAUSED": Look(ACCENT, WHITE, "bars"),
    "STARTING": Look(CALM, MUTED, "dots"),
    "READY": Look(CALM, MUTED, "dots"),
    "FINISHED": Look(CALM, TEXT, "square"),
    "STOPPED": Look(CALM, MUTED, "square"),
}


def palette() -> QPalette:
    """Dark on light, calm and of high contrast (text on window: 13 to 1)."""
    result = QPalette(BUTTON, WINDOW)
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Base, WHITE),
        (roles.AlternateBase, CARD),
        (roles.WindowText, TEXT),
        (roles.Text, TEXT),
        (roles.ButtonText, TEXT),
        (roles.ToolTipBase, WHITE),
        (roles.ToolTipText, TEXT),
        (roles.PlaceholderText, MUTED),
        (roles.Highlight, ACCENT),
        (roles.HighlightedText, WHITE),
        (roles.Link, ACCENT),
    ):
        result.setColor(role, colour)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, FAINT)
    return result


def apply(application: QApplication) -> None:
    """Dress the application."""
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setPalette(palette())
    font = QFont(application.font())
    font.setPixelSize(16)
    application.setFont(font)


def base_pixels(window_height: int) -> int:
    """Body text height for a window of that height: 15 px at 800, 19 px at 1080."""
    return max(14, min(28, round(window_height / 57)))
