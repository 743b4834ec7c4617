"""Builds a camera from the settings that a recipe keeps: the inverse of `Camera.settings`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from station.cameras.aravis import AravisDriver
from station.cameras.basler import BaslerDriver
from station.cameras.camera import Camera
from station.cameras.controls import KEYS
from station.cameras.device import DeviceCamera, Driver
from station.cameras.features import Setup
from station.cameras.folder import FolderCamera
from station.cameras.genicam import GenicamDriver
from station.cameras.opening import is_network
from station.cameras.steady import WATCHDOG_S, SteadyCamera
from station.cameras.video import VideoCamera
from station.errors import CameraError

Settings = Mapping[str, str | float | bool]


def build_camera(settings: Settings) -> Camera:
    """Build the camera that gave these settings; it is not opened.

    One that may be unplugged comes inside a `SteadyCamera`, which keeps it connected.

    Raises:
        CameraError: an unknown kind, or a setting that is missing or makes no sense.
    """
    kind = settings.get("kind", "")
    build = _BUILDERS.get(str(kind))
    if build is None:
        known = ", ".join(f"'{name}'" for name in _BUILDERS)
        raise CameraError(f"There is no camera of kind '{kind}'. Choose one of {known}.")
    try:
        return build(settings)
    except KeyError as error:
        raise CameraError(f"The '{kind}' camera has no setting {error}. Choose it anew.") from error
    except (TypeError, ValueError) as error:
        raise CameraError(f"The '{kind}' camera cannot be set up so: {error}.") from error


def _folder(settings: Settings) -> Camera:
    seed = settings.get("shuffle_seed")
    return FolderCamera(
        Path(str(settings["path"])),
        rate_hz=float(settings.get("rate_hz", 0.0)),
        loop=bool(settings.get("loop", False)),
        shuffle_seed=None if seed is None else int(seed),
    )


def _video(settings: Settings) -> Camera:
    address = str(settings["address"])
    if not is_network(address):
        return VideoCamera(address)
    return _steady(VideoCamera(address, read_timeout_s=_watchdog_s(settings)), settings)


def _usb(settings: Settings) -> Camera:
    held = {key: float(settings[key]) for key in KEYS if key in settings}
    limit_s = _watchdog_s(settings)
    return _steady(VideoCamera(int(settings["index"]), held=held, read_timeout_s=limit_s), settings)


def _industrial(driver: type[Driver]) -> Callable[[Settings], Camera]:
    def build(settings: Settings) -> Camera:
        identity, limit_s = str(settings.get("id", "")), _watchdog_s(settings)
        camera = DeviceCamera(driver(), identity, Setup.read(settings), read_timeout_s=limit_s)
        return _steady(camera, settings)

    return build


def _watchdog_s(settings: Settings) -> float:
    return float(settings.get("watchdog_s", WATCHDOG_S))


def _steady(camera: Camera, settings: Settings) -> Camera:
    return SteadyCamera(camera, watchdog_s=_watchdog_s(settings))


def _virtual_line(settings: Settings) -> Camera:
    """Build the line of single boards; with "defect_px" among the settings, that of panels."""
    from station.cameras.virtual_line import VirtualLine, VirtualPanel

    seed, rate = int(settings["seed"]), float(settings.get("defect_rate", 0.1))
    first, step = int(settings.get("first_board", 0)), int(settings.get("step", 1))
    if "defect_px" not in settings:
        size = (int(settings.get("height", 480)), int(settings.get("width", 640)))
        return VirtualLine(seed, rate, size, first_board=first, step=step)
    size = (int(settings.get("height", 3000)), int(settings.get("width", 4000)))
    defect_px = int(settings["defect_px"])
    return VirtualPanel(seed, rate, size, defect_px=defect_px, first_board=first, step=step)


_BUILDERS: dict[str, Callable[[Settings], Camera]] = {
    "folder": _folder,
    "video": _video,
    "usb": _usb,
    "virtual line": _virtual_line,
    "basler": _industrial(BaslerDriver),
    "genicam": _industrial(GenicamDriver),
    "aravis": _industrial(AravisDriver),
}
