"""Teaches noise in a process of its own; prints the memory it took and the memory predicted."""

import re
import sys
import threading
from functools import partial
from pathlib import Path

import faiss  # noqa: F401
import numpy as np
import openvino  # noqa: F401
import torch  # noqa: F401

from engine import footprint
from engine.backbone import Backbone
from engine.resolution import choose, usual_backbone
from engine.teach import TeachSettings, teach

PERIOD_S = 0.002


def noise(size: tuple[int, int], seed: int) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)


def anonymous() -> int:
    """Bytes that the system cannot take back, of this process."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024


def main(
    pictures: int, size: tuple[int, int], side: int, defect: float, *, most: int, placed: bool
) -> None:
    """Teach, judge one part, and print the two figures."""
    settings = TeachSettings(
        usual_backbone(defect or None, placed) if placed else Backbone(),
        side,
        smallest_defect=defect or None,
        most_vectors=most,
        by_position=placed,
    )
    ended, peaks = threading.Event(), [0]
    chosen = choose(size, side, settings.backbone.strides, settings.smallest_defect)
    channels = 27 if placed else 496
    predicted = footprint.predict(pictures, size, chosen, channels, settings)
    before = anonymous()

    def watch() -> None:
        while not ended.wait(PERIOD_S):
            peaks.append(anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    model = teach([partial(noise, size, seed) for seed in range(pictures)], settings)
    model.score(noise(size, 0))
    ended.set()
    watcher.join()
    kept = min(settings.dimensions, channels)
    assert model.model.network.projection.shape == (kept, channels)
    print(max(peaks) - before, predicted.memory_bytes)


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    most, placed = counts[5], bool(counts[6])
    main(counts[0], (counts[1], counts[2]), counts[3], counts[4], most=most, placed=placed)
