"""`patchlight calibrate`: what it takes, and which method that asks for."""

import argparse
from pathlib import Path

from engine.threshold import BY_HAND, COST, ESCAPE_LIMIT, MEAN_SIGMA, QUANTILE, TAIL
from engine.thresholds.cost import Prices
from engine.thresholds.table import Wanted
from station.arguments import Command, Subparsers, add_command, count
from station.errors import StationError


def add_calibrate(sub: "Subparsers[argparse.ArgumentParser]", command: Command) -> None:
    """Add `calibrate`."""
    text = "set a recipe's threshold from pictures not taught"
    parser = add_command(sub, "calibrate", command, text)
    parser.add_argument("--recipe", required=True, metavar="NAME")
    parser.add_argument("--good", required=True, type=Path, metavar="DIR")
    parser.add_argument("--bad", type=Path, metavar="DIR")
    _add_methods(parser)
    _add_prices(parser)
    parser.add_argument(
        "--compare", action="store_true", help="print what every method would do; publish nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the evidence here")


def wanted_of(args: argparse.Namespace) -> Wanted:
    """What each method is asked for. Raises CalibrationError on prices that say nothing."""
    usual = Wanted()
    return Wanted(
        sigmas=args.sigmas if args.sigmas is not None else usual.sigmas,
        share=args.quantile if args.quantile is not None else usual.share,
        tail_rate=args.tail if args.tail is not None else usual.tail_rate,
        escape_limit=args.escape_limit if args.escape_limit is not None else usual.escape_limit,
        prices=_prices(args),
        value=args.value,
    )


def method_of(args: argparse.Namespace) -> str:
    """Which method the threshold is set by.

    Raises:
        StationError: one that takes bad pictures, and none were named.
    """
    asked = (
        (args.sigmas, MEAN_SIGMA),
        (args.quantile, QUANTILE),
        (args.tail, TAIL),
        (args.escape_limit, ESCAPE_LIMIT),
        (args.value, BY_HAND),
        (args.cost, COST),
    )
    method = next((name for given, name in asked if given is not None), MEAN_SIGMA)
    if method in {ESCAPE_LIMIT, COST} and args.bad is None and not args.compare:
        what = "An escape limit" if method == ESCAPE_LIMIT else "A threshold by cost"
        raise StationError(f"{what} needs bad pictures: name them with --bad DIR.")
    return method


def _prices(args: argparse.Namespace) -> Prices | None:
    if args.cost is None:
        if args.defect_rate is not None or args.parts_per_shift is not None:
            raise StationError("--defect-rate and --parts-per-shift take --cost beside them.")
        return None
    if args.defect_rate is None or args.parts_per_shift is None:
        raise StationError(
            "A cost takes what is expected too: give --defect-rate (of 10,000 parts 10 bad ones "
            "are 0.001) and --parts-per-shift."
        )
    escape, false_reject = args.cost
    return Prices(escape, false_reject, args.defect_rate, args.parts_per_shift)


def _add_methods(parser: argparse.ArgumentParser) -> None:
    method = parser.add_mutually_exclusive_group()
    method.add_argument(
        "--sigmas", type=float, metavar="K",
        help=f"mean + K·sigma of the good scores (what is done unasked, with {Wanted().sigmas:g})",
    )  # fmt: skip
    method.add_argument("--quantile", type=_share, metavar="SHARE", help="of the good scores")
    method.add_argument(
        "--tail", type=_share, metavar="RATE",
        help="the rate of false rejects wanted, e.g. 0.001: extrapolates the good scores' tail",
    )  # fmt: skip
    method.add_argument(
        "--escape-limit", type=_share, metavar="SHARE",
        help="the most that may escape, backed at 95 %% by the bad pictures",
    )  # fmt: skip
    method.add_argument("--value", type=float, metavar="SCORE", help="set by hand")


def _add_prices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cost", type=float, nargs=2, metavar=("ESCAPE", "FALSE_REJECT"),
        help="money for one of each; chooses the cheapest threshold, or prices another method's",
    )  # fmt: skip
    parser.add_argument(
        "--defect-rate", type=_share, metavar="SHARE", help="of the parts that come, e.g. 0.001"
    )
    parser.add_argument("--parts-per-shift", type=count, metavar="N")


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number
