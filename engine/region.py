"""Where to look: region of interest, ignored regions, and the place an anchor gives.

Everything that a network, a mean or a map sees of a picture has come through `look`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError, NotInPlace, TeachError
from engine.location import Anchor, Location, locate

Roi = tuple[int, int, int, int]
"""(top, left, height, width) in pixels."""
Polygon = tuple[tuple[float, float], ...]
"""Corners (x, y) in pixels of the (located) picture; a pixel's middle lies at its half."""

MARGIN = 1.0
"""Pixels by which a located region may leave the picture: rounding, no more."""
REACH = 3
"""Pixels around an ignored region that are ignored too where parts are turned into place: what lies
inside reaches two pixels far, along slanted edges three, when pixels are interpolated."""
_SHIFT = 4
"""OpenCV draws polygons in sixteenths of a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is looked at of one picture.

    pixels: uint8 (h, w, 3), the region of interest, brought to its place.
    ignored: bool (h, w), True where it is not looked at; None where nothing is ignored.
    location: None without an anchor.
    """

    pixels: NDArray[np.uint8]
    ignored: NDArray[np.bool_] | None = None
    location: Location | None = None

    def brightness(self) -> float:
        """Mean grey level, 0 to 255, of what is not ignored."""
        mask = None if self.ignored is None else np.logical_not(self.ignored).view(np.uint8)
        return float(np.mean(cv2.mean(self.pixels, mask)[:3]))

    def open_patches(self, grid: tuple[int, int]) -> NDArray[np.bool_] | None:
        """Say which of (rows, columns) patches have their middle outside all ignored regions.

        None where nothing is ignored.
        """
        if self.ignored is None:
            return None
        rows, columns = (
            ((np.arange(count) + 0.5) * side / count).astype(np.intp)
            for count, side in zip(grid, self.ignored.shape, strict=True)
        )
        return ~self.ignored[np.ix_(rows, columns)]


def look(
    image: NDArray[np.uint8], roi: Roi | None, ignored: Sequence[Polygon], anchor: Anchor | None
) -> Look:
    """Locate the part, bring it to its place and cut out what is looked at.

    Args:
        image: uint8 (H, W, 3) RGB. roi: None for the whole picture; must be given with an anchor.

    Raises:
        ImageError: the region does not fit, or an anchor comes without one.
        NotInPlace: the part is not located, or lies partly outside the picture.
    """
    if anchor is None:
        pixels = crop(image, roi)
        return Look(pixels, _ignored(ignored, roi, pixels.shape))
    if roi is None:
        raise ImageError(NEEDS_ROI)
    location = locate(image, anchor)
    _check_inside(image, roi, location)
    return Look(brought(image, roi, location), _ignored(ignored, roi, roi[2:], REACH), location)


def crop(image: NDArray[np.uint8], roi: Roi | None) -> NDArray[np.uint8]:
    """Return the view of `image` (H, W, 3) inside `roi`. Raises ImageError where it sticks out."""
    if roi is None:
        return image
    top, left, height, width = roi
    if top < 0 or left < 0 or height < 1 or width < 1:
        raise ImageError(f"The region of interest {roi} is not one. Draw it again.")
    if top + height > image.shape[0] or left + width > image.shape[1]:
        raise ImageError(
            f"The region of interest {roi} sticks out of a picture of {image.shape[1]} × "
            f"{image.shape[0]} pixels. Use the camera the recipe was taught with, or teach again."
        )
    return image[top : top + height, left : left + width]


def drawn(regions: Sequence[Polygon], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return uint8 (H, W), 1 where a pixel's middle lies in a polygon or on its edge."""
    mask = np.zeros(size[:2], np.uint8)
    for polygon in regions:
        corners = (np.asarray(polygon, np.float64) - 0.5) * (1 << _SHIFT)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (1,), shift=_SHIFT)
    return mask


def polygons(data: Iterable[Iterable[Iterable[float]]]) -> tuple[Polygon, ...]:
    """Return polygons that JSON made lists of. Raises ValueError, TypeError on foreign data."""
    return tuple(tuple((float(x), float(y)) for x, y in corners) for corners in data)


