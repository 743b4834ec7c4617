"""What a station remembers between starts: its lanes, its line, its storage, its shifts. One
TOML file in the home, for people to read and to write; comments in it are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from station.errors import SettingsError
from station.files import replacing
from station.home import Home

FILE = "station.toml"
TRIGGERS = ("free", "interval", "key", "line", "camera")
PROTOCOLS = ("none", "modbus")


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """One camera that judges one product.

    name: unique in the station; "" where there is only one lane.
    recipe: its name; "" leaves the choice to whoever starts the run.
    camera: settings as `build_camera` takes them; empty is the recipe's own camera.
    trigger: free (as fast as it goes), interval (every `period_s`), key, line (the PLC), camera (a
        sensor wired to it).
    takt_s: the time the line gives to one part, trigger to verdict; None where there is no limit.
    codes: read the part's id from a code in the picture.
    queue: pictures that may wait to be judged.
    registers: first holding register of this lane's block on the PLC; None keeps the lane off the
        line, except with the trigger "line", where it is 0.
    """

    name: str = ""
    recipe: str = ""
    camera: Mapping[str, str | float | bool] = field(default_factory=dict)
    trigger: str = "free"
    period_s: float = 1.0
    takt_s: float | None = None
    codes: bool = False
    queue: int = 8
    registers: int | None = None

    @property
    def block(self) -> int | None:
        """First register of the lane's block; None where the lane is not on the line."""
        return 0 if self.registers is None and self.trigger == "line" else self.registers


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How the station reaches the PLC.

    host, port, device_id: of its Modbus TCP server.
    poll_ms: pause between two looks at its registers.
    answer_ms: a PLC that has not answered after this time is gone.
    heartbeat_ms: the PLC's heartbeat must change within this time; 0 where it has none.
    ack_ms: a result must be acknowledged within this time.
    """

    protocol: str = "none"
    host: str = ""
    port: int = 502
    device_id: int = 1
    poll_ms: float = 10.0
    answer_ms: float = 400.0
    heartbeat_ms: float = 500.0
    ack_ms: float = 1000.0


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """What is kept, and when to warn.

    backups: copies of the ledger, one an hour and one a shift end.
    ok_share: of OK parts, chosen at random, that keep their picture when space is short.
    borderline_share: an OK part whose score is this near to the threshold keeps its picture too
        (0.1: from 90 % of the threshold on).
    warn_days: warn when the disk will be full in so many days.
    keep_free_mib: free space below which the oldest pictures are let go.
    ballast_mib: a file that is let go on a full disk, so that the last rows fit.
    """

    backups: int = 24
    ok_share: float = 0.05
    borderline_share: float = 0.1
    warn_days: float = 14.0
    keep_free_mib: int = 2048
    ballast_mib: int = 64


@dataclass(frozen=True, slots=True)
class ShiftSettings:
    """When the station's shifts begin; each ends where the next one begins.

    zone: IANA name of the time zone of the clock on the wall; "" for the computer's.
    starts: each shift's name with its start on that clock, "22:00"; empty where there are none.
    """

    zone: str = ""
    starts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in the file; what it does not name is as here."""

    lanes: tuple[LaneSettings, ...] = (LaneSettings(),)
    line: LineSettings = LineSettings()
    storage: StorageSettings = StorageSettings()
    shifts: ShiftSettings = field(default_factory=ShiftSettings)


def settings_path(home: Home) -> Path:
    """Return where they are kept."""
    return home.root / FILE


def load(home: Home) -> Settings:
    """Read the home's settings; without a file they are the defaults.

    Raises:
        SettingsError: the file is damaged, or a value is not allowed; the text names it.
    """
    from station.settings_file import parsed

    path = settings_path(home)
    return parsed(_text(path), str(path)) if path.exists() else Settings()


def save(home: Home, settings: Settings) -> None:
    """Write the settings durably; what people wrote beside them in the file stays.

    Raises:
        SettingsError: a value is not allowed, the disk refuses, or the file that is there is
            damaged: it is left as it is.
    """
    from station.settings_file import merged

    path = settings_path(home)
    text = merged(_text(path) if path.exists() else None, settings, str(path))
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(text.encode())
    except OSError as error:
        raise SettingsError(
            f"The settings could not be written to '{path}': {error.strerror}. Check the disk and "
            "save again."
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise SettingsError(f"'{path}' cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"'{path}' is damaged: it is no text. Restore it from a copy, or remove it to begin "
            "with the usual settings."
        ) from error
