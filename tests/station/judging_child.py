"""A whole station that judges until it is killed: prints each part's number, verdict and source as
the line would hear it, once its row is committed."""

import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from scripted_station import Station, picture

from station.errors import CameraError
from station.home import Home
from station.inspection.events import Event, Recorded
from station.inspection.triggers import Interval


def brightness(number: int) -> int:
    """Of the first pixel of the camera's n-th picture, which the engine takes for the score."""
    return number * 37 % 256


def pictures() -> Iterator[object]:
    for number in count(1):
        yield picture(brightness(number)) if number % 7 else CameraError("No picture came.")


def tell(event: Event) -> None:
    if isinstance(event, Recorded):
        print(event.row.sequence, event.row.verdict.value, event.row.source, flush=True)


if __name__ == "__main__":
    from scripted_station import Camera

    Station(Home(Path(sys.argv[1])), Camera(pictures()), Interval(0.004), heard=tell).start()
    threading.Event().wait()
