"""Fit anomalib's PatchCore on a folder of pictures with its defaults; print its time as JSON.

Usage: teach_anomalib.py FOLDER PICKS, where FOLDER/good holds the pictures.

Its coreset takes one pass over all vectors a pick, so its time is linear in picks: at most PICKS
are made and timed, and the remaining ones are stated for whoever extrapolates. 30 % of the pictures
are held out and scored, as ours are; with a bank that PICKS cut short, that is faster than it is.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import torch
import torchvision_ops

DECLARED = torchvision_ops.declare()

from anomalib.data import Folder  # noqa: E402
from anomalib.engine import Engine  # noqa: E402
from anomalib.models import Patchcore  # noqa: E402
from anomalib.models.components import KCenterGreedy  # noqa: E402


class TimedGreedy(KCenterGreedy):
    """Its coreset, cut short after some picks, with a note of when each was made."""

    picks = 0
    found: dict[str, float] = {}  # noqa: RUF012  # one fit a process

    def select_coreset_idxs(self) -> list[int]:
        """Pick, and note how many were wanted, how many made, and the seconds a pick."""
        self.made: list[float] = []
        wanted = self.coreset_size
        self.coreset_size = min(wanted, self.picks)
        chosen = super().select_coreset_idxs()
        TimedGreedy.found = {
            "vectors": len(self.embedding),
            "picks_wanted": wanted,
            "picks_made": len(chosen),
            "pick_s": (self.made[-1] - self.made[0]) / (len(self.made) - 1),
        }
        return chosen

    def get_new_idx(self) -> torch.Tensor:
        """Choose the farthest, as it does."""
        self.made.append(time.perf_counter())
        return super().get_new_idx()


def main(folder: Path, picks: int) -> None:
    """Fit. The network's weights are generated: they change no time."""
    from anomalib.models.image.patchcore import torch_model

    TimedGreedy.picks = picks
    torch_model.KCenterGreedy = TimedGreedy
    data = Folder(
        name="bench",
        root=folder,
        normal_dir="good",
        test_split_ratio=0.3,
        val_split_mode="same_as_test",
    )
    with tempfile.TemporaryDirectory() as results:
        engine = Engine(
            default_root_dir=results, logger=False, accelerator="cpu", enable_progress_bar=False
        )
        start = time.perf_counter()
        engine.fit(Patchcore(pre_trained=False), datamodule=data)
        spent = time.perf_counter() - start
    taught = len(data.train_data)
    print(json.dumps({"fit_s": spent, "taught": taught, **TimedGreedy.found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
