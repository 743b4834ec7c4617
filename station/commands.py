"""What each command does. Handlers take the parsed arguments and return the exit code."""

import argparse
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path

from engine.network import EXACT, FAST
from engine.teach import TeachSettings
from station import doctor as checks
from station.arguments import home_of as _home
from station.calibrating import calibrate as run_calibration
from station.calibrating import compare_thresholds
from station.calibration_cli import method_of, wanted_of
from station.clock import utc_now
from station.comparison.comparison import compare as run_comparison
from station.comparison.contenders import KEYS, OWN, contenders
from station.console import Bar as _Bar
from station.console import write_json as _write_json
from station.errors import StationError
from station.evaluation import evaluate as run_evaluation
from station.file_inspection import as_json, as_line, judge_and_record, judge_only, open_folders
from station.home import Home
from station.judging import open_recipe
from station.ledger.reader import LedgerReader
from station.parts import Faulted
from station.pictures import find_pictures
from station.recipe_choice import choose_recipe
from station.recipes.store import RecipeStore, evidence_of
from station.region_cli import looking
from station.reports.shift_report import gather
from station.teach_commands import describe, settings_of, user_name

HEADLESS_DEMO_PARTS = 60
METHODS = tuple(own.key for own in OWN)
MODES = (EXACT, FAST)
CONTENDERS = KEYS


def version() -> str:
    """Version of the installed program."""
    try:
        return package_version("patchlight")
    except PackageNotFoundError:
        return "(not installed)"


def default_settings() -> TeachSettings:
    """Return the measured defaults, for the help texts."""
    return TeachSettings()


def run(args: argparse.Namespace) -> int:
    """Open the station's window."""
    need_a_platform()
    from station.app import run_window

    return run_window(
        _home(args), args.recipe, operator=args.operator, runtime=args.runtime, start=args.start
    )


def demo(args: argparse.Namespace) -> int:
    """Run the virtual line: in a window where there is a display, otherwise offscreen."""
    headless = need_a_platform()
    from station import app
    from station.demo import judging_line, tally

    parts = args.parts or (HEADLESS_DEMO_PARTS if headless else None)
    out = args.out or _fresh_folder(Path("patchlight-demo"))
    home = args.home or Home(out / "station")
    started = utc_now()
    options = app.DemoOptions(parts=parts, seed=args.seed, out=out, screenshots=parts is not None)
    code = app.run_window(home, None, operator="demo", demo=options)
    if code != 0:
        return code
    with LedgerReader.open(home) as reader:
        runs = reader.runs(started, utc_now())
        rows = reader.rows(started, utc_now())
        report = gather(reader, home, started, utc_now())
    result = tally(judging_line(args.seed), rows, sum(run.triggers or 0 for run in runs))
    app.export_pdf(report, out / "shift-report.pdf")
    if args.json:
        _write_json(args.json, result.to_json())
    print(result.table())
    print(f"Screenshots, shift report and ledger: {out.resolve()}")
    return 0


def calibrate(args: argparse.Namespace) -> int:
    """Publish a revision with a threshold from pictures that were not taught, or compare them."""
    store = RecipeStore(_home(args))
    wanted, method = wanted_of(args), method_of(args)
    recipe, good = choose_recipe(_home(args), args.recipe), find_pictures([args.good])
    bad = find_pictures([args.bad]) if args.bad else []
    if args.compare:
        table = compare_thresholds(recipe, good, bad, wanted, progress=_Bar().show)
        if args.json:
            _write_json(args.json, table.to_json())
        print(table.as_text())
        return 0
    published = run_calibration(
        recipe,
        store,
        good,
        bad,
        wanted=wanted,
        method=method,
        published_by=user_name(),
        progress=_Bar().show,
    )
    if args.json:
        _write_json(args.json, evidence_of(published))
    describe(published)
    return 0


