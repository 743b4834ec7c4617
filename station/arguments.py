"""What the parts of the command line share: a command's frame, and types of arguments."""

import argparse
from collections.abc import Callable
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
