"""`python -m tests.soak`: soak the station and print what became of it; 1 where it failed."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import Plan, soak


def main() -> int:
    """Run it as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="the station's home, which is kept")
    parser.add_argument("--json", type=Path, help="write the report there, too")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KIND", help='such as "station killed"'
    )
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="patchlight-soak-"))
    plan = Plan(args.minutes * 60, args.seed, only=tuple(args.only), home=args.home)
    report = soak(plan, folder, _say)
    if args.json:
        args.json.write_text(json.dumps(report.to_json(), indent=2) + "\n")
    print("\n".join(report.lines()))
    if report.failures:
        print(f"The station's log is in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
