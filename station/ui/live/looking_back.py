"""Brings a recorded part back from disk as it was judged."""

from station.heatmap import render_plain, render_view
from station.home import Home
from station.inspection.events import View
from station.ledger.kept import load_map, load_picture
from station.ledger.row import Row
from station.recipes.store import RecipeStore


class Archive:
    """Loads kept parts; each is drawn on the scale of the revision that judged it."""

    def __init__(self, home: Home, store: RecipeStore) -> None:
        self._home = home
        self._store = store

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