def laid_back(
    inside: NDArray[np.float32],
    size: tuple[int, ...],
    roi: Roi | None,
    ignored: Sequence[Polygon],
    location: Location | None,
) -> NDArray[np.float32]:
    """Lay a map of the region of interest over the whole picture as the camera took it.

    Args:
        inside: float32 (h, w), of the region. size: (H, W, …) of the picture.

    Returns:
        float32 (H, W), zero outside the region and where it is ignored.
    """
    if roi is None or (location is None and inside.shape == tuple(size[:2])):
        return inside
    top, left, rows, columns = roi
    if location is None:
        whole = np.zeros(size[:2], np.float32)
        whole[top : top + rows, left : left + columns] = inside
        return whole
    matrix = location.matrix((top, left))
    whole = np.asarray(cv2.warpAffine(inside, matrix, (size[1], size[0])), np.float32)
    whole[drawn(_moved(ignored, location), size).view(np.bool_)] = 0
    return whole


def check_settings(
    size: tuple[int, ...], roi: Roi | None, ignored: Sequence[Polygon], anchor: Roi | None
) -> None:
    """Refuse what no picture of (H, W, …) pixels can be looked at with.

    Args:
        anchor: its rectangle in the reference picture.

    Raises:
        TeachError: an anchor without a region of interest or under an ignored region; polygons
            that are none, or that leave nothing to look at.
    """
    if anchor is not None and roi is None:
        raise TeachError(NEEDS_ROI)
    for polygon in ignored:
        corners = np.asarray(polygon, np.float64)
        if corners.ndim != 2 or corners.shape[0] < 3 or corners.shape[1] != 2:
            raise TeachError("An ignored region needs three corners or more. Draw it again.")
        if not np.isfinite(corners).all() or np.abs(corners).max() > 1e6:
            raise TeachError("An ignored region has a corner that is no place. Draw it again.")
    if anchor is not None and _cropped(drawn(ignored, size), anchor).any():
        raise TeachError(
            "The anchor lies partly under an ignored region, whose content may change. Draw it "
            "around something that every part has."
        )
    if ignored and _cropped(drawn(ignored, size), roi or (0, 0, size[0], size[1])).all():
        raise TeachError("The ignored regions leave nothing to look at. Make them smaller.")


NEEDS_ROI = (
    "With an anchor a region of interest must be drawn as well: the piece of the picture that "
    "shows the part wherever it lies."
)


def _ignored(
    regions: Sequence[Polygon], roi: Roi | None, size: tuple[int, ...], reach: int = 0
) -> NDArray[np.bool_] | None:
    """Return what of the region, (h, w), is ignored; None where nothing is."""
    if not regions:
        return None
    top, left = (0, 0) if roi is None else roi[:2]
    moved = [tuple((x - left, y - top) for x, y in polygon) for polygon in regions]
    mask = drawn(moved, size)
    if reach:
        mask = np.asarray(cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)))
    return mask.view(np.bool_) if mask.any() else None


def _moved(regions: Sequence[Polygon], location: Location) -> list[Polygon]:
    found = (location.to_picture(np.asarray(polygon, np.float64)) for polygon in regions)
    return [tuple((float(x), float(y)) for x, y in corners) for corners in found]


def brought(image: NDArray[np.uint8], roi: Roi, location: Location) -> NDArray[np.uint8]:
    """Return the region of interest turned and shifted to the reference's place, uint8 (h, w, 3).

    Cubic: linear interpolation takes a sixth of the fine detail away, here more and there less, and
    image AUROC with it. What lies outside the picture repeats its border.
    """
    matrix, flags = location.matrix(roi[:2]), cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size, border = (roi[3], roi[2]), cv2.BORDER_REPLICATE
    found = cv2.warpAffine(image, matrix, size, flags=flags, borderMode=border)
    return np.asarray(found, np.uint8)


def _check_inside(image: NDArray[np.uint8], roi: Roi, location: Location) -> None:
    corners = location.to_picture(outline(roi))
    limit = np.array([image.shape[1], image.shape[0]]) + MARGIN
    if (corners < -MARGIN).any() or (corners > limit).any():
        x, y = location.shift
        raise NotInPlace(
            f"The part is not in place: shifted by {x:.0f} and {y:.0f} pixels and turned by "
            f"{location.turn_deg:.1f}°, it lies partly outside the picture. Lay it nearer to "
            "where the taught ones lay, or draw a smaller region of interest."
        )


def outline(roi: Roi) -> NDArray[np.float64]:
    """Return the corners (x, y) of a region, float64 (4, 2)."""
    top, left, height, width = roi
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _cropped(mask: NDArray[np.uint8], rectangle: Roi) -> NDArray[np.uint8]:
    top, left, height, width = rectangle
    return mask[top : top + height, left : left + width]
