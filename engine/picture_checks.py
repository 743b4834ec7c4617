"""Is a collected picture as fit to teach from as the others of its product?

Each is held against what the others show: a matt casting and a glossy board have no sharpness in
common.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError
from engine.picture_measures import Measured, same_detail, unlikeness
from engine.usual import Finding, Problem, Usual, against

Locate = Callable[[NDArray[np.uint8]], float] | None
"""Pixels -> with what confidence, 0 to 1, the part was found; raises ImageError where it was not.
None where nobody has said how the part is found."""

UNLIKE = 1.25
"""Grey levels (engine.picture_measures.unlikeness). One part left lying, with noise of 4 grey
levels and a lamp 5 % dimmer: 1.1 and less. The two most alike parts of the virtual line 3.4, of
`bottle` 2.8, of `magnetic_tile` 1.6."""
SAME_DETAIL = 0.7
"""Correlation of the finest detail, without which sheets of one material would all be copies: one
part left lying 0.75 and more, two sheets 0."""


class PictureSet:
    """The pictures of one product as they come; each is held against all of them.

    Names are the caller's. Medians move as pictures come, so `findings` of an earlier one may too.
    """

    def __init__(self) -> None:
        self._measured: dict[str, Measured] = {}
        self._copies: dict[str, Finding] = {}
        self._unlocated: dict[str, Finding] = {}
        self._usual: Usual | None = None

    def add(self, name: str, measured: Measured, unlocated: Finding | None = None) -> None:
        """Take one more picture. unlocated: what `located` found."""
        copy = self._copy_of(measured)
        self._measured[name] = measured
        self._usual = Usual.of(list(self._measured.values()))
        if copy is not None:
            self._copies[name] = copy
        if unlocated is not None:
            self._unlocated[name] = unlocated

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Say what speaks against a picture, in the order in which it should be mended.

        Raises:
            KeyError: no picture of that name was taken.
        """
        measured = self._measured[name]
        copy = self._copies.get(name)
        found = self.against(measured, self._unlocated.get(name))
        return found if copy is None else (*found, copy)

    def against(self, measured: Measured, unlocated: Finding | None = None) -> tuple[Finding, ...]:
        """Say what speaks against any picture but that it may be a copy."""
        found = against(measured, self._usual, lambda: measured.directions)
        return tuple(found if unlocated is None else [unlocated, *found])

    def _copy_of(self, measured: Measured) -> Finding | None:
        for name, kept in self._measured.items():
            value = unlikeness(kept.thumb, measured.thumb)
            if value < UNLIKE and same_detail(kept.thumb, measured.thumb) > SAME_DETAIL:
                return Finding(Problem.COPY, _COPY.format(name=name, value=value), value, UNLIKE)
        return None


def located(pixels: NDArray[np.uint8], locate: Locate) -> Finding | None:
    """Say that the part is not where it can be found; None where it is, or nothing locates it."""
    if locate is None:
        return None
    try:
        locate(pixels)
    except ImageError as error:
        return Finding(Problem.NOT_IN_PLACE, f"The part is not in place: {error}", 0.0, 1.0)
    return None


_COPY = (
    "Shows what '{name}' shows (they differ by {value:.1f} grey levels, parts by "
    f"{UNLIKE:g} or more). Place another part."
)