def inspect(args: argparse.Namespace) -> int:
    """Judge picture files; 1 where any of them could not be judged."""
    home = _home(args)
    recipe = choose_recipe(home, args.recipe, args.revision)
    paths = open_folders(args.paths)
    opened = open_recipe(recipe, args.runtime)
    for sentence in opened.refused:
        _warn(sentence)
    model = opened.model
    if args.dry_run:
        judged = judge_only(recipe, model, paths)
    else:
        judged = judge_and_record(home, recipe, model, paths, user_name(), tell=_warn)
    pairs = list(zip(paths, judged, strict=True))
    for path, inspection in pairs:
        print(as_line(path, inspection))
    if args.json:
        _write_json(args.json, [as_json(*pair, recipe.threshold.value) for pair in pairs])
    return 1 if any(isinstance(inspection, Faulted) for inspection in judged) else 0


def _warn(sentence: str) -> None:
    print(f"patchlight: {sentence}", file=sys.stderr)


def quicken(args: argparse.Namespace) -> int:
    """Publish a revision in fast mode; 1 where no fast mode proves itself."""
    from station.quickening import quicken as run_quickening

    store = RecipeStore(_home(args))
    found = run_quickening(
        choose_recipe(_home(args), args.recipe, args.revision),
        store,
        find_pictures([args.good]),
        find_pictures([args.bad]) if args.bad else [],
        published_by=user_name(),
        timer=time.perf_counter,
        progress=_Bar().show,
    )
    print(found.as_text())
    if found.recipe is None:
        print("Nothing was published: the recipe stays in exact mode.")
        return 1
    describe(found.recipe)
    return 0


def evaluate(args: argparse.Namespace) -> int:
    """Measure a labelled data set."""
    if args.mode == FAST:
        return _evaluate_modes(args)
    result = run_evaluation(
        args.dataset,
        _evaluated(args),
        time.perf_counter,
        held_out=args.held_out,
        teach=next(own.teach for own in OWN if own.key == args.method),
        progress=_Bar().show,
    )
    if args.json:
        _write_json(args.json, result.to_json())
    print(result.as_text())
    return 0


def _evaluate_modes(args: argparse.Namespace) -> int:
    """Measure exact and fast modes side by side."""
    from station.fast_evaluation import evaluate_modes

    if args.method != METHODS[0]:
        raise StationError(f"--mode {FAST} is for {METHODS[0]}. Leave out --method {args.method}.")
    modes = evaluate_modes(
        args.dataset,
        _evaluated(args),
        time.perf_counter,
        held_out=args.held_out,
        progress=_Bar().show,
    )
    if args.json:
        _write_json(args.json, modes.to_json())
    print(modes.as_text())
    return 0


def compare(args: argparse.Namespace) -> int:
    """Measure several methods on a labelled data set; 1 where none of them could judge."""
    result = run_comparison(
        args.dataset,
        settings_of(args),
        contenders(args.only),
        held_out=args.held_out,
        limit_seconds=args.limit * 60,
        progress=_Bar().show,
    )
    if args.json:
        _write_json(args.json, result.to_json())
    print(result.as_text())
    return 0 if any(row.scores for row in result.rows) else 1


def contend(args: argparse.Namespace) -> int:
    """Be one contender of a comparison."""
    from station.comparison.child import contend as run_contender

    run_contender(args.folder)
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Check this machine and time the stages of a part's journey."""
    sound = True
    for finding in checks.examine(_home(args), time.perf_counter):
        print(f"{'ok  ' if finding.ok else 'LOOK'}  {finding.text}", flush=True)
        sound &= finding.ok
    return 0 if sound else 1


def need_a_platform() -> bool:
    """Draw offscreen where there is no display; True then."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return os.environ["QT_QPA_PLATFORM"] == "offscreen"
    headless = platform.system() == "Linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return headless


def _fresh_folder(wanted: Path) -> Path:
    """Return `wanted`, or the first of wanted-2, wanted-3 … that does not exist."""
    number, path = 1, wanted
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    return path


def _evaluated(args: argparse.Namespace) -> TeachSettings:
    good = args.dataset / "train" / "good"
    settings = settings_of(args)
    return looking(args, settings, find_pictures([good])[0]) if good.is_dir() else settings
