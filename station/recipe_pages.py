"""A revision in words and as JSON, for the command line."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.calibration import claims
from station.cameras.video import public
from station.recipes import recipe_file
from station.recipes.defence import origin_text, when
from station.recipes.recipe import Draft, Recipe

SHORT = 8
"""Entries of a list that are still printed one by one."""


def line(recipe: Recipe) -> str:
    """One revision on one line: which, when, who, threshold, where from, why."""
    draft, threshold = recipe.draft, recipe.threshold
    parts = [
        f"{recipe.name}  r{recipe.revision}",
        when(recipe.published_at),
        draft.published_by,
        f"threshold {threshold.value:.4f}{' (provisional)' if threshold.provisional else ''}",
    ]
    if recipe.origin:
        parts.append(f"from {recipe.origin.station} r{recipe.origin.revision}")
    return "  ".join(part for part in [*parts, draft.note] if part)


def damaged_line(name: str, revision: int, problem: str) -> str:
    """The same of one that cannot be used."""
    return f"{name}  r{revision}  DAMAGED: {problem}"


def shown_camera(recipe: Recipe) -> dict[str, str | float | bool]:
    """The camera's settings without a password that its address may hold."""
    return public_camera(recipe.draft.camera)


def public_camera(camera: Mapping[str, str | float | bool]) -> dict[str, str | float | bool]:
    """Camera settings without a password that an address may hold."""
    camera = dict(camera)
    return {**camera, "address": public(str(camera["address"]))} if "address" in camera else camera


def as_json(recipe: Recipe) -> dict[str, Any]:
    """Everything but the evidence file, as plain numbers and words."""
    origin = recipe.origin
    return {
        **recipe_file.draft_to_json(recipe.draft),
        "camera": shown_camera(recipe),
        "revision": recipe.revision,
        "published_at": recipe.published_at.isoformat(),
        "provisional": recipe.threshold.provisional,
        "claims": claims(recipe.threshold),
        "model_sha256": recipe.model_sha256,
        "origin": recipe_file.origin_to_json(origin) if origin else None,
        "damaged": "",
    }


def damaged_json(name: str, revision: int, problem: str) -> dict[str, Any]:
    """The same of one that cannot be used."""
    return {"name": name, "revision": revision, "damaged": problem}


def as_lines(recipe: Recipe, evidence: Mapping[str, Any]) -> Iterator[str]:
    """Everything about one revision, for people."""
    draft, threshold = recipe.draft, recipe.threshold
    yield f"{recipe.name}, revision {recipe.revision}"
    yield f"Published   {when(recipe.published_at)} by {draft.published_by}"
    yield f"Note        {draft.note or '(none)'}"
    if recipe.origin:
        yield f"Origin      {origin_text(recipe)}"
    given = ", ".join(f"{name} {value:g}" for name, value in threshold.parameters.items())
    provisional = ", provisional: no bad part was shown" if threshold.provisional else ""
    yield f"Threshold   {threshold.value:.6g} ({threshold.method}: {given}){provisional}"
    yield from (f"            {claim}" for claim in claims(threshold))
    yield f"Device      {draft.teaching.get('device', 'not noted')}"
    yield f"Model       sha256 {recipe.model_sha256}"
    sections: dict[str, Mapping[str, Any]] = {
        "Pictures": _pictures(draft),
        "Camera": shown_camera(recipe),
        "Teaching": draft.teaching,
        "Golden scores": draft.golden,
        "Evidence": evidence,
    }
    for title, content in sections.items():
        yield ""
        yield title
        yield from _tree(content, "  ") if content else ["  (none)"]


def _pictures(draft: Draft) -> dict[str, Any]:
    return {
        "size": _size(draft.frame_size),
        "region": _region(draft.roi),
        "ignored regions": len(draft.ignored),
        "located by": _region(draft.anchor)
        if draft.anchor
        else "nothing, parts are taken as they lie",
        "mm a pixel": draft.mm_per_px,
    }


def _tree(content: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in content.items():
        said = name.replace("_", " ")
        if isinstance(value, Mapping) and value:
            yield f"{indent}{said}:"
            yield from _tree(value, indent + "  ")
        else:
            yield f"{indent}{said}: {_said(value)}"


def _said(value: Any) -> str:
    if isinstance(value, list) and len(value) > SHORT:
        return f"{len(value)} entries (all with --json)"
    if isinstance(value, list):
        return ", ".join(_said(each) for each in value) or "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "(none)" if value in (None, "", {}) else str(value)


def _size(size: tuple[int, int]) -> str:
    return "{1} × {0} pixels".format(*size) if any(size) else "differs"


def _region(roi: tuple[int, int, int, int] | None) -> str:
    if roi is None:
        return "the whole picture"
    return "{3} × {2} pixels, from {1} right and {0} down".format(*roi)
