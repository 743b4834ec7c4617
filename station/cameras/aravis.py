"""GigE Vision and USB3 Vision cameras of any maker through Aravis and PyGObject."""

import threading
from functools import cached_property
from typing import Any

import numpy as np

from station.cameras.device import Device, Seen, Shot
from station.cameras.looks import gige_answers
from station.errors import CameraError, CameraLost

MISSING = (
    "Aravis is not installed: run apt install gir1.2-aravis-0.8 libgirepository1.0-dev "
    'libcairo2-dev and then pip install "patchlight[aravis]".'
)
BUFFERS = 16
PICTURES_IN_SOCKET = 4
CONTROL_REGISTER = 0x0A00
"""GigE Vision's Control Channel Privilege: 0 while nobody controls the camera."""


class AravisDriver:
    """Aravis, loaded when it is first needed."""

    kind = "aravis"
    label = "GigE"

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}

    @cached_property
    def errors(self) -> tuple[type[Exception], ...]:
        """What PyGObject makes of Aravis' errors."""
        self._sdk  # noqa: B018 - says what is missing
        from gi.repository import GLib

        return (GLib.Error, TypeError)

    def seen(self) -> list[Seen]:
        """Ask all networks and USB; takes a second, as long as cameras may take to answer."""
        self._sdk.update_device_list()
        return [self._seen(number) for number in range(self._sdk.get_n_devices())]

    def connect(self, identity: str) -> Device:
        """Open the camera of this id, serial number or network address."""
        try:
            camera = self._sdk.Camera.new(identity)
        except self.errors:
            # Perhaps under another address than when it was last looked for.
            known = next((s for s in self.seen() if self._is(s, identity)), None)
            if known is None:
                raise CameraError(
                    f"GigE camera '{identity}' is not connected. Check its cable and power; it "
                    "must have an address in this computer's network."
                ) from None
            camera = self._sdk.Camera.new(known.identity)
        address = self._address(camera)
        self._addresses[identity] = address
        return _AravisDevice(self._sdk, camera, address)

    def is_there(self, identity: str) -> bool:
        """Ask a camera on the network itself, at its last address; look for others on USB."""
        address = self._addresses.get(identity, "")
        if address:
            return gige_answers(address)
        return any(self._is(seen, identity) for seen in self.seen())

    def _seen(self, number: int) -> Seen:
        sdk = self._sdk
        identity, model = sdk.get_device_id(number), sdk.get_device_model(number)
        serial, address = sdk.get_device_serial_nbr(number), sdk.get_device_address(number)
        return Seen(identity, f"{sdk.get_device_vendor(number)} {model} ({serial}) at {address}")

    def _is(self, seen: Seen, identity: str) -> bool:
        return identity == seen.identity or f"({identity})" in seen.name

    def _address(self, camera: Any) -> str:
        device = camera.get_device()
        if not isinstance(device, self._sdk.GvDevice):
            return ""
        return str(device.get_device_address().get_address().to_string())

    @cached_property
    def _sdk(self) -> Any:
        try:
            import gi

            gi.require_version("Aravis", "0.8")
            from gi.repository import Aravis
        except (ImportError, ValueError) as error:
            raise CameraError(MISSING) from error
        return Aravis


