"""Brings a recorded part back from disk as it was judged."""

from datetime import datetime, timezone

import numpy as np
from numpy.typing import NDArray

from station.errors import StationError
from station.heatmap import render_plain, render_thumbnail, render_view
from station.home import Home
from station.inspection.events import View
from station.ledger.kept import load_map, load_picture
from station.ledger.reader import LedgerReader
from station.ledger.row import Row
from station.parts import Verdict
from station.recipes.store import RecipeStore

EPOCH = datetime.fromtimestamp(0, timezone.utc)


class Archive:
    """Loads kept parts; each is drawn on the scale of the revision that judged it."""

    def __init__(self, home: Home, store: RecipeStore) -> None:
        self._home = home
        self._store = store

    def latest_rejects(self, count: int, until: datetime) -> list[tuple[Row, NDArray[np.uint8]]]:
        """The newest NG and FAULT parts before `until` with their thumbnails, oldest first.

        Raises:
            LedgerError: the ledger cannot be read; none yet gives an empty list.
        """
        if not self._home.ledger.exists():
            return []
        with LedgerReader.open(self._home) as reader:
            rows = [
                row
                for verdict in (Verdict.NG, Verdict.FAULT)
                for row in reader.rows(
                    EPOCH, until, verdict=verdict, limit=count, newest_first=True
                )
            ]
        rows.sort(key=lambda row: row.sequence)
        return [(row, self._thumbnail(row)) for row in rows[-count:]]

    def _thumbnail(self, row: Row) -> NDArray[np.uint8]:
        """uint8 (h, w, 3) RGB; empty where nothing was kept, or can be read any more."""
        try:
            view = self.view(row)
        except StationError:
            view = None
        return np.zeros((0, 0, 3), np.uint8) if view is None else render_thumbnail(view)

    def view(self, row: Row) -> View | None:
        """Picture and map of `row` ready to draw; None when no picture was kept.

        Raises:
            LedgerError: the files are not there or do not verify.
            RecipeError: the revision that judged it is gone.
        """
        if not row.image_path:
            return None
        if row.score is None:
            return render_plain(load_picture(self._home, row), row.sequence)
        threshold = self._store.load(row.recipe, row.revision).threshold
        picture, anomaly_map = load_picture(self._home, row), load_map(self._home, row)
        return render_view(picture, anomaly_map, row.score, threshold, row.sequence)
