"""The manual, as it was installed: it is there without a network."""

from importlib.resources import files

from PySide6.QtCore import QUrl, Slot
from PySide6.QtGui import QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QTextBrowser, QWidget

from station.ui.inputs import Segments
from station.ui.sheet import Sheet

PAGES = {"teaching.md": "Teaching", "plc.md": "The PLC", "settings.md": "Settings"}


class ManualSheet(Sheet):
    """One page of the manual at a time; links between pages are followed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Manual", "Close", parent)
        self.reject_button.hide()
        self.pages = Segments(tuple(PAGES.values()))
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.setMinimumSize(parent.width() * 7 // 10, parent.height() * 6 // 10)
        self.body.addWidget(self.pages)
        self.body.addWidget(self.browser, 1)
        self.pages.changed.connect(self._on_page)
        self.browser.anchorClicked.connect(self._on_link)
        self.pages.choose(0)

    @Slot(int)
    def _on_page(self, index: int) -> None:
        page = files("patchlight_resources") / "manual" / list(PAGES)[index]
        self.browser.setMarkdown(page.read_text("utf-8"))
        _air(self.browser.document(), self.browser.fontMetrics().height())

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        if url.fileName() in PAGES:
            self.pages.choose(list(PAGES).index(url.fileName()))


def _air(document: QTextDocument, line_px: int) -> None:
    """Set paragraphs and headings apart, which Qt does not for Markdown; tables are left alone."""
    document.setDocumentMargin(line_px)
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        form = cursor.blockFormat()
        code = form.hasProperty(QTextFormat.Property.BlockCodeLanguage) or form.nonBreakableLines()
        if cursor.currentTable() is None and not code:
            form.setTopMargin(line_px * (0.9 if form.headingLevel() else 0.3))
            form.setBottomMargin(line_px * 0.3)
            cursor.setBlockFormat(form)
        block = block.next()
