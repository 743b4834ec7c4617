"""An industrial camera behind its maker's SDK: what all SDKs have in common."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from station.cameras.camera import Camera, Picture
from station.cameras.decoding import decode
from station.cameras.features import HARDWARE, SOFTWARE, Features, Setup, apply
from station.cameras.steady import WATCHDOG_S
from station.errors import CameraError, CameraLost, IncompletePicture, NothingYet

logger = logging.getLogger(__name__)

SLICE_S = 0.2
"""What a camera that the line triggers waits for a part before it says `NothingYet`."""
IN_USE = "Another program or computer uses it. Close that first."
HEED_S = 0.1
"""Between two looks whether the camera is to be closed."""
CLOSE_S = 0.4
MOST_OLD = 64
"""Pictures that may wait in a camera's buffers; more is a camera faster than its reader."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A connected camera. identity: what opens it. name: for people. note: what is wrong."""

    identity: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What an SDK handed over. data: uint8, flat, only valid until the next. size: (H, W).

    complete: False where packets were lost on the way.
    """

    data: NDArray[np.uint8]
    pixel_format: str
    size: tuple[int, int]
    frame_id: int
    complete: bool
    padding: int = 0


class Device(Protocol):
    """One camera that an SDK has open; used by one thread at a time."""

    @property
    def features(self) -> Features:
        """Its settings."""

    def start(self, keep_all: bool) -> None:
        """Begin to take pictures. keep_all: none may be left out, each is a part."""

    def next(self, timeout_s: float) -> Shot | None:
        """Return the next picture, None if none came. 0 only takes one that waits."""

    def trigger(self) -> None:
        """Have it take a picture now; it was set up for that."""

    def is_there(self) -> bool:
        """True while it answers."""

    def close(self) -> None:
        """Let go of it, also where it does not answer any more."""


class Driver(Protocol):
    """One SDK."""

    @property
    def kind(self) -> str:
        """In a camera's settings."""

    @property
    def label(self) -> str:
        """For people: "Basler"."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its calls raise."""

    def seen(self) -> list[Seen]:
        """Return the connected cameras. Raises CameraError: the SDK is missing or does not work."""

    def connect(self, identity: str) -> Device:
        """Open one of them. Raises CameraError as `seen`, and what `errors` names."""

    def is_there(self, identity: str) -> bool:
        """Say cheaply whether a camera that is not open is connected."""


class DeviceCamera(Camera):
    """A camera of any SDK. It is lost, and says so, when it does not answer."""

    def __init__(
        self,
        driver: Driver,
        identity: str,
        setup: Setup,
        *,
        read_timeout_s: float = WATCHDOG_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            identity: serial number or name; empty for the only one that is connected.
            read_timeout_s: from one picture to the next, unless the line triggers it.
            clock: monotonic seconds.
        """
        self._driver = driver
        self._identity = identity
        self._setup = setup
        self._read_timeout_s = read_timeout_s
        self._clock = clock
        self._closed = threading.Event()
        self._closed.set()
        self._lock = threading.Lock()
        self._device: Device | None = None

    @property
    def name(self) -> str:
        """What kind of camera, and which."""
        return f"{self._driver.label} {self._identity}".rstrip()

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """Kind, id and what of its setup is not the usual."""
        return {"kind": self._driver.kind, "id": self._identity, **self._setup.settings}

    def open(self) -> None:
        """Connect, set up and start.

        Raises:
            CameraError: not connected, in use, SDK missing, or its setup does not fit it.
        """
        self.close()
        with self._lock:
            self._closed.clear()
            self._identity = self._identity or self._only_one()
            try:
                self._device = self._driver.connect(self._identity)
                apply(self._device.features, self._setup, self.name)
                self._device.start(self._setup.trigger == HARDWARE)
            except Exception as error:
                self._let_go()
                if isinstance(error, CameraError) or not isinstance(error, self._driver.errors):
                    raise
                raise CameraError(
                    f"Camera '{self.name}' cannot be opened: {error}. Check its cable and power, "
                    "and that no other program uses it."
                ) from error

    def grab(self) -> Picture:
        """Return the next picture.

        Raises:
            NothingYet: the line triggers the camera, and it has not.
            IncompletePicture: packets were lost on the way.
            CameraLost: no picture came in time, or the camera does not answer.
            CameraError: closed.
        """
        with self._lock:
            device = self._device
            if self._closed.is_set() or device is None:
                raise self._is_closed()
            try:
                shot = self._shot(device)
            except self._driver.errors as error:
                raise CameraLost(
                    f"Camera '{self.name}' does not answer any more: {error}. Check its cable and "
                    "power; it is connected again by itself."
                ) from error
            return self._picture(shot)

    def is_there(self) -> bool:
        """True if it answers; while closed, if it is connected."""
        with self._lock:
            device = self._device
            try:
                return device.is_there() if device else self._driver.is_there(self._identity)
            except Exception:
                logger.debug("Camera '%s' is not there.", self.name, exc_info=True)
                return False

    def close(self) -> None:
        """Disconnect; a grab that waits in another thread ends with CameraError."""
        self._closed.set()
        if self._lock.acquire(timeout=CLOSE_S):
            try:
                self._let_go()
            finally:
                self._lock.release()

    def _only_one(self) -> str:
        seen = self._driver.seen()
        if len(seen) == 1:
            return seen[0].identity
        if not seen:
            raise CameraError(
                f"No {self._driver.label} camera is connected. Check cable and power."
            )
        names = ", ".join(camera.identity for camera in seen)
        raise CameraError(f"Several cameras are connected. Name one by its id: {names}.")

    def _let_go(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _shot(self, device: Device) -> Shot:
        if self._setup.trigger == HARDWARE:
            shot = self._wait(device, SLICE_S)
            if shot is None:
                raise NothingYet(f"Camera '{self.name}' was not triggered yet.")
            return shot
        for _ in range(MOST_OLD):
            if device.next(0.0) is None:
                break  # Nothing from before the trigger is left.
        if self._setup.trigger == SOFTWARE:
            device.trigger()
        shot = self._wait(device, self._read_timeout_s)
        if shot is None:
            raise CameraLost(
                f"Camera '{self.name}' gave no picture for {self._read_timeout_s:g} s. Check its "
                "cable, power and trigger; it is connected again by itself."
            )
        return shot

    def _wait(self, device: Device, timeout_s: float) -> Shot | None:
        until_s = self._clock() + timeout_s
        while (left_s := until_s - self._clock()) > 0:
            shot = device.next(min(HEED_S, left_s))
            if self._closed.is_set():
                raise self._is_closed()
            if shot is not None:
                return shot
        return None

    def _picture(self, shot: Shot) -> Picture:
        if not shot.complete:
            raise IncompletePicture(
                f"Camera '{self.name}' sent a picture with parts missing; it was thrown away. "
                "Check its cable, the switch and the network's load."
            )
        pixels = decode(shot.data, shot.pixel_format, shot.size, shot.padding)
        return Picture(pixels, f"picture {shot.frame_id}", shot.frame_id)

    def _is_closed(self) -> CameraError:
        return CameraError(f"Camera '{self.name}' is closed. Start it first.")
