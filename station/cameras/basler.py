"""Basler cameras through pypylon (USB3 and GigE), and pylon's own emulator (PYLON_CAMEMU=2)."""

from functools import cached_property
from typing import Any

import numpy as np

from station.cameras.device import IN_USE, Device, Seen, Shot
from station.errors import CameraError, CameraLost

MISSING = (
    'Basler cameras need pypylon, which is not installed: run pip install "patchlight[basler]".'
)
READY_MS = 200


class BaslerDriver:
    """pylon, loaded when it is first needed."""

    kind = "basler"
    label = "Basler"

    @cached_property
    def errors(self) -> tuple[type[Exception], ...]:
        """pylon's own root of all its errors."""
        return (self._sdk.genicam.GenericException,)

    def seen(self) -> list[Seen]:
        """Return what pylon lists on USB and network; a camera in use by others is listed too."""
        return [
            Seen(info.GetSerialNumber(), info.GetFriendlyName(), self._note(info))
            for info in self._listed()
        ]

    def connect(self, identity: str) -> Device:
        """Open the camera of this serial number or user-defined name."""
        info = self._info(identity)
        if info is None:
            raise CameraError(
                f"Basler camera '{identity}' is not connected. Check its cable and power; one on "
                "the network must have an address in this computer's network."
            )
        return _BaslerDevice(self._sdk, self._sdk.TlFactory.GetInstance().CreateDevice(info))

    def is_there(self, identity: str) -> bool:
        """Look it up in pylon's list (0.25 s with network cameras)."""
        return self._info(identity) is not None

    def _note(self, info: Any) -> str:
        factory = self._sdk.TlFactory.GetInstance()
        return "" if factory.IsDeviceAccessible(info) else IN_USE

    def _info(self, identity: str) -> Any | None:
        for info in self._listed():
            if identity in (info.GetSerialNumber(), info.GetUserDefinedName()):
                return info
        return None

    def _listed(self) -> list[Any]:
        return list(self._sdk.TlFactory.GetInstance().EnumerateDevices())

    @cached_property
    def _sdk(self) -> Any:
        try:
            from pypylon import genicam, pylon
        except ImportError as error:
            raise CameraError(MISSING) from error
        pylon.genicam = genicam
        return pylon


class _BaslerDevice:
    """One open camera."""

    def __init__(self, sdk: Any, device: Any) -> None:
        self._sdk = sdk
        self._camera = sdk.InstantCamera(device)
        self._camera.Open()
        self.features = _Nodes(sdk, self._camera.GetNodeMap())
        self._pixel_format = ""

    def start(self, keep_all: bool) -> None:
        self._pixel_format = self._camera.GetNodeMap().GetNode("PixelFormat").GetValue()
        strategy = "GrabStrategy_OneByOne" if keep_all else "GrabStrategy_LatestImageOnly"
        self._camera.StartGrabbing(getattr(self._sdk, strategy))

    def next(self, timeout_s: float) -> Shot | None:
        if self._camera.IsCameraDeviceRemoved():
            raise CameraLost(
                "The camera was unplugged. Check its cable and power; it is connected again by "
                "itself."
            )
        wait_ms = int(timeout_s * 1000)
        result = self._camera.RetrieveResult(wait_ms, self._sdk.TimeoutHandling_Return)
        if not result.IsValid():
            return None
        try:
            return self._shot(result)
        finally:
            result.Release()

    def trigger(self) -> None:
        if self._camera.CanWaitForFrameTriggerReady():
            # A trigger before the camera is ready for it is lost.
            ready = self._sdk.TimeoutHandling_Return
            self._camera.WaitForFrameTriggerReady(READY_MS, ready)
        self._camera.ExecuteSoftwareTrigger()

    def is_there(self) -> bool:
        return not self._camera.IsCameraDeviceRemoved()

    def close(self) -> None:
        # All of it also works on a camera that was unplugged. Destroyed, or its threads stay.
        self._camera.StopGrabbing()
        self._camera.Close()
        self._camera.DestroyDevice()

    def _shot(self, result: Any) -> Shot:
        complete = bool(result.GrabSucceeded())
        data = np.frombuffer(result.GetBuffer() if complete else b"", np.uint8)
        return Shot(
            data=data,
            pixel_format=self._pixel_format,
            size=(result.GetHeight(), result.GetWidth()) if complete else (0, 0),
            frame_id=int(result.GetBlockID()),
            complete=complete,
            padding=int(result.GetPaddingX()) if complete else 0,
        )


class _Nodes:
    """pylon's node map as `Features`."""

    def __init__(self, sdk: Any, nodes: Any) -> None:
        self._sdk = sdk
        self._nodes = nodes

    def has(self, name: str) -> bool:
        return bool(self._sdk.genicam.IsWritable(self._nodes.GetNode(name)))

    def limits(self, name: str) -> tuple[float, float]:
        node = self._nodes.GetNode(name)
        return float(node.GetMin()), float(node.GetMax())

    def set_number(self, name: str, value: float) -> None:
        node = self._nodes.GetNode(name)
        whole = isinstance(node.GetValue(), int)
        node.SetValue(round(value) if whole else value)

    def choices(self, name: str) -> tuple[str, ...]:
        return tuple(self._nodes.GetNode(name).Symbolics)

    def choose(self, name: str, value: str) -> None:
        self._nodes.GetNode(name).SetValue(value)

    def execute(self, name: str) -> None:
        self._nodes.GetNode(name).Execute()
