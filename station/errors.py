"""What the station raises: each message says what happened, to which thing, and what to do next."""


class StationError(Exception):
    """Something the user can act on; its text is written for them."""


class CameraError(StationError):
    """A camera that cannot be opened or gave no picture."""


class CameraLost(CameraError):
    """The camera is gone (unplugged, frozen, its server dead): it must be connected anew."""


class IncompletePicture(CameraError):
    """A picture arrived with parts missing and was thrown away; the next may be whole."""


class NothingYet(CameraError):
    """A camera that waits for its own trigger has had none: no part was there yet."""


class EndOfImages(CameraError):
    """A camera with a finite number of pictures (a folder played once, a video) has none left."""


class RecipeError(StationError):
    """A recipe that does not exist, does not verify, or may not be written."""


class LedgerError(StationError):
    """A ledger that cannot be opened, trusted or written: the station must not judge."""


class SettingsError(StationError):
    """A station's settings that are damaged, or that hold what is not allowed."""
