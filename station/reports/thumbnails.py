"""Small pictures of NG parts as they were judged: the recipe's own heatmap scale painted in."""

import numpy as np
from numpy.typing import NDArray

from station.errors import LedgerError
from station.heatmap import render_plain, render_thumbnail, render_view
from station.home import Home
from station.inspection.events import View
from station.ledger.kept import load_map, load_picture
from station.ledger.row import Row
from station.recipes.recipe import Recipe


def thumbnail(home: Home, row: Row, recipe: Recipe | None) -> NDArray[np.uint8]:
    """Return the kept picture as uint8 (h, w, 3) RGB, small; (0, 0, 3) if it cannot be had.

    Without the recipe that judged it, or without its map, nothing is painted.
    """
    try:
        pixels = load_picture(home, row)
    except LedgerError:
        return np.zeros((0, 0, 3), np.uint8)
    return render_thumbnail(_view(home, row, recipe, pixels))


def _view(home: Home, row: Row, recipe: Recipe | None, pixels: NDArray[np.uint8]) -> View:
    if recipe is None or row.score is None:
        return render_plain(pixels, row.sequence)
    try:
        anomaly_map = load_map(home, row)
    except LedgerError:
        return render_plain(pixels, row.sequence)
    return render_view(pixels, anomaly_map, row.score, recipe.threshold, row.sequence)
