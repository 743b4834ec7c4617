"""A summary that is shown, and shown anew, in the size of the window's text."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from station.recipes.defence import Line
from station.ui.line_card import LineCard
from station.ui.widgets import Text, rescale


def test_lines_are_replaced_and_the_weighty_are_bold(qtbot: QtBot) -> None:
    card = LineCard()
    qtbot.addWidget(card)
    card.show_lines([Line("Pictures", "60"), Line("Coverage", "enough")])
    card.show_lines([Line("Threshold", "26.3", weighty=True)])
    shown = [card.form.itemAt(index).widget() for index in range(card.form.count())]
    assert [text.text() for text in shown] == ["Threshold", "26.3"]
    assert shown[1].font().bold()
    assert not shown[0].font().bold()


def test_what_comes_later_follows_the_window_too(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    card, button = LineCard(), QPushButton("beside it")
    for widget in (card, button):
        widget.setParent(window)
    rescale(window, 13)
    card.show_lines([Line("Pictures", "60")])
    rescale(window, 21)
    assert button.font().pixelSize() == 21
    assert card.font().pixelSize() == 21
    card.show_lines([Line("Pictures", "61")])
    assert {text.font().pixelSize() for text in card.findChildren(Text)} == {21}
