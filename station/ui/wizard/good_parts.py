"""First step: what the product is called and which good parts it is taught from."""

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFormLayout, QStackedWidget, QWidget

from station.errors import RecipeError, StationError
from station.pictures import find_pictures
from station.recipes.names import checked_name
from station.teaching import MIN_PICTURES
from station.ui import theme
from station.ui.contact_sheet import ContactSheet
from station.ui.inputs import FolderField, Segments, field_name, line_edit
from station.ui.services import CameraSettings, Services
from station.ui.widgets import Text
from station.ui.wizard.camera_collecting import Collecting
from station.ui.wizard.resolution import SmallestDefect
from station.ui.wizard.step import Step

ENOUGH = 50
"""Good pictures from which more add little."""


class GoodPartsStep(Step):
    """Name and pictures: from a folder, or collected from the camera."""

    def __init__(
        self, services: Services, camera: CameraSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Show good parts",
            "Only good parts, as different as good parts are: other positions, other light, "
            "other batches. Bad parts are not needed.",
            parent,
        )
        self._images: list[Path] = []
        self._problem = ""
        self.name = line_edit("for example: controller board, top")
        self.source = Segments(("From a folder", "From the camera"))
        self.folder = FolderField("Folder with pictures of good parts")
        self.collecting = Collecting(services, camera)
        self.sources = QStackedWidget()
        self.sources.addWidget(self.folder)
        self.sources.addWidget(self.collecting)
        self.smallest = SmallestDefect(services.predict)
        self.count = Text(bold=True)
        self.sheet = ContactSheet("The pictures will be shown here.")
        self._lay_out()
        self.name.textChanged.connect(self._on_change)
        self.source.changed.connect(self._on_source)
        self.folder.changed.connect(self._on_folder)
        self.collecting.changed.connect(self._on_change)
        self.smallest.changed.connect(self.changed)
        self.collecting.pictured.connect(self.sheet.add)
        self._on_change()

    @property
    def images(self) -> list[Path]:
        """The pictures to teach from."""
        return self.collecting.images if self._from_camera else self._images

    @property
    def camera(self) -> dict[str, str | float | bool]:
        """Settings for the recipe: the camera it was collected from, or the folder itself."""
        if self._from_camera or self.folder.folder is None:
            return dict(self.collecting.camera)
        return {"kind": "folder", "path": str(self.folder.folder)}

    @property
    def recipe_name(self) -> str:
        """What the product is called."""
        return self.name.text().strip()

    @property
    def next_text(self) -> str:
        """Says how many pictures will be taught."""
        return f"Teach {len(self.images)} pictures" if self.images else "Teach"

    @property
    def missing(self) -> str:
        """Name first, then pictures."""
        return self._missing_name() or self._missing_pictures() or self.smallest.missing

    def _missing_name(self) -> str:
        if not self.recipe_name:
            return "Still missing: a name for the product."
        try:
            checked_name(self.recipe_name)
        except RecipeError as error:
            return str(error)
        return ""

    def _missing_pictures(self) -> str:
        if self._from_camera and not self.collecting.camera:
            return "Still missing: a camera. Press Camera and choose one."
        if self._from_camera and self.collecting.busy:
            return "Collecting …"
        if self._problem and not self._from_camera:
            return self._problem
        lacking = MIN_PICTURES - len(self.images)
        return f"Still missing: {lacking} more pictures of good parts." if lacking > 0 else ""

    def stop(self) -> None:
        """End collecting and predicting."""
        self.collecting.stop()
        self.smallest.stop()

    @property
    def _from_camera(self) -> bool:
        return self.source.index == 1

    @Slot(int)
    def _on_source(self, index: int) -> None:
        self.sources.setCurrentIndex(index)
        self.sheet.show_files(self.images)
        self._on_change()

    @Slot(object)
    def _on_folder(self, folder: Path) -> None:
        self._images, self._problem = [], ""
        try:
            self._images = find_pictures([folder])
        except StationError as error:
            self._problem = str(error)
        self.sheet.show_files(self._images)
        self._on_change()

    @Slot()
    def _on_change(self) -> None:
        count = len(self.images)
        advice = "" if count >= ENOUGH else f" – {ENOUGH} or more make a better recipe"
        self.count.setText(f"{count} pictures{advice}" if count else "No pictures yet")
        self.smallest.show_images(self.images)
        self.changed.emit()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(theme.GAP)
        form.addRow(field_name("Product"), self.name)
        form.addRow(field_name("Pictures"), self.source)
        form.addRow("", self.sources)
        form.addRow(field_name("Smallest defect"), self.smallest)
        self.column.addLayout(form)
        self.column.addWidget(self.smallest.text)
        self.column.addWidget(self.count)
        self.column.addWidget(self.sheet, 1)
