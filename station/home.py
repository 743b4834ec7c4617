"""Where a station keeps its things."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Home:
    """One folder with everything a station writes; moving it moves the station."""

    root: Path

    @classmethod
    def default(cls) -> "Home":
        """The user's data folder."""
        return cls(platformdirs.user_data_path("patchlight", appauthor=False))

    @property
    def recipes(self) -> Path:
        """One folder a product, one folder a revision in it."""
        return self.root / "recipes"

    @property
    def ledger(self) -> Path:
        """The SQLite file."""
        return self.root / "ledger.sqlite3"

    @property
    def images(self) -> Path:
        """Kept pictures and maps, a folder a day."""
        return self.root / "images"

    @property
    def triggers(self) -> Path:
        """Triggers of the runs under way, a journal a run."""
        return self.root / "triggers"

    @property
    def backups(self) -> Path:
        """Copies of the ledger, the newest few."""
        return self.root / "backups"

    @property
    def quarantine(self) -> Path:
        """What could not be trusted and was moved away, a folder each time."""
        return self.root / "quarantine"

    @property
    def audit_spool(self) -> Path:
        """Notes for the audit trail that the ledger has not taken in yet, a file each."""
        return self.root / "audit.spool"

    @property
    def ballast(self) -> Path:
        """A file that only takes up room, given up when the disk is full."""
        return self.root / "ballast"

    @property
    def teaching(self) -> Path:
        """Pictures collected from a camera for teaching, a folder a product."""
        return self.root / "teaching"

    @property
    def drafts(self) -> Path:
        """Products that are being taught, a folder each."""
        return self.root / "drafts"

    @property
    def logs(self) -> Path:
        """Rotating log files."""
        return self.root / "logs"
