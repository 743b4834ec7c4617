"""What the parts of the command line share: a command's frame, and types of arguments."""

import argparse
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from station.home import Home

Command = Callable[[argparse.Namespace], int]
Subparsers = argparse._SubParsersAction


def add_command(
    sub: "Subparsers[argparse.ArgumentParser]", name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    """Add a command that knows its station's folder, and return its parser."""
    parser = sub.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=command)
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="the station's folder (default: your data folder)"
    )
    return parser


def count(text: str) -> int:
    """Read a whole number from 1. Raises ArgumentTypeError."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def parse_time(text: str) -> datetime:
    """Read an ISO date or time; without an offset it is local. Raises ArgumentTypeError."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone()
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no time; write 2026-03-01 or 2026-03-01T06:00"
        ) from error


def parse_day(text: str) -> date:
    """Read an ISO date. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write 2026-10-24") from error


def home_of(args: argparse.Namespace) -> Home:
    """Return the station's folder that was named, or the user's."""
    named: Home | None = args.home
    return named or Home.default()


def add_judging_runtime(parser: argparse.ArgumentParser) -> None:
    """Let the person name what judges."""
    parser.add_argument(
        "--runtime", default="auto", metavar="NAME",
        help="what judges; it must reproduce the recipe's golden scores (default: the fastest that "
        "does; 'patchlight doctor' lists them)",
    )  # fmt: skip
