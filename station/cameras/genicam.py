"""GenICam cameras of any maker through harvesters and the maker's GenTL producer (a .cti file)."""

import os
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from station.cameras.device import IN_USE, Device, Seen, Shot
from station.errors import CameraError

MISSING = (
    "GenICam cameras need harvesters, which is not installed: "
    'run pip install "patchlight[genicam]".'
)
NO_PRODUCER = (
    "No GenTL producer is installed, so no GenICam camera can be reached. Install the camera "
    "maker's software; it must set GENICAM_GENTL64_PATH."
)
PATHS = "GENICAM_GENTL64_PATH"
LOOK_MS = 100
BUFFERS = 8


class GenicamDriver:
    """Harvesters, loaded when it is first needed."""

    kind = "genicam"
    label = "GenICam"

    @cached_property
    def errors(self) -> tuple[type[Exception], ...]:
        """Those of GenTL, of GenApi, and what harvesters adds."""
        self._harvester_class()
        from genicam.genapi import GenericException as OfNodes
        from genicam.gentl import GenericException as OfTransport

        return (OfNodes, OfTransport, ValueError, IndexError, RuntimeError)

    def seen(self) -> list[Seen]:
        """Return what the installed producers list; looking again takes up to 0.1 s each."""
        with _shared.lock:
            harvester = _shared.enter(self._harvester_class())
            try:
                infos = [info for info in harvester.device_info_list if _shared.is_fresh(info)]
                return [Seen(info.id_, info.display_name, _note(info)) for info in infos]
            finally:
                _shared.leave()

    def connect(self, identity: str) -> Device:
        """Open the camera of this id or serial number."""
        with _shared.lock:
            harvester = _shared.enter(self._harvester_class())
            try:
                number = _number(harvester.device_info_list, identity)
                if number is None:
                    raise CameraError(
                        f"GenICam camera '{identity}' is not connected. Check its cable and power."
                    )
                return _GenicamDevice(harvester.create(number))
            except BaseException:
                _shared.leave()
                raise

    def is_there(self, identity: str) -> bool:
        """Have its producer look again."""
        with _shared.lock:
            harvester = _shared.enter(self._harvester_class())
            try:
                infos = harvester.device_info_list
                number = _number(infos, identity)
                return number is not None and _shared.is_fresh(infos[number])
            finally:
                _shared.leave()

    def _harvester_class(self) -> Any:
        try:
            from harvesters.core import Harvester
        except ImportError as error:
            raise CameraError(MISSING) from error
        return Harvester


class _Shared:
    """The process's one Harvester: a producer shows its cameras to the first that opens it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._users = 0
        self._harvester: Any = None

    def enter(self, harvester_class: Any) -> Any:
        """Return it, with what is connected now if nobody else uses it."""
        if not self._users:
            files = list(producers(os.environ.get(PATHS, "")))
            if not files:
                raise CameraError(NO_PRODUCER)
            self._harvester = harvester_class()
            for file in files:
                self._harvester.add_file(str(file))
            self._harvester.update()
        self._users += 1
        return self._harvester

    def leave(self) -> None:
        """Give it back; the last one closes the producers."""
        self._users -= 1
        if not self._users:
            self._harvester.reset()
            self._harvester = None

    def is_fresh(self, info: Any) -> bool:
        """Look whether a listed camera is still there, without disturbing open ones."""
        info.parent.update_device_info_list(LOOK_MS)
        return info.id_ in [now.id_ for now in info.parent.device_info_list]


_shared = _Shared()


def _number(infos: Sequence[Any], identity: str) -> int | None:
    """Find the camera of this id or serial number."""
    names = [(info.id_, info.property_dict.get("serial_number")) for info in infos]
    return next((number for number, said in enumerate(names) if identity in said), None)


def producers(paths: str) -> Iterable[Path]:
    """Return the producers (*.cti) in the folders of a path list, and those named themselves."""
    for entry in filter(None, paths.split(os.pathsep)):
        path = Path(entry)
        yield from [path] if path.is_file() else sorted(path.glob("*.cti"))


def _note(info: Any) -> str:
    """Read GenTL's DEVICE_ACCESS_STATUS: 3 no access, 4 busy."""
    return IN_USE if info.access_status in (3, 4) else ""


class _GenicamDevice:
    """One open camera."""

    def __init__(self, acquirer: Any) -> None:
        self._acquirer = acquirer
        self._nodes = acquirer.remote_device.node_map
        self.features = _Nodes(self._nodes)
        self._keep_all = False

    def start(self, keep_all: bool) -> None:
        self._keep_all = keep_all
        self._acquirer.num_buffers = max(BUFFERS, self._acquirer.min_num_buffers)
        self._acquirer.start()

    def next(self, timeout_s: float) -> Shot | None:
        # try_fetch gives None where fetch raises; 0 would wait for ever.
        buffer = self._acquirer.try_fetch(timeout=max(timeout_s, 0.001))
        if buffer is None:
            return None
        try:
            return _shot(buffer)
        finally:
            buffer.queue()

    def trigger(self) -> None:
        self.features.execute("TriggerSoftware")

    def is_there(self) -> bool:
        self._nodes.get_node("Width").get_value(False, True)  # From the camera, not the cache.
        return True

    def close(self) -> None:
        with _shared.lock:
            try:
                self._acquirer.destroy()
            finally:
                _shared.leave()


def _shot(buffer: Any) -> Shot:
    """Copy it, since its memory is the camera's again after this."""
    whole = bool(buffer.module.is_complete()) and bool(buffer.payload.components)
    frame_id = int(buffer.module.frame_id)
    if not whole:
        return Shot(np.empty(0, np.uint8), "", (0, 0), frame_id, complete=False)
    part = buffer.payload.components[0]
    data = np.array(part.data, copy=True).view(np.uint8)
    size = (int(part.height), int(part.width))
    return Shot(data, str(part.data_format), size, frame_id, complete=True, padding=part.x_padding)


class _Nodes:
    """GenApi's node map as `Features`."""

    def __init__(self, nodes: Any) -> None:
        self._nodes = nodes

    def has(self, name: str) -> bool:
        from genicam.genapi import EAccessMode

        if not self._nodes.has_node(name):
            return False
        return self._nodes.get_node(name).get_access_mode() in (EAccessMode.RW, EAccessMode.WO)

    def limits(self, name: str) -> tuple[float, float]:
        node = self._nodes.get_node(name)
        return float(node.min), float(node.max)

    def set_number(self, name: str, value: float) -> None:
        node = self._nodes.get_node(name)
        node.value = round(value) if isinstance(node.value, int) else value

    def choices(self, name: str) -> tuple[str, ...]:
        return tuple(self._nodes.get_node(name).symbolics)

    def choose(self, name: str, value: str) -> None:
        self._nodes.get_node(name).value = value

    def execute(self, name: str) -> None:
        self._nodes.get_node(name).execute()
