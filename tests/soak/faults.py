"""What the soak does to the station: how each fault begins, is seen, and ends."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from station.parts import FaultReason
from tests.soak.camera_server import FROZEN, GOOD, HANGING, CameraServer
from tests.soak.conveyor import Conveyor
from tests.soak.plant import Happened, Plant, send_signal
from tests.soak.spoiling import SPOILERS


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that can be sabotaged. filler: what fills the home's disk; None spares it."""

    plant: Plant
    camera: CameraServer
    conveyor: Conveyor
    filler: Path | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind. begin, end: do it, undo it. is_seen: whether the station has said so.

    hold_s: how long it lasts, drawn from between. until_seen: begin it again every second until it
        is seen.
    ends_life: it ends a process, whose memory can then be watched no further.
    """

    kind: str
    begin: Callable[[Site], None]
    end: Callable[[Site], None]
    is_seen: Callable[[Happened], bool]
    hold_s: tuple[float, float] = (1.0, 4.0)
    until_seen: bool = False
    ends_life: bool = False


def faults(site: Site, chance: np.random.Generator) -> list[Fault]:
    """Every kind once, in an order drawn by chance."""
    disk = [_DISK_FULL] if site.filler is not None else []
    each = [*_CAMERA, *_spoiled(), *disk, _SLOW, _PLC_AWAY, _STATION_KILLED, _JUDGING_KILLED]
    return [each[at] for at in chance.permutation(len(each))]


def _row(*reasons: FaultReason) -> Callable[[Happened], bool]:
    wanted = {reason.value for reason in reasons}
    return lambda each: each.kind == "row" and each.told[2] in wanted


def _told(kind: str, first: object, text: str = "") -> Callable[[Happened], bool]:
    return lambda each: each.kind == kind and each.told[0] == first and text in each.told[1]


def _mode(mode: str) -> Callable[[Site], None]:
    def switch(site: Site) -> None:
        site.camera.mode = mode

    return switch


_CAMERA = [
    Fault(
        "camera lost",
        lambda site: site.camera.stop(),
        lambda site: site.camera.start(),
        _told("camera", False),
    ),
    Fault("camera hangs", _mode(HANGING), _mode(GOOD), _told("camera", False)),
    Fault("camera frozen", _mode(FROZEN), _mode(GOOD), _row(FaultReason.FROZEN)),
]


def _spoiled() -> list[Fault]:
    """Seen is any verdict but OK on a picture that was spoiled; the report counts each picture."""
    return [
        Fault(f"picture {mode}", _mode(mode), _mode(GOOD), _rejects(mode), (0.5, 1.5))
        for mode in SPOILERS
    ]


def _rejects(mode: str) -> Callable[[Happened], bool]:
    return lambda each: each.kind == "row" and each.told[1] != "OK" and mode in each.told[3]


def _fill(site: Site) -> None:
    """Leave no byte: what the station frees meanwhile is its own."""
    assert site.filler is not None
    with site.filler.open("ab") as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    os.write(file.fileno(), bytes(size))


def _free(site: Site) -> None:
    assert site.filler is not None
    site.filler.unlink(missing_ok=True)


_DISK_FULL = Fault(
    "disk full", _fill, _free, _told("state", "failed", "full"), until_seen=True, ends_life=True
)

_SLOW = Fault(
    "scoring slow",
    lambda site: send_signal(site.plant.judging_pid, signal.SIGSTOP),
    lambda site: send_signal(site.plant.judging_pid, signal.SIGCONT),
    _row(FaultReason.LATE, FaultReason.QUEUE_FULL),
    (2.0, 5.0),
)

_PLC_AWAY = Fault(
    "PLC away",
    lambda site: site.conveyor.plc.stop(),
    lambda site: site.conveyor.plc.start(),
    _told("line", False),
)

_STATION_KILLED = Fault(
    "station killed",
    lambda site: site.plant.kill(),
    lambda site: site.plant.give_birth(),
    lambda each: each.kind == "banner" and "interrupted" in each.told[0],
    ends_life=True,
)

_JUDGING_KILLED = Fault(
    "judging killed",
    lambda site: send_signal(site.plant.judging_pid, signal.SIGKILL),
    lambda site: None,
    _row(FaultReason.SCORING_FAILED),
    hold_s=(0.0, 0.0),
    ends_life=True,
)
