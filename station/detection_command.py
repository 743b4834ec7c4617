"""`patchlight detection`: what it takes and does."""

import argparse
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.progress import IsCancelled, Progress, never_cancelled
from engine.synthetic.shapes import Kind
from station import detection as measuring
from station.arguments import Subparsers, add_command, add_judging_runtime, count, home_of
from station.calibrating import check_evidence
from station.console import Bar, write_json
from station.detection_words import SYNTHETIC, as_text
from station.judging import open_recipe
from station.pictures import find_pictures
from station.recipe_choice import choose_recipe
from station.recipes.recipe import Recipe
from station.recipes.store import evidence_of
from station.teaching import Examine, Taught

KINDS = tuple(kind.value for kind in Kind)


def add_detection(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    text = "measure the smallest synthetic defects a recipe finds: a90, a90/95, blind places"
    parser = add_command(sub, "detection", detection, text)
    parser.add_argument("--recipe", required=True, metavar="NAME")
    parser.add_argument("--revision", type=count, metavar="N", help="default: the newest")
    parser.add_argument(
        "--good", required=True, type=Path, metavar="DIR", help="good pictures that were not taught"
    )
    parser.add_argument(
        "--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="KIND",
        help=f"of {', '.join(KINDS)} (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--contrasts", nargs="+", type=_levels, metavar="LEVELS",
        help="grey levels of 255 that defects differ by (default: 60 and, on a fast machine, 20)",
    )  # fmt: skip
    parser.add_argument(
        "--trials", type=count, metavar="N",
        help="of each kind and contrast, at most (default: up to 60, as many as take 3 minutes)",
    )  # fmt: skip
    parser.add_argument(
        "--mm-per-px", type=float, metavar="MM", help="what one pixel shows (default: as taught)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings here")
    add_judging_runtime(parser)


def detection(args: argparse.Namespace) -> int:
    """Measure which synthetic defects a recipe finds."""
    recipe = choose_recipe(home_of(args), args.recipe, args.revision)
    good = find_pictures([args.good])
    check_evidence(recipe, good, Bar().show, never_cancelled)
    model = open_recipe(recipe, args.runtime).model
    planned = measuring.plan(model, good, time.perf_counter)
    settings = replace(
        planned.settings,
        kinds=tuple(Kind(kind) for kind in args.kinds),
        contrasts=tuple(args.contrasts or planned.settings.contrasts),
        trials=args.trials or planned.settings.trials,
        seed=args.seed,
    )
    print(f"{settings.judgements} judgements at most.", flush=True)
    found = measuring.detect(
        model,
        recipe.threshold.value,
        good,
        settings=settings,
        mm_per_px=args.mm_per_px or recipe.draft.mm_per_px,
        progress=Bar().show,
    )
    if args.json:
        write_json(args.json, measuring.evidence(found))
    print(as_text(found))
    return 0


def examining(args: argparse.Namespace) -> Examine | None:
    """Return what `teach --detection` finds out before it publishes; None without that option."""
    return partial(_measured, mm_per_px=args.mm_per_px) if args.detection else None


def tell(recipe: Recipe) -> None:
    """Print what a revision's evidence says of the smallest defect, if it was measured."""
    if found := evidence_of(recipe).get("detection"):
        print(f"{found['sentence']}\n{SYNTHETIC}")


def _measured(
    taught: Taught, progress: Progress, cancelled: IsCancelled, mm_per_px: float | None
) -> dict[str, Any]:
    """Measure a model that was just taught."""
    planned = measuring.plan(taught.model, taught.held_out, time.perf_counter)
    found = measuring.detect(
        taught.model,
        taught.threshold.value,
        taught.held_out,
        settings=planned.settings,
        mm_per_px=mm_per_px,
        progress=progress,
        cancelled=cancelled,
    )
    return {"detection": measuring.evidence(found)}


def _levels(text: str) -> float:
    number = float(text)
    if not 1 <= number <= 255:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 255")
    return number
