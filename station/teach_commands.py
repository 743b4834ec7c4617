"""What the commands do that teach a product, or say beforehand what teaching will be like."""

import argparse
import getpass
import time
from dataclasses import replace
from pathlib import Path

from engine import calibration
from engine.coreset import CoresetSize
from engine.resolution import usual_backbone
from engine.teach import TeachSettings
from station.arguments import home_of
from station.collecting import examine
from station.console import Bar, write_json
from station.detection_command import examining, tell
from station.pictures import find_pictures
from station.recipes.names import checked_name
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.region_cli import looking
from station.resolution import predict, predict_for, smallest_defect
from station.suspects import find_suspects
from station.teaching import TeachRequest
from station.teaching import teach as run_teaching


def teach(args: argparse.Namespace) -> int:
    """Teach a product and publish the recipe's next revision."""
    checked_name(args.recipe)
    images = find_pictures(args.images)
    settings = looking(args, settings_of(args), images[0])
    collected = examine(images, settings, keep_all=args.keep_all, progress=Bar().show)
    for told in collected.lines:
        print(told, flush=True)
    # What cannot be read stays in, so that teaching refuses it as it always did.
    wanted = {*collected.used, *collected.unreadable}
    images = [path for path in images if path in wanted]
    request = TeachRequest(
        name=args.recipe,
        images=images,
        camera=_folder_camera(args.images[0]),
        published_by=user_name(),
        note=args.note,
        held_out=args.held_out,
        settings=settings,
        mm_per_px=args.mm_per_px,
        examine=examining(args),
    )
    _announce(request, args.mm_per_px)
    found = find_suspects(images, settings, Bar().show)
    print(found.sentence, flush=True)
    request = replace(request, evidence={**collected.to_json(), "suspects": found.to_json()})
    recipe = run_teaching(request, RecipeStore(home_of(args)), Bar().show)
    describe(recipe)
    tell(recipe)
    return 0


def suspects(args: argparse.Namespace) -> int:
    """List good pictures, those least like all the others first."""
    images = find_pictures(args.images)
    found = find_suspects(images, looking(args, settings_of(args), images[0]), Bar().show)
    if args.json:
        write_json(args.json, found.to_json())
    for each in found.ranked:
        mark = "STANDS OUT" if each.stands_out else ""
        print(f"{each.score:10.4f}  {mark:10}  {each.path}")
    usual = found.usual
    print(f"A usual picture scores {usual.median:.4f}; one stands out above {usual.limit:.4f}.")
    print(found.sentence)
    return 0


def resolution(args: argparse.Namespace) -> int:
    """Say how finely parts of a size would be looked at, and what that costs here."""
    picture = (args.size[1], args.size[0])
    predicted = predict(settings_of(args), picture, args.pictures, time.perf_counter)
    for line in predicted.lines(args.mm_per_px):
        print(line)
    print(
        f"Teaching {args.pictures} pictures: {predicted.teaching.sentence}; {predicted.duration}."
    )
    return 0


def settings_of(args: argparse.Namespace) -> TeachSettings:
    weights = str(args.weights.resolve()) if args.weights else ""
    defect = smallest_defect(args.smallest_defect_px, args.smallest_defect_mm, args.mm_per_px)
    return TeachSettings(
        backbone=usual_backbone(
            defect,
            args.by_position,
            name=args.backbone,
            strides=tuple(sorted(set(args.strides or ()))),
            weights_file=weights,
        ),
        side=args.side,
        size=CoresetSize(args.coreset, args.bank_cap),
        seed=args.seed,
        runtime=args.runtime,
        smallest_defect=defect,
        dimensions=args.dimensions,
        by_position=args.by_position,
        level_light={"auto": None, "level": True, "as-is": False}[args.light],
    )


def _announce(request: TeachRequest, mm_per_px: float | None) -> None:
    """Say what teaching will take and what judging will cost, before it starts."""
    predicted = predict_for(request.settings, request.images, request.held_out, time.perf_counter)
    teaching = f"Teaching: {predicted.teaching.sentence}; {predicted.duration}."
    for line in [*predicted.lines(mm_per_px), teaching]:
        print(line, flush=True)


def _folder_camera(place: Path) -> dict[str, str | float | bool]:
    folder = place if place.is_dir() else place.parent
    return {"kind": "folder", "path": str(folder.resolve())}


def describe(recipe: Recipe) -> None:
    threshold = recipe.threshold
    print(f"Published '{recipe.name}' revision {recipe.revision}.")
    given = ", ".join(f"{name} {value:g}" for name, value in threshold.parameters.items())
    print(f"Threshold {threshold.value:.4f} ({threshold.method}: {given})")
    for sentence in [*calibration.claims(threshold), *calibration.remarks(threshold)]:
        print(f"  {sentence}")


def user_name() -> str:
    """Who is signed in on this computer."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
