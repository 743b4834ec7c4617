"""Options that say where to look: region of interest, ignored regions, anchor."""

import argparse
from dataclasses import replace
from pathlib import Path

from engine.location import Anchor
from engine.region import check_settings
from engine.teach import TeachSettings
from station.pictures import load_fit

RECTANGLE = ("TOP", "LEFT", "HEIGHT", "WIDTH")


def add_region(parser: argparse.ArgumentParser) -> None:
    """What `teach` and `evaluate` take."""
    parser.add_argument(
        "--roi", type=int, nargs=4, metavar=RECTANGLE, help="region of interest in pixels"
    )
    parser.add_argument(
        "--ignore", type=_corner, nargs="+", action="append", default=[], metavar="X,Y",
        help="corners of a region that is not looked at; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--anchor", type=int, nargs=4, metavar=RECTANGLE,
        help="patch of the reference picture that every part is located by; needs --roi",
    )  # fmt: skip
    parser.add_argument(
        "--reference", type=Path, metavar="FILE",
        help="picture that the regions belong to (default: the first good one)",
    )  # fmt: skip


def looking(args: argparse.Namespace, settings: TeachSettings, first: Path) -> TeachSettings:
    """Return the settings with what the options say.

    Args:
        first: the first good picture, where no reference is named.

    Raises:
        ImageError: the reference cannot be read, or the anchor does not hold. TeachError: the
            regions contradict one another.
    """
    if not (args.roi or args.ignore or args.anchor):
        return settings
    reference = load_fit(args.reference or first)
    anchor = Anchor.of(reference, tuple(args.anchor)) if args.anchor else None
    ignored = tuple(tuple(corners) for corners in args.ignore)
    roi = tuple(args.roi) if args.roi else None
    found = replace(settings, roi=roi, ignored=ignored, anchor=anchor)
    check_settings(reference.shape, roi, ignored, found.anchored)
    return found


def _corner(text: str) -> tuple[float, float]:
    x, _, y = text.partition(",")
    try:
        return float(x), float(y)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no corner; write 120,48 (name the pictures before --ignore)"
        ) from error
