"""Names of products that are also names of folders, on every system."""

import re

from station.errors import RecipeError

MAX_LENGTH = 64
_FORBIDDEN = r'<>:"/\\|?*\x00-\x1f'
_FILE = re.compile(rf"[^{_FORBIDDEN}.]([^{_FORBIDDEN}]*[^{_FORBIDDEN}. ])?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def checked_name(name: str) -> str:
    """Return the name if it is fit for a recipe.

    Raises:
        RecipeError: it has other characters than letters, digits, space, "-", "_" and ".", does not
            start with a letter or digit, ends with a space or dot, is too long, or is reserved.
    """
    if not _is_fit(name):
        raise RecipeError(
            f"'{name}' cannot be a recipe's name. Use up to {MAX_LENGTH} letters, digits, spaces, "
            "'-', '_' and '.', starting with a letter or digit and not ending with a space or dot."
        )
    if _RESERVED.fullmatch(name):
        raise RecipeError(f"'{name}' is a name Windows keeps for itself. Choose another one.")
    return name


def is_plain_file(name: str) -> bool:
    """Whether this is a file's name, and no path, on every system."""
    return bool(_FILE.fullmatch(name)) and not _RESERVED.fullmatch(name)


def _is_fit(name: str) -> bool:
    return (
        0 < len(name) <= MAX_LENGTH
        and name[0].isalnum()
        and not name.endswith((" ", "."))
        and all(letter.isalnum() or letter in " -_." for letter in name)
    )
