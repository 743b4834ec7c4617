"""recipe.json: a draft and what publishing added to it, as strict JSON (no nan, no infinity)."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from engine.fitness import Limits
from engine.region import polygons
from engine.threshold import Threshold
from station.recipes.recipe import Draft, Origin

KIND = "patchlight recipe"
FORMAT = 3
"""Raised when an older program could no longer read what this one writes; 1 knew neither ignored
regions nor anchors, 2 no limits for pictures; both are read as having none."""


class NotOurs(ValueError):
    """Text that no Patchlight wrote."""


class TooNew(ValueError):
    """Text of a later format."""


def dump(content: dict[str, Any]) -> bytes:
    """Encode under our kind and format.

    Raises:
        ValueError, TypeError: a number is nan or infinite, or a value is no JSON.
    """
    sealed = {"kind": KIND, "format": FORMAT, **content}
    text = json.dumps(sealed, indent=2, allow_nan=False, default=_plain, ensure_ascii=False)
    return text.encode() + b"\n"


def parse(data: bytes) -> dict[str, Any]:
    """Decode what `dump` wrote. Raises NotOurs or TooNew."""
    try:
        content = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotOurs(str(error)) from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise NotOurs("it names another kind of file")
    if not isinstance(content.get("format"), int):
        raise NotOurs("it names no format")
    if content["format"] > FORMAT:
        raise TooNew(f"format {content['format']}, this program knows {FORMAT}")
    return content


def draft_to_json(draft: Draft) -> dict[str, Any]:
    """Plain numbers and words only, but for NumPy's, which `dump` makes plain."""
    return {**asdict(draft), "threshold": draft.threshold.to_json()}


def draft_from_json(data: dict[str, Any]) -> Draft:
    """Inverse of `draft_to_json`. Raises KeyError, TypeError or ValueError."""
    height, width = data["frame_size"]
    return Draft(
        **{
            **data,
            "threshold": Threshold.from_json(data["threshold"]),
            "roi": None if data["roi"] is None else tuple(data["roi"]),
            "frame_size": (height, width),
            "ignored": polygons(data.get("ignored", ())),
            "anchor": tuple(data["anchor"]) if data.get("anchor") else None,
            "limits": Limits.from_json(data["limits"]) if data.get("limits") else None,
            "unlike": None if data.get("unlike") is None else float(data["unlike"]),
        }
    )


def published_at(content: dict[str, Any]) -> datetime:
    """When, in UTC. Raises KeyError, TypeError or ValueError on foreign data."""
    return datetime.fromisoformat(content["published_at"])


def origin_to_json(origin: Origin) -> dict[str, Any]:
    """Plain numbers and words only."""
    return {
        **asdict(origin),
        "published_at": origin.published_at.isoformat(),
        "imported_at": origin.imported_at.isoformat(),
    }


def origin_from_json(data: dict[str, Any]) -> Origin:
    """Inverse of `origin_to_json`. Raises KeyError, TypeError or ValueError on foreign data."""
    times = {key: datetime.fromisoformat(data[key]) for key in ("published_at", "imported_at")}
    return Origin(**{**data, **times})


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be written into a recipe")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
