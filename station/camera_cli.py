"""`patchlight cameras`: what is connected and what is wrong with it."""

import argparse
import json
import time
from pathlib import Path

from station.arguments import Subparsers, add_command
from station.cameras.catalogue import build_camera
from station.cameras.finding import Found, find_cameras
from station.errors import CameraError, NothingYet


def add_cameras(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `cameras`."""
    text = "list the cameras that are connected and what is wrong with them"
    parser = add_command(sub, "cameras", cameras, text)
    parser.add_argument(
        "--try", action="store_true", dest="grab", help="open each and take a picture"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the list here")


def cameras(args: argparse.Namespace) -> int:
    """Print a line or two for each camera, and for each kind that has none."""
    rows = []
    for found in find_cameras():
        said = _tried(found) if args.grab and found.settings and not found.trouble else ""
        rows.append({"name": found.name, "settings": found.settings, "trouble": found.trouble})
        rows[-1]["tried"] = said
        print(_line(found, said))
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=2), "utf-8")
    return 0


def _line(found: Found, said: str) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in found.settings.items())
    mark = "-" if not found.settings else "!" if found.trouble else "+"
    lines = [f"{mark} {found.name}" + (f"  ({settings})" if settings else "")]
    lines += [f"    {text}" for text in (found.trouble, said) if text]
    return "\n".join(lines)


def _tried(found: Found) -> str:
    began_s = time.monotonic()
    try:
        with build_camera(found.settings) as camera:
            opened_s = time.monotonic()
            picture = camera.grab()
            grabbed_s = time.monotonic()
    except NothingYet:
        return "It opens, and waits for its trigger."
    except CameraError as error:
        return str(error)
    height, width = picture.pixels.shape[:2]
    return (
        f"It gives pictures of {width} × {height}: opened in {opened_s - began_s:.2f} s, the first "
        f"after {grabbed_s - opened_s:.2f} s."
    )
