"""Which cameras are connected to this computer."""

import logging
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from station.cameras.aravis import AravisDriver
from station.cameras.basler import BaslerDriver
from station.cameras.device import Driver
from station.cameras.genicam import GenicamDriver
from station.errors import CameraError

logger = logging.getLogger(__name__)

V4L2_ROOT = Path("/sys/class/video4linux")
MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class UsbCamera:
    """index: what opens it. name: what it calls itself."""

    index: int
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A camera that could be chosen, or why a kind of camera has none.

    name: for people. settings: what builds it; empty where there is none. trouble: what is wrong
    with it and what to do, empty where nothing is.
    """

    name: str
    settings: dict[str, str | float | bool] = field(default_factory=dict)
    trouble: str = ""


VIRTUAL = Found(
    "Virtual line, to practise with", {"kind": "virtual line", "seed": 0, "defect_rate": 0.1}
)


def find_cameras() -> list[Found]:
    """Look everywhere; takes seconds. Never raises: what does not work says so in the list."""
    drivers: tuple[Driver, ...] = (BaslerDriver(), GenicamDriver(), AravisDriver())
    industrial = [found for driver in drivers for found in _of_sdk(driver)]
    return [*industrial, *_on_usb(), VIRTUAL]


def find_usb() -> list[UsbCamera]:
    """Return the connected cameras; takes seconds where each has to be opened to be seen."""
    if platform.system() == "Linux":
        return listed_by_linux(V4L2_ROOT)
    return tried(_answers)


def listed_by_linux(root: Path) -> list[UsbCamera]:
    """Read the kernel's list, without opening a camera that somebody else may use.

    One camera has several entries (pictures, descriptions of pictures): the first has index 0.
    """
    folders = root.glob("video*") if root.is_dir() else []
    found = [
        UsbCamera(int(folder.name.removeprefix("video")), _text(folder / "name") or "camera")
        for folder in folders
        if folder.name.removeprefix("video").isdigit() and _text(folder / "index") in ("", "0")
    ]
    return sorted(found, key=lambda camera: camera.index)


def tried(answers: Callable[[int], bool]) -> list[UsbCamera]:
    """Ask index after index until one does not answer."""
    found = []
    for index in range(MOST_TRIED):
        if not answers(index):
            break
        found.append(UsbCamera(index, "camera"))
    return found


def _of_sdk(driver: Driver) -> list[Found]:
    try:
        seen = driver.seen()
    except CameraError as error:
        return [Found(f"{driver.label} cameras", trouble=str(error))]
    except Exception as error:
        logger.exception("%s cameras cannot be looked for.", driver.label)
        trouble = f"They cannot be looked for: {error or type(error).__name__}."
        return [Found(f"{driver.label} cameras", trouble=f"{trouble} Install its software anew.")]
    if not seen:
        none = f"No {driver.label} camera answers. Check its cable, its power and its address."
        return [Found(f"{driver.label} cameras", trouble=none)]
    return [Found(s.name, {"kind": driver.kind, "id": s.identity}, s.note) for s in seen]


def _on_usb() -> list[Found]:
    found = [
        Found(f"USB {c.index}: {c.name}", {"kind": "usb", "index": c.index}, _usb_trouble(c.index))
        for c in find_usb()
    ]
    return found or [Found("USB cameras", trouble="No USB camera is connected.")]


def _usb_trouble(index: int, devices: Path = Path("/dev")) -> str:
    device = devices / f"video{index}"
    if platform.system() != "Linux" or os.access(device, os.R_OK | os.W_OK):
        return ""
    return (
        f"You may not use {device}. Have your user added to the group 'video' (sudo usermod -aG "
        "video NAME) and sign in again."
    )


def _answers(index: int) -> bool:
    capture = cv2.VideoCapture(index)
    try:
        return capture.isOpened()
    finally:
        capture.release()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
