"""Draws the shift report on one A4 page; what it says is decided in `station.reports`."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from station.errors import StationError
from station.files import replacing
from station.reports.page import COLUMNS, footer, page, picture_name
from station.reports.shift_report import Reject, ShiftReport

DOTS_PER_INCH = 300
MARGIN_MM = 14.0
FOOTER_MM = 9.0


def write_pdf(report: ShiftReport, path: Path) -> None:
    """Write the report to `path`, all or nothing. Needs a QGuiApplication; any thread may call.

    Raises:
        StationError: the file cannot be written there, or there is no font to write with.
    """
    if not QFontDatabase.families():
        raise StationError(
            "There is no font on this machine to write a report with. Install one, for example "
            "with: apt-get install fonts-dejavu"
        )
    data = _drawn(report)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise StationError(
            f"The report could not be written to '{path}': {error.strerror}. Choose another place, "
            "or close the program that has it open."
        ) from error


def _drawn(report: ShiftReport) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = _a4(buffer, report)
    painter = QPainter(writer)
    try:
        _draw(report, writer, painter)
    finally:
        painter.end()
    buffer.close()
    return bytes(data.data())


def _a4(buffer: QBuffer, report: ShiftReport) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_PER_INCH)
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    a4 = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(
        QPageLayout(a4, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
    )
    writer.setTitle("Shift report")
    writer.setCreator(report.program)
    return writer


def _draw(report: ShiftReport, writer: QPdfWriter, painter: QPainter) -> None:
    paper = QRectF(0, 0, writer.width(), writer.height())
    room = paper.adjusted(0, 0, 0, -FOOTER_MM / 25.4 * DOTS_PER_INCH)
    _draw_shrunk(_fitting(report, writer, room), painter, room)
    painter.setFont(_font(7))
    painter.setPen(Qt.GlobalColor.darkGray)
    where = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
    painter.drawText(paper, int(where), footer(report))


def _draw_shrunk(document: QTextDocument, painter: QPainter, room: QRectF) -> None:
    """Draw at full size if it fits, else smaller: nothing is ever cut off."""
    scale = min(1.0, room.height() / document.size().height())
    painter.save()
    painter.scale(scale, scale)
    document.drawContents(painter)
    painter.restore()


def _fitting(report: ShiftReport, writer: QPdfWriter, room: QRectF) -> QTextDocument:
    """Show as many whole rows of rejects as one page holds."""
    most = -(-len(report.rejects) // COLUMNS) * COLUMNS
    for shown in range(most, -1, -COLUMNS):
        document = _document(report, shown, writer, room.width())
        if document.size().height() <= room.height():
            break
    return document


def _document(report: ShiftReport, shown: int, writer: QPdfWriter, width: float) -> QTextDocument:
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.documentLayout().setPaintDevice(writer)
    document.setDefaultFont(_font(9))
    for reject in report.rejects[:shown]:
        document.addResource(
            QTextDocument.ResourceType.ImageResource, QUrl(picture_name(reject)), _image(reject)
        )
    document.setHtml(page(report, shown))
    document.setTextWidth(width)
    return document


def _font(points: int) -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSize(points)
    return font


def _image(reject: Reject) -> QImage:
    height, width = reject.thumbnail.shape[:2]
    data = reject.thumbnail.tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
