"""`patchlight ledger audit`: what was done to the station, when and by whom."""

import argparse
import json
from datetime import datetime, timezone

from station.arguments import Subparsers, add_command, home_of, parse_time
from station.errors import StationError
from station.ledger.trail import Entry, entries


def add_audit(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `audit` to the commands of `ledger`."""
    text = "print what was done to the station, when and by whom"
    parser = add_command(sub, "audit", print_trail, text)
    parser.add_argument(
        "--from", dest="start", type=parse_time, metavar="TIME",
        default=datetime.min.replace(tzinfo=timezone.utc), help="default: from the beginning",
    )  # fmt: skip
    parser.add_argument(
        "--to", dest="end", type=parse_time, metavar="TIME",
        default=datetime.max.replace(tzinfo=timezone.utc), help="not included; default: until now",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def print_trail(args: argparse.Namespace) -> int:
    """Print the entries, the oldest first; those the ledger has not taken in yet at the end."""
    if args.end <= args.start:
        raise StationError(f"--to ({args.end}) is not after --from ({args.start}).")
    found = list(entries(home_of(args), args.start, args.end))
    if args.json:
        print(json.dumps([_as_json(each) for each in found], indent=2, ensure_ascii=False))
    else:
        print("\n".join(map(_line, found)) or "There is no entry in this time.")
    return 0


def _line(entry: Entry) -> str:
    place = f"{entry.place:5d}" if entry.place else "waits"
    who = f"{entry.who}: " if entry.who else ""
    at = entry.at.astimezone(timezone.utc)
    return f"{place}  {at:%Y-%m-%d %H:%M:%SZ}  {entry.kind:18}  {who}{' '.join(entry.text.split())}"


def _as_json(entry: Entry) -> dict[str, object]:
    recorded_at = entry.recorded_at.isoformat() if entry.recorded_at else None
    return {
        "place": entry.place,
        "at": entry.at.isoformat(),
        "recorded_at": recorded_at,
        "who": entry.who,
        "kind": entry.kind,
        "text": entry.text,
    }
