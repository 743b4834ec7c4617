"""`patchlight recipe …`: which commands there are and what they take."""

import argparse
from pathlib import Path

from station import recipe_commands as commands
from station.arguments import Subparsers, add_command, count


def add_recipe(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `recipe` with its own commands."""
    text = "look at published recipes, carry them to another station, go back to an earlier one"
    recipe = sub.add_parser("recipe", help=text, description=f"{text[0].upper()}{text[1:]}.")
    inner = recipe.add_subparsers(required=True, metavar="COMMAND")
    _add_list(inner)
    _add_show(inner)
    _add_export(inner)
    _add_import(inner)
    _add_rollback(inner)


def _add_list(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = add_command(sub, "list", commands.list_recipes, "list products and their revisions")
    parser.add_argument("name", nargs="?", metavar="NAME", help="of this product alone")
    _add_json(parser)


def _add_show(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "show one revision with the evidence that defends it"
    parser = add_command(sub, "show", commands.show, text)
    parser.add_argument("name", metavar="NAME")
    _add_revision(parser)
    _add_json(parser)


def _add_export(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "write a revision as one file for another station"
    parser = add_command(sub, "export", commands.export, text)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="ending in .patchlight, or a folder"
    )
    _add_revision(parser)
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def _add_import(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "publish an exported revision here, if it judges on this machine as it was taught"
    parser = add_command(sub, "import", commands.import_file, text)
    parser.add_argument("file", type=Path, metavar="FILE")


def _add_rollback(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "publish an earlier revision anew, so that the station judges with it again"
    parser = add_command(sub, "rollback", commands.rollback, text)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--to", type=count, required=True, metavar="N", help="the revision wanted")


def _add_revision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--revision", type=count, metavar="N", help="default: the newest")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print it as JSON")
