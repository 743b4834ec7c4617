"""Which cameras are connected to this computer."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

V4L2_ROOT = Path("/sys/class/video4linux")
MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class UsbCamera:
    """index: what opens it. name: what it calls itself."""

    index: int
    name: str


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
