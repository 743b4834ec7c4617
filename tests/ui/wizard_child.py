"""A station of its own process with the wizard open on one page; killed by its parent."""

import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from station.drafts import DraftSession
from station.drafts.steps import StepName
from station.home import Home
from station.ui import theme
from station.ui.wizard.wizard import Wizard
from tests.ui.station_parts import make_services


def main(home: Path, folder: Path, step: str) -> None:
    """Open the page, say so, and wait to be killed."""
    app = QApplication([])
    theme.apply(app)
    wizard = Wizard(make_services(Home(home)), DraftSession.open(folder))
    wizard.show()
    wizard.go_to(StepName(step))
    app.processEvents()
    print("ready", flush=True)
    app.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
