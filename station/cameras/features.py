"""A GenICam camera's features by their standard names: set, or refused in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from station.cameras.decoding import FORMATS
from station.errors import CameraError

FREE, SOFTWARE, HARDWARE = "free", "software", "hardware"
TRIGGERS = (FREE, SOFTWARE, HARDWARE)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number that can be fixed. key: in `Setup`. features: the first that a camera has is it.

    text: for people. automatic: what must be off. colour: in "BalanceRatioSelector".
    """

    key: str
    text: str
    features: tuple[str, ...]
    automatic: str
    colour: str = ""


EXPOSURES = ("ExposureTime", "ExposureTimeAbs", "ExposureTimeRaw")
FIXED = (
    Fixed("exposure_us", "exposure in µs", EXPOSURES, "ExposureAuto"),
    Fixed("gain", "gain", ("Gain", "GainRaw"), "GainAuto"),
    Fixed("white_balance_red", "red", ("BalanceRatio",), "BalanceWhiteAuto", "Red"),
    Fixed("white_balance_blue", "blue", ("BalanceRatio",), "BalanceWhiteAuto", "Blue"),
)


class Features(Protocol):
    """The features of one open camera, named as in the Standard Features Naming Convention.

    Each call may raise the SDK's own errors; the camera that uses it turns them into sentences.
    """

    def has(self, name: str) -> bool:
        """True if the camera has this feature and it can be written now."""

    def limits(self, name: str) -> tuple[float, float]:
        """Return the least and the greatest number it takes."""

    def set_number(self, name: str, value: float) -> None:
        """Set a number; whole where the feature is."""

    def choices(self, name: str) -> tuple[str, ...]:
        """Return what can be chosen."""

    def choose(self, name: str, value: str) -> None:
        """Choose one of them."""

    def execute(self, name: str) -> None:
        """Have the camera do it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a camera is to take pictures. What is None or empty stays as the camera has it.

    exposure_us: microseconds. gain, white_balance_*: in the camera's own unit. trigger: "free" (it
    takes pictures all the time), "software" (one for each grab) or "hardware" (one for each signal
    on its input `trigger_line`).
    """

    exposure_us: float | None = None
    gain: float | None = None
    white_balance_red: float | None = None
    white_balance_blue: float | None = None
    pixel_format: str = ""
    trigger: str = FREE
    trigger_line: str = "Line1"

    @classmethod
    def read(cls, settings: Mapping[str, str | float | bool]) -> "Setup":
        """Read it from a camera's settings.

        Raises:
            CameraError: no such trigger, or a pixel format that cannot be read.
            ValueError: no number where one must be.
        """
        numbers = [fixed.key for fixed in FIXED]
        setup = cls(
            **{key: float(settings[key]) for key in numbers if key in settings},
            pixel_format=str(settings.get("pixel_format", "")),
            trigger=str(settings.get("trigger", FREE)),
            trigger_line=str(settings.get("trigger_line", "Line1")),
        )
        if setup.trigger not in TRIGGERS:
            raise CameraError(f"There is no trigger '{setup.trigger}'. {_one_of(TRIGGERS)}")
        if setup.pixel_format and setup.pixel_format not in FORMATS:
            raise CameraError(
                f"Pixel format '{setup.pixel_format}' cannot be read. {_one_of(FORMATS)}"
            )
        return setup

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """What `read` makes this of; only what differs from the usual."""
        usual = Setup()
        names = self.__dataclass_fields__
        return {n: getattr(self, n) for n in names if getattr(self, n) != getattr(usual, n)}


def apply(features: Features, setup: Setup, name: str) -> None:
    """Give an open camera that does not take pictures yet its setup.

    name: the camera's, for the sentences.

    Raises:
        CameraError: it lacks a feature that is asked for, or does not take the value.
    """
    _choose_format(features, setup, name)
    for fixed in FIXED:
        value = getattr(setup, fixed.key)
        if value is not None:
            _fix(features, fixed, value, name)
    _set_trigger(features, setup, name)


def _choose_format(features: Features, setup: Setup, name: str) -> None:
    if not features.has("PixelFormat"):
        return
    offered = [known for known in FORMATS if known in features.choices("PixelFormat")]
    if setup.pixel_format and setup.pixel_format not in offered:
        raise CameraError(
            f"Camera '{name}' does not send pixel format '{setup.pixel_format}'. {_one_of(offered)}"
        )
    if not offered:
        raise CameraError(f"Camera '{name}' sends no pixel format that can be read.")
    features.choose("PixelFormat", setup.pixel_format or offered[0])


def _fix(features: Features, fixed: Fixed, value: float, name: str) -> None:
    """Switch the automatic off and set the first of the features that the camera has."""
    _choose_if_there(features, fixed.automatic, "Off")
    if fixed.colour:
        _choose_if_there(features, "BalanceRatioSelector", fixed.colour)
    found = next((feature for feature in fixed.features if features.has(feature)), None)
    if found is None:
        raise CameraError(
            f"Camera '{name}' has no {fixed.text} that can be set. Take it out of its settings."
        )
    least, most = features.limits(found)
    if not least <= value <= most:
        raise CameraError(
            f"Camera '{name}' takes {fixed.text} from {least:.10g} to {most:.10g}, not "
            f"{value:.10g}. Change its settings."
        )
    features.set_number(found, value)


def _set_trigger(features: Features, setup: Setup, name: str) -> None:
    """Switch every trigger off but the one of whole frames, where it is asked for."""
    _choose_if_there(features, "AcquisitionMode", "Continuous")
    if not features.has("TriggerMode"):
        if setup.trigger != FREE:
            raise CameraError(f"Camera '{name}' has no trigger input. Set its trigger to \"free\".")
        return
    for selector in features.choices("TriggerSelector") if features.has("TriggerSelector") else ():
        features.choose("TriggerSelector", selector)
        _choose_if_there(features, "TriggerMode", "Off")
    _choose_if_there(features, "TriggerSelector", "FrameStart")
    features.choose("TriggerMode", "Off")
    if setup.trigger == FREE:
        return
    source = "Software" if setup.trigger == SOFTWARE else setup.trigger_line
    sources = features.choices("TriggerSource")
    if source not in sources:
        raise CameraError(f"Camera '{name}' has no trigger '{source}'. {_one_of(sources)}")
    features.choose("TriggerSource", source)
    features.choose("TriggerMode", "On")


def _choose_if_there(features: Features, name: str, value: str) -> None:
    if features.has(name) and value in features.choices(name):
        features.choose(name, value)


def _one_of(names: "list[str] | tuple[str, ...]") -> str:
    return f"Choose one of {', '.join(names)}."
