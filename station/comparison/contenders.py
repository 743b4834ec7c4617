"""Who takes part in a comparison. A new method is one line in `OWN`."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import station
from engine import padim, teach
from engine.detector import Teach
from station.comparison import fast_modes
from station.errors import StationError

PEERS_PYTHON = "PATCHLIGHT_PEERS_PYTHON"
"""Environment variable: the interpreter of an environment in which anomalib is installed."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A method of this program. key: its word on the command line; name: for people."""

    key: str
    name: str
    teach: Teach

    def command(self, folder: Path) -> list[str]:
        """The process that runs the job in `folder`."""
        program = [] if getattr(sys, "frozen", False) else ["-m", "station"]
        return [sys.executable, *program, "contend", str(folder)]

    def environment(self) -> dict[str, str]:
        """Let the process find this very program, wherever it is started."""
        root = str(Path(station.__file__).resolve().parents[1])
        places = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        return os.environ | {"PYTHONPATH": os.pathsep.join(places)}


@dataclass(frozen=True, slots=True)
class Peer:
    """Another program's method, run by a script of ours in that program's interpreter."""

    key: str
    name: str
    python: str
    script: Path

    def command(self, folder: Path) -> list[str]:
        """The process that runs the job in `folder`."""
        return [self.python, str(self.script), str(folder)]

    def environment(self) -> dict[str, str]:
        """As here, but nothing is fetched from a network."""
        return os.environ | {"HF_HUB_OFFLINE": "1"}


OWN = (
    Contender("patchcore", "PatchCore", teach.teach),
    Contender("fast", "PatchCore fast", fast_modes.teach_projected),
    Contender("fast-int8", "PatchCore fast int8", fast_modes.teach_in_int8),
    Contender("padim", "PaDiM", padim.teach),
)
ANOMALIB = "anomalib"
KEYS = (*(contender.key for contender in OWN), ANOMALIB)


def contenders(only: Sequence[str] | None = None) -> list[Contender | Peer]:
    """Everybody who can take part here, or those whose keys are in `only`.

    Raises:
        StationError: anomalib is asked for and is not installed.
    """
    python = peers_python()
    script = Path(__file__).with_name("anomalib_peer.py")
    peers = [Peer(ANOMALIB, "anomalib PatchCore", python, script)] if python else []
    if only and ANOMALIB in only and not peers:
        raise StationError(
            f"anomalib is not installed here. Name the interpreter that has it in {PEERS_PYTHON}."
        )
    everybody: list[Contender | Peer] = [*OWN, *peers]
    return [one for one in everybody if only is None or one.key in only]


def peers_python() -> str:
    """Name the interpreter that has anomalib: PATCHLIGHT_PEERS_PYTHON, else this one; else ""."""
    named = os.environ.get(PEERS_PYTHON, "")
    return named or (sys.executable if find_spec(ANOMALIB) else "")
