"""The command line: which commands there are and what they take.

Exit codes: 0 done, 1 it could not (the sentence says why), 2 wrong use.
"""

import argparse
import logging
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.backbone import COLOURS, STRIDES
from engine.errors import EngineError
from station import commands, teach_commands
from station.arguments import Command, Subparsers, add_command, add_judging_runtime, count
from station.calibration_cli import add_calibrate
from station.camera_cli import add_cameras
from station.detection_command import add_detection
from station.errors import StationError
from station.home import Home
from station.ledger.trail import take_in_unless_busy
from station.ledger_cli import add_ledger
from station.recipe_cli import add_recipe
from station.region_cli import add_region
from station.report_command import add_report

logger = logging.getLogger("patchlight")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a traceback is never the answer."""
    multiprocessing.freeze_support()  # A packaged program starts its judging process as itself.
    args = _parser().parse_args(argv)
    args.home = Home(args.home.expanduser()) if args.home else None
    try:
        command: Command = args.command
        return command(args)
    except (StationError, EngineError) as error:
        print(f"patchlight: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("patchlight: stopped on request.", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        _report_bug(error, args.home or Home.default())
    finally:
        take_in_unless_busy(args.home or Home.default())
    return 1


def _report_bug(error: Exception, home: Home) -> None:
    """Say it in a sentence and leave the details in the home's log."""
    log = home.logs / "crash.log"
    where = "The details could not be written to a log"
    try:
        home.logs.mkdir(parents=True, exist_ok=True)
        logger.addHandler(logging.FileHandler(log, encoding="utf-8"))
        logger.critical("Unexpected error", exc_info=error)
        where = f"The details are in '{log}'"
    except OSError:
        pass
    print(
        f"patchlight: unexpected {type(error).__name__}: {error}. {where}; please report it.",
        file=sys.stderr,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="patchlight", description="An inspection station that learns from good parts alone."
    )
    parser.add_argument("--version", action="version", version=f"patchlight {commands.version()}")
    sub = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(sub)
    _add_demo(sub)
    _add_suspects(sub)
    _add_teach(sub)
    _add_resolution(sub)
    add_calibrate(sub, commands.calibrate)
    _add_quicken(sub)
    _add_inspect(sub)
    _add_evaluate(sub)
    _add_compare(sub)
    add_detection(sub)
    add_report(sub)
    add_recipe(sub)
    add_ledger(sub)
    _add_contend(sub)
    add_cameras(sub)
    add_command(sub, "doctor", commands.doctor, "check this machine and time a part's journey")
    return parser


