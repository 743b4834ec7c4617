"""One soak: a home, a camera, a PLC, a station and a saboteur, for a set time."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from station.home import Home
from tests.soak.camera_server import CameraServer
from tests.soak.conveyor import Conveyor
from tests.soak.faults import Site
from tests.soak.net_camera import KIND
from tests.soak.plant import Happened, Plant
from tests.soak.product import PERIOD_S, judged_line, set_up, taught
from tests.soak.reckoning import reckon
from tests.soak.report import Report
from tests.soak.saboteur import Saboteur
from tests.soak.sampling import Sampler

DISK_MIB = 512
MIB_A_MINUTE = 40
"""Room for the pictures of NG and FAULT parts, which are never let go."""

SMALL_MIB = 4096
"""A home's disk up to this size may be filled to the brim."""

LAST_PARTS_S = 3.0
STOP_S = 30.0
PROMISED_STOP_S = 2.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is soaked.

    boards: good ones to teach. only: kinds of faults that are injected; none means all. home: the
    station's, kept; None makes one on a small disk of its own, removed afterwards.
    """

    seconds: float
    seed: int
    boards: int = 60
    only: tuple[str, ...] = ()
    home: Path | None = None


def soak(plan: Plan, folder: Path, say: Say) -> Report:
    """Teach, judge and sabotage; return what became of it all. folder: where the logs stay."""
    with ExitStack() as held:
        root = plan.home or held.enter_context(small_disk(folder / "home", plan.seconds))
        camera = CameraServer(judged_line(plan.seed), plan.seed)
        camera.start()
        held.callback(camera.stop)
        say(f"Teaching on {plan.boards} boards.")
        taught(Home(root), plan.seed, plan.boards, {"kind": KIND, "port": camera.port})
        conveyor = held.enter_context(_conveyor())
        set_up(Home(root), conveyor.plc.port)
        plant = Plant(root, folder)
        held.callback(plant.close)
        site = Site(plant, camera, conveyor, root / "filler" if _is_small(root) else None)
        return _soaked(site, Home(root), plan, say)


@contextmanager
def small_disk(folder: Path, seconds: float) -> Iterator[Path]:
    """A disk in memory where one may be mounted, else a plain folder."""
    folder.mkdir(parents=True)
    size = f"size={DISK_MIB + round(MIB_A_MINUTE * seconds / 60)}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "none", str(folder)]
    may = hasattr(os, "geteuid") and os.geteuid() == 0
    mounted = may and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _conveyor() -> Iterator[Conveyor]:
    conveyor = Conveyor(PERIOD_S)
    with conveyor.plc:
        yield conveyor
        conveyor.stop()


def _is_small(root: Path) -> bool:
    return shutil.disk_usage(root).total <= SMALL_MIB << 20


def _soaked(site: Site, home: Home, plan: Plan, say: Say) -> Report:
    plant, conveyor = site.plant, site.conveyor
    saboteur = Saboteur(site, plan.seed, plan.only)
    sampler = Sampler({"station": lambda: plant.pid, "judging": lambda: plant.judging_pid})
    say(f"Soaking for {plan.seconds / 60:.1f} min.")
    start_s = time.monotonic()
    plant.give_birth()
    sampler.start()
    conveyor.start()
    saboteur.run(plan.seconds)
    conveyor.stop()
    lasted_s = time.monotonic() - start_s
    sampler.stop()
    troubles = [*_stopped(plant), *_troubles(plant.log.since(0))]
    boards = conveyor.boards()
    say("Holding triggers against rows.")
    return Report(
        plan.seed,
        lasted_s,
        boards,
        reckon(home, boards),
        saboteur.injected,
        sampler.drifts(),
        () if site.filler else ("disk full: the disk of the station's home is a large one",),
        troubles,
    )


def _stopped(plant: Plant) -> list[str]:
    """Let the last parts be judged, then press Stop."""
    mark = plant.log.mark
    plant.log.wait(mark, lambda each: False, LAST_PARTS_S)
    begun_s = time.monotonic()
    if not plant.stop(STOP_S):
        return [f"The station had not stopped after {STOP_S:.0f} s."]
    ended = plant.log.wait(mark, lambda each: each.kind == "ended", 0.0)
    took_s = (ended.at_s if ended else begun_s) - begun_s
    return [f"Stopping took {took_s:.1f} s."] if took_s > PROMISED_STOP_S else []


def _troubles(happened: list[Happened]) -> Iterator[str]:
    for each in happened:
        if each.kind in ("error", "stuck"):
            yield f"{each.kind}: {str(each.told[0]).strip().splitlines()[-1]}"
