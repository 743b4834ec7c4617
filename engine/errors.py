"""What the engine raises: each message says what happened, to which thing, and what to do next."""


class EngineError(Exception):
    """Something the user can act on; its text is written for them."""


class ImageError(EngineError):
    """A picture that must not be judged or taught from."""


class NotInPlace(ImageError):
    """A part that its anchor does not locate, or that lies partly outside the picture."""


class BackboneError(EngineError):
    """A network or its weights that cannot be had."""


class ModelFileError(EngineError):
    """A model file that is truncated, tampered with, newer than this program, or not ours."""


class TeachError(EngineError):
    """Teaching that cannot give a usable model from what it was given."""


class CalibrationError(EngineError):
    """A threshold that the given scores do not support."""


class DetectionError(EngineError):
    """Good parts that synthetic defects cannot be drawn into, or that say nothing with them."""


class Cancelled(EngineError):
    """The user asked to stop; nothing was written."""
