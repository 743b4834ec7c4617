"""What each `patchlight recipe …` command does."""

import argparse
import json
import sys

from station.arguments import home_of
from station.errors import RecipeError
from station.recipe_carrying import carry_in, carry_out
from station.recipe_choice import choose_recipe
from station.recipe_pages import as_json, as_lines, damaged_json, damaged_line, line
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore, evidence_of
from station.teach_commands import user_name


def list_recipes(args: argparse.Namespace) -> int:
    """Print every revision; 1 where one of them is damaged."""
    store = RecipeStore(home_of(args))
    if args.name and not store.revisions(args.name):
        store.load(args.name)
    names = [args.name] if args.name else store.names()
    found = [(name, number, entry) for name in names for number, entry in _examined(store, name)]
    if args.json:
        _print_json([_entry_json(*each) for each in found])
    else:
        for each in found:
            print(_entry_line(*each))
        if not found:
            print("No recipe was published yet. Teach one: patchlight teach, or in the window.")
    return 1 if any(isinstance(entry, str) for _, _, entry in found) else 0


def show(args: argparse.Namespace) -> int:
    """Print one revision with everything that defends it."""
    recipe = choose_recipe(home_of(args), args.name, args.revision)
    evidence = evidence_of(recipe)
    if args.json:
        _print_json({**as_json(recipe), "evidence": evidence})
        return 0
    for text in as_lines(recipe, evidence):
        print(text)
    return 0


def export(args: argparse.Namespace) -> int:
    """Write a revision as one file."""
    recipe = choose_recipe(home_of(args), args.name, args.revision)
    print(*carry_out(recipe, args.file, force=args.force).lines, sep="\n")
    return 0


def import_file(args: argparse.Namespace) -> int:
    """Publish an exported revision here."""
    carried = carry_in(args.file, RecipeStore(home_of(args)), user_name())
    for sentence in carried.warnings:
        print(f"patchlight: {sentence}", file=sys.stderr)
    print(*carried.lines, line(carried.recipe), sep="\n")
    return 0


def rollback(args: argparse.Namespace) -> int:
    """Publish an earlier revision anew."""
    recipe = RecipeStore(home_of(args)).rollback(args.name, args.to, user_name())
    print(
        f"Published '{recipe.name}' revision {recipe.revision}: it judges as revision {args.to} "
        "did. Open it in the station to judge with it."
    )
    return 0


def _examined(store: RecipeStore, name: str) -> list[tuple[int, Recipe | str]]:
    try:
        return store.examined(name)
    except RecipeError as error:
        return [(0, str(error))]


def _entry_line(name: str, revision: int, entry: Recipe | str) -> str:
    return line(entry) if isinstance(entry, Recipe) else damaged_line(name, revision, entry)


def _entry_json(name: str, revision: int, entry: Recipe | str) -> dict[str, object]:
    return as_json(entry) if isinstance(entry, Recipe) else damaged_json(name, revision, entry)


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
