"""`patchlight report`: a shift, or a time range of the ledger, as a page or a table."""

import argparse
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from station.arguments import Subparsers, add_command, home_of, parse_day, parse_time
from station.clock import utc_now
from station.commands import need_a_platform
from station.errors import SettingsError, StationError
from station.home import Home
from station.ledger.reader import LedgerReader
from station.reports.csv_export import write_csv
from station.reports.shift_report import gather
from station.settings import load, settings_path
from station.shifts import Shift, Shifts


@dataclass(frozen=True, slots=True)
class _Range:
    start: datetime
    end: datetime
    shift: Shift | None = None


def add_report(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `report`."""
    parser = add_command(sub, "report", report, "export a shift or a time range of the ledger")
    parser.add_argument(
        "--shift", metavar="NAME", help="as named in station.toml, under [shifts] (not with --from)"
    )
    parser.add_argument(
        "--day", type=parse_day, metavar="DATE",
        help="the day on which the shift began (default: of the newest such shift that is over)",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="start", type=parse_time, metavar="TIME",
        help="2026-03-01, 2026-03-01T06:00 or with an offset; local time without one",
    )  # fmt: skip
    parser.add_argument(
        "--to", dest="end", type=parse_time, metavar="TIME",
        help="not included; a bare date means its start",
    )  # fmt: skip
    parser.add_argument("--out", required=True, type=_report_path, metavar="FILE.pdf|.csv")


def report(args: argparse.Namespace) -> int:
    """Export a shift or a time range of the ledger."""
    home = home_of(args)
    wanted = _range_of(args, home)
    with LedgerReader.open(home) as reader:
        if args.out.suffix.lower() == ".csv":
            write_csv(reader.rows(wanted.start, wanted.end), args.out)
        else:
            need_a_platform()
            from station.app import export_pdf

            made = gather(reader, home, wanted.start, wanted.end, shift=wanted.shift)
            export_pdf(made, args.out)
    if wanted.shift is not None:
        print(f"Shift {wanted.shift.text}")
    print(f"Wrote {args.out}")
    return 0


def _range_of(args: argparse.Namespace, home: Home) -> _Range:
    if args.shift is not None:
        if args.start or args.end:
            raise StationError("Name a shift, or --from and --to, not both.")
        shift = _shift(home, args.shift, args.day)
        return _Range(shift.start, shift.end, shift)
    if args.day is not None or not (args.start and args.end):
        raise StationError("Say what to export: --from and --to, or --shift and its --day.")
    if args.end <= args.start:
        raise StationError(f"--to ({args.end}) is not after --from ({args.start}).")
    return _Range(args.start, args.end)


def _shift(home: Home, name: str, day: date | None) -> Shift:
    shifts = Shifts.of(load(home).shifts)
    if shifts is None:
        raise SettingsError(
            f"This station has no shifts. Name them in '{settings_path(home)}' under [shifts], for "
            'example: starts = { early = "06:00", late = "14:00", night = "22:00" }'
        )
    shift = shifts.shift_named(name, day) if day else shifts.last_ended(utc_now(), name)
    if not shift.length:
        raise StationError(f"The clocks were put forward over shift '{name}' on {shift.day}.")
    return shift


def _report_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".pdf", ".csv"):
        raise argparse.ArgumentTypeError(f"'{text}' ends in neither .pdf nor .csv")
    return path
