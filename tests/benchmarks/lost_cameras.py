"""How soon a lost camera is missed and how soon it gives pictures again. Run by hand.

    python -m tests.benchmarks.lost_cameras --times 20

Real parts: an RTSP server and Aravis' fake GigE Vision camera, each killed and frozen (SIGSTOP),
and pylon's emulator, unplugged. "missed" is from the loss to the `CameraLost` of a camera that is
asked for pictures all the time (asked for: 1 s), "back" from its return to its first picture (3 s),
"closed" how long closing takes while it is away (2 s). Threads, handles and memory of the process
are held against those after the first loss: they must stay. Only of pylon's emulator some handles
stay for each loss: it forgets those of a camera that is let go while PYLON_CAMEMU is 0, which is
how it is unplugged here; with PYLON_CAMEMU left alone none stay.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from station.cameras.basler import BaslerDriver
from station.cameras.catalogue import build_camera
from station.cameras.device import DeviceCamera
from station.cameras.features import Setup
from station.cameras.steady import SteadyCamera
from station.errors import CameraLost, IncompletePicture

sys.path.insert(0, str(Path(__file__).parents[1] / "station"))
from tests.station.test_cameras_aravis import NAME, Fake
from tests.station.test_cameras_basler import FIRST, Emulated
from tests.station.test_cameras_rtsp import Server

AWAY_S = (0.0, 1.3, 3.7)


@dataclass
class Tally:
    """Seconds, one of each a loss."""

    missed: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)

    def line(self, name: str, closed_s: float) -> str:
        """For people."""
        said = [
            f"{what} median {sorted(times)[len(times) // 2]:.2f} worst {max(times):.2f} s"
            for what, times in (("missed", self.missed), ("back", self.back))
        ]
        return f"{name:14} {len(self.back):3} times  {'  '.join(said)}  closed {closed_s:.2f} s"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    server, fake = Server("/usr/bin/python3"), Fake()
    rtsp = {"kind": "video", "address": server.address}
    gige = {"kind": "aravis", "id": NAME}
    for settings, process, name in ((rtsp, server, "RTSP"), (gige, fake, "GigE")):
        process.start()
        camera = build_camera(settings)
        assert isinstance(camera, SteadyCamera)
        measure(f"{name} killed", camera, process.kill, process.start, times)
        measure(f"{name} frozen", camera, stop_of(process), go_on_of(process), times)
        process.kill()
    emulated = Emulated()
    os.environ["PYLON_CAMEMU"] = "1"
    inner = DeviceCamera(emulated, FIRST, Setup())
    measure("Basler unplugged", SteadyCamera(inner), unplug_of(emulated), plug_in, times)


def stop_of(process: Server | Fake) -> Callable[[], None]:
    """Freeze it."""
    return lambda: process.send(signal.SIGSTOP)


def go_on_of(process: Server | Fake) -> Callable[[], None]:
    """Thaw it."""
    return lambda: process.send(signal.SIGCONT)


def unplug_of(emulated: BaslerDriver) -> Callable[[], None]:
    """Take the emulator's camera off the bus."""

    def unplug() -> None:
        os.environ["PYLON_CAMEMU"] = "0"
        emulated.device.features.execute("FirePnPCallback")  # type: ignore[attr-defined]

    return unplug


def plug_in() -> None:
    """Bring it back."""
    os.environ["PYLON_CAMEMU"] = "1"


def measure(
    name: str,
    camera: SteadyCamera,
    lose: Callable[[], None],
    bring_back: Callable[[], None],
    times: int,
) -> None:
    """Lose the camera so often, then once more to close it while it is away."""
    tally, before = Tally(), ""
    camera.open()
    for number in range(times):
        first_of(camera)
        tally.missed.append(seconds(lose, lambda: until_lost(camera)))
        threading.Event().wait(AWAY_S[number % len(AWAY_S)])
        tally.back.append(seconds(bring_back, lambda: until_back(camera)))
        before = before or state()
    lose()
    until_lost(camera)
    closed_s = seconds(lambda: None, camera.close)
    bring_back()
    threading.Event().wait(9.0)  # What Aravis needs to let go of a camera that was gone.
    print(tally.line(name, closed_s))
    print(f"{'':14} after the first: {before}; at the end: {state()}", flush=True)


def seconds(begin: Callable[[], None], work: Callable[[], object]) -> float:
    """How long `work` takes, from the end of `begin`."""
    begin()
    began_s = time.monotonic()
    work()
    return time.monotonic() - began_s


def until_lost(camera: SteadyCamera) -> None:
    """Ask for pictures until none come."""
    with suppress(CameraLost):
        while True:
            with suppress(IncompletePicture):
                camera.grab()


def until_back(camera: SteadyCamera) -> None:
    """Wait for its first picture."""
    assert camera.wait_until_ready(60)
    first_of(camera)


def first_of(camera: SteadyCamera) -> None:
    """Take a whole picture, after whatever is left of a loss."""
    while True:
        with suppress(IncompletePicture, CameraLost):
            camera.grab()
            return


def state() -> str:
    """What the process holds."""
    me = psutil.Process()
    handles = len(list(Path("/proc/self/fd").iterdir()))
    return f"{me.num_threads()} threads, {handles} handles, {me.memory_info().rss >> 20} MB"


if __name__ == "__main__":
    main()
