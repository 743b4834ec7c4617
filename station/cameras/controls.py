"""Exposure, gain and white balance of a USB camera: held where they are, and checked.

OpenCV's numbers for "automatic" differ by system: V4L2 hands through its own menu (1 manual, 3
aperture priority), the others take 0 and 1. A camera that does not know a control refuses it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import cv2

TOLERANCE = 0.02
"""How far what a camera says may be from what it was given, as a share: drivers round."""
UNKNOWN = -1.0
"""What OpenCV says of a control that the camera does not have."""
STEP = 1.25
"""What one press on brighter or darker multiplies the exposure by."""


@runtime_checkable
class Tunable(Protocol):
    """The part of `cv2.VideoCapture` used here."""

    def get(self, prop: int, /) -> float: ...

    def set(self, prop: int, value: float, /) -> bool: ...

    def getBackendName(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Control:
    """One of them. key: in a camera's settings. automatic: what switches its automatic, or none."""

    key: str
    value: int
    automatic: int | None = None


CONTROLS = (
    Control("exposure", cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE),
    Control("gain", cv2.CAP_PROP_GAIN),
    Control("white_balance", cv2.CAP_PROP_WB_TEMPERATURE, cv2.CAP_PROP_AUTO_WB),
)
KEYS = tuple(control.key for control in CONTROLS)


@dataclass(frozen=True, slots=True)
class Held:
    """What a camera keeps from now on, by key; refused: keys of those that it does not."""

    values: dict[str, float]
    refused: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """For people: what is locked at which value, and what is not."""
        if not self.values and not self.refused:
            return "Nothing is locked: the camera adjusts itself from picture to picture."
        held = ", ".join(f"{said(key)} {value:g}" for key, value in self.values.items())
        left = " and ".join(said(key) for key in self.refused)
        no = f"This camera does not let {left} be locked." if left else ""
        return " ".join(part for part in (f"Locked: {held}." if held else "", no) if part)


def said(key: str) -> str:
    """The control's name for people."""
    return key.replace("_", " ")


def hold(capture: object) -> Held:
    """Switch the automatics off and keep the values that they had reached."""
    if not isinstance(capture, Tunable):
        return Held({}, KEYS)
    found = {control.key: capture.get(control.value) for control in CONTROLS}
    taken = {c.key: found[c.key] for c in CONTROLS if not _refusal(capture, c, found[c.key])}
    return Held(taken, tuple(key for key in KEYS if key not in taken))


def apply(capture: object, values: Mapping[str, float]) -> str:
    """Give the camera these values; say which one it did not take, "" where it took all."""
    if not isinstance(capture, Tunable):
        return f"does not take {said(next(iter(values), 'anything'))}"
    wanted = (control for control in CONTROLS if control.key in values)
    refusals = (_refusal(capture, control, values[control.key]) for control in wanted)
    return next((refusal for refusal in refusals if refusal), "")


def release(capture: object) -> None:
    """Let the camera adjust itself again, as far as it can."""
    if isinstance(capture, Tunable):
        on = 3.0 if _is_v4l2(capture) else 1.0
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, on)
        capture.set(cv2.CAP_PROP_AUTO_WB, 1.0)


def brightened(exposure: float, brighter: bool) -> float:
    """Return the next exposure up or down: a quarter in V4L2's units, a stop in logarithmic ones.

    exposure: in units of 100 µs where positive; log2 of seconds where negative, as on Windows.
    """
    if exposure < 0:
        return exposure + (1 if brighter else -1)
    changed = round(exposure * STEP if brighter else exposure / STEP)
    return float(max(1, changed if changed != exposure else exposure + (1 if brighter else -1)))


def _refusal(capture: Tunable, control: Control, value: float) -> str:
    """Set it, look whether it was taken, and say what is wrong; "" where nothing is."""
    manual = 1.0 if _is_v4l2(capture) and control.key == "exposure" else 0.0
    if control.automatic is not None:
        capture.set(control.automatic, manual)
        if _is_v4l2(capture) and capture.get(control.automatic) not in (manual, UNKNOWN):
            return f"keeps adjusting its {said(control.key)} itself"
    if not capture.set(control.value, value):
        return f"does not take {said(control.key)} {value:g}"
    now = capture.get(control.value)
    if not math.isclose(now, value, rel_tol=TOLERANCE, abs_tol=0.5):
        return f"was given {said(control.key)} {value:g} and says {now:g}"
    return ""


def _is_v4l2(capture: Tunable) -> bool:
    return capture.getBackendName().startswith("V4L")