def _add_run(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    run = add_command(sub, "run", commands.run, "open the station's window")
    run.add_argument("--recipe", metavar="NAME", help="recipe to judge with (default: the newest)")
    run.add_argument(
        "--operator",
        default=teach_commands.user_name(),
        help="who runs it (default: who is signed in)",
    )
    run.add_argument(
        "--start",
        action="store_true",
        help="begin judging at once, as a station must that starts by itself after a power cut",
    )
    add_judging_runtime(run)


def _add_demo(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    demo = add_command(sub, "demo", commands.demo, "teach and judge on the virtual PCB line")
    demo.add_argument("--parts", type=count, metavar="N", help="stop after N boards")
    demo.add_argument("--seed", type=int, default=0, metavar="S")
    demo.add_argument("--out", type=Path, metavar="DIR", help="folder for everything it leaves")
    demo.add_argument("--json", type=Path, metavar="FILE", help="write the tally here")


def _add_teach(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    teach = add_command(sub, "teach", teach_commands.teach, "teach a product from good pictures")
    teach.add_argument("images", nargs="+", type=Path, metavar="IMAGES", help="folder or files")
    teach.add_argument("--recipe", required=True, metavar="NAME")
    teach.add_argument("--note", default="", help="why this revision")
    teach.add_argument(
        "--keep-all", action="store_true", help="teach from refused pictures too, on purpose"
    )
    _add_settings(teach)
    add_region(teach)
    teach.add_argument(
        "--detection", action="store_true",
        help="measure the smallest synthetic defects it finds, for the revision's evidence",
    )  # fmt: skip
    teach.add_argument("--held-out", type=float, default=0.3, metavar="SHARE")


def _add_suspects(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    suspects = add_command(
        sub,
        "suspects",
        teach_commands.suspects,
        "is one of the good pictures bad? list them worst first",
    )
    suspects.add_argument("images", nargs="+", type=Path, metavar="IMAGES", help="folder or files")
    suspects.add_argument("--json", type=Path, metavar="FILE", help="write the list here")
    _add_settings(suspects)
    add_region(suspects)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """What `teach` and `evaluate` have in common."""
    defaults = commands.default_settings()
    parser.add_argument("--backbone", default=defaults.backbone.name)
    parser.add_argument(
        "--strides", type=int, nargs="+", choices=(COLOURS, *STRIDES),
        help="network stages that describe a patch (default: all; without 32 where a smallest "
        "defect is named; 1, the colours, and 4 by position)",
    )  # fmt: skip
    parser.add_argument(
        "--dimensions", type=int, default=defaults.dimensions, metavar="D",
        help="principal components of a patch vector that are kept; 0 keeps all "
        "(default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--light", choices=("auto", "level", "as-is"), default="auto",
        help="bring every picture to the taught brightness; auto: where good ones differ in it",
    )  # fmt: skip
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights of the backbone")
    parser.add_argument(
        "--side", type=_side, default=defaults.side, metavar="PX",
        help="network input: the area of a square of this side (default: %(default)s)",
    )  # fmt: skip
    _add_smallest_defect(parser)
    parser.add_argument(
        "--by-position", action="store_true",
        help="parts lie in a fixture: compare each place with what good parts show there",
    )  # fmt: skip
    parser.add_argument("--coreset", type=_ratio, default=defaults.size.ratio, metavar="RATIO")
    parser.add_argument("--bank-cap", type=count, default=defaults.size.cap, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument(
        "--runtime", default="auto", help="what reads the pictures (default: the fastest installed)"
    )


def _add_smallest_defect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mm-per-px", type=float, metavar="MM", help="what one pixel of the camera shows"
    )
    parser.add_argument(
        "--smallest-defect-mm", type=float, metavar="MM",
        help="smallest defect to be found; larger parts are then judged in tiles",
    )  # fmt: skip
    parser.add_argument(
        "--smallest-defect-px", type=float, metavar="PX", help="the same in pixels of the camera"
    )


def _add_resolution(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    resolution = add_command(
        sub, "resolution", teach_commands.resolution,
        "choose how finely parts are looked at, and say what that costs on this machine",
    )  # fmt: skip
    resolution.add_argument(
        "--size", type=count, nargs=2, required=True, metavar=("WIDTH", "HEIGHT"),
        help="of the camera's picture, or of the region of interest, in pixels",
    )  # fmt: skip
    resolution.add_argument(
        "--pictures", type=count, default=50, metavar="N", help="good pictures to be taught"
    )
    _add_settings(resolution)


def _add_quicken(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    quicken = add_command(
        sub, "quicken", commands.quicken,
        "publish a recipe in fast mode if that proves itself on pictures not taught",
    )  # fmt: skip
    quicken.add_argument("--recipe", required=True, metavar="NAME")
    quicken.add_argument("--revision", type=count, metavar="N", help="default: the newest")
    quicken.add_argument("--good", required=True, type=Path, metavar="DIR")
    quicken.add_argument("--bad", type=Path, metavar="DIR")


def _add_inspect(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    inspect = add_command(sub, "inspect", commands.inspect, "judge picture files")
    inspect.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folder or files")
    inspect.add_argument("--recipe", required=True, metavar="NAME")
    inspect.add_argument("--revision", type=count, metavar="N", help="default: the newest")
    inspect.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts here")
    inspect.add_argument(
        "--dry-run", action="store_true", help="judge only: leave no rows in the ledger"
    )
    add_judging_runtime(inspect)


def _add_evaluate(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    evaluate = add_command(sub, "evaluate", commands.evaluate, "measure a data set in MVTec layout")
    evaluate.add_argument("dataset", type=Path, metavar="DATASET")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    _add_settings(evaluate)
    add_region(evaluate)
    evaluate.add_argument("--held-out", type=float, default=0.2, metavar="SHARE")
    evaluate.add_argument(
        "--method", choices=commands.METHODS, default=commands.METHODS[0],
        help="what is taught (default: %(default)s)",
    )  # fmt: skip
    evaluate.add_argument(
        "--mode", choices=commands.MODES, default=commands.MODES[0],
        help="'fast' measures the fast modes beside the exact one (default: %(default)s)",
    )  # fmt: skip


def _add_compare(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    compare = add_command(
        sub, "compare", commands.compare,
        "measure several methods on a data set in MVTec layout and recommend one",
    )  # fmt: skip
    compare.add_argument("dataset", type=Path, metavar="DATASET")
    compare.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    compare.add_argument(
        "--only", nargs="+", choices=commands.CONTENDERS, metavar="NAME",
        help=f"of {', '.join(commands.CONTENDERS)} (default: all that are installed)",
    )  # fmt: skip
    compare.add_argument(
        "--limit", type=_minutes, default=60.0, metavar="MINUTES",
        help="stop a contender after this long (default: %(default)g)",
    )  # fmt: skip
    _add_settings(compare)
    compare.add_argument("--held-out", type=float, default=0.2, metavar="SHARE")


def _add_contend(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """One contender's process, started by `compare`; not listed."""
    contend = sub.add_parser("contend", description="Run one contender of a comparison.")
    contend.set_defaults(command=commands.contend, home=None)
    contend.add_argument("folder", type=Path)


def _minutes(text: str) -> float:
    number = float(text)
    if not 0 < number <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 10000")
    return number


def _side(text: str) -> int:
    number = int(text)
    if not 64 <= number <= 2048:
        raise argparse.ArgumentTypeError(f"{text} is not between 64 and 2048")
    return number


def _ratio(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