class _AravisDevice:
    """One open camera. address: on the network; empty on USB."""

    def __init__(self, sdk: Any, camera: Any, address: str) -> None:
        self._sdk = sdk
        self._camera: Any = camera
        self._device: Any = camera.get_device()
        self._stream: Any = None
        self._address = address
        self._pixel_format = ""
        self._unplugged = unplugged = threading.Event()
        if not address:
            # Without a reference to this object, or Aravis would never give the camera free.
            self._device.connect("control-lost", lambda _device: unplugged.set())
        self.features = _Nodes(sdk, self._device)

    def start(self, keep_all: bool) -> None:  # noqa: ARG002 - the buffers keep the oldest anyway
        self._pixel_format = self._camera.get_pixel_format_as_string()
        payload = self._camera.get_payload()
        self._stream = self._new_stream(payload)
        for _ in range(BUFFERS):
            self._stream.push_buffer(self._sdk.Buffer.new_allocate(payload))
        self._camera.start_acquisition()

    def _new_stream(self, payload: int) -> Any:
        """Room for whole pictures in the system's buffer: they come in bursts.

        Raw packet sockets, which Aravis prefers where it may, once gave no packet at all.
        """
        if not self._address:
            return self._camera.create_stream(None, None)
        self._device.set_stream_options(self._sdk.GvStreamOption.PACKET_SOCKET_DISABLED)
        stream = self._camera.create_stream(None, None)
        stream.set_property("socket-buffer", self._sdk.GvStreamSocketBuffer.FIXED)
        stream.set_property("socket-buffer-size", PICTURES_IN_SOCKET * payload)
        return stream

    def next(self, timeout_s: float) -> Shot | None:
        if not self._heeds():
            raise CameraLost(
                "The camera does not heed this computer any more. Check its cable and power, and "
                "that no other computer uses it; it is connected again by itself."
            )
        if timeout_s:
            buffer = self._stream.timeout_pop_buffer(int(timeout_s * 1e6))
        else:
            buffer = self._stream.try_pop_buffer()
        if buffer is None:
            return None
        try:
            return self._shot(buffer)
        finally:
            self._stream.push_buffer(buffer)

    def trigger(self) -> None:
        self.features.execute("TriggerSoftware")

    def _heeds(self) -> bool:
        """Say whether this computer controls the camera, without asking it.

        On the network never by Aravis' signal "control-lost": it is given by the thread that sends
        heartbeats, which holds the camera meanwhile. Closed by another just then, that thread would
        have to end the camera, and to wait for its own end: GLib then aborts the process.
        """
        return bool(self._device.is_controller()) if self._address else not self._unplugged.is_set()

    def is_there(self) -> bool:
        heeds = self._heeds()
        if not heeds or not self._address:
            return heeds
        # Looked for first: reading a register of a camera that is gone takes seconds.
        return gige_answers(self._address) and bool(self._device.read_register(CONTROL_REGISTER))

    def close(self) -> None:
        """Let go of it; in the background where it does not answer, which takes Aravis 8 s."""
        if not self._address or gige_answers(self._address):
            self._let_go()
        else:
            threading.Thread(target=self._let_go, name="camera closing", daemon=True).start()

    def _let_go(self) -> None:
        try:
            if self._stream is not None:
                self._camera.stop_acquisition()
        except Exception as error:
            if not isinstance(error, self._sdk_error):
                raise
        finally:
            # The last references: Aravis then gives the camera free.
            self._stream = self._device = self._camera = self.features.device = None

    @property
    def _sdk_error(self) -> type[Exception]:
        from gi.repository import GLib

        error: type[Exception] = GLib.Error
        return error

    def _shot(self, buffer: Any) -> Shot:
        if buffer.get_status() != self._sdk.BufferStatus.SUCCESS:
            frame_id = int(buffer.get_frame_id())
            return Shot(np.empty(0, np.uint8), "", (0, 0), frame_id, complete=False)
        return Shot(
            data=np.frombuffer(buffer.get_data(), np.uint8),
            pixel_format=self._pixel_format,
            size=(buffer.get_image_height(), buffer.get_image_width()),
            frame_id=int(buffer.get_frame_id()),
            complete=True,
        )


class _Nodes:
    """Aravis' features as `Features`."""

    def __init__(self, sdk: Any, device: Any) -> None:
        self._sdk = sdk
        self.device: Any = device

    def has(self, name: str) -> bool:
        return bool(self.device.is_feature_available(name))

    def limits(self, name: str) -> tuple[float, float]:
        if self._is_float(name):
            least, greatest = self.device.get_float_feature_bounds(name)
        else:
            least, greatest = self.device.get_integer_feature_bounds(name)
        return float(least), float(greatest)

    def set_number(self, name: str, value: float) -> None:
        if self._is_float(name):
            self.device.set_float_feature_value(name, value)
        else:
            self.device.set_integer_feature_value(name, round(value))

    def choices(self, name: str) -> tuple[str, ...]:
        return tuple(self.device.dup_available_enumeration_feature_values_as_strings(name))

    def choose(self, name: str, value: str) -> None:
        self.device.set_string_feature_value(name, value)

    def execute(self, name: str) -> None:
        self.device.execute_command(name)

    def _is_float(self, name: str) -> bool:
        return isinstance(self.device.get_feature(name), self._sdk.GcFloat)
