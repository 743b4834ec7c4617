"""What every method shares: scores it may use, and a threshold with the evidence attached."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.errors import CalibrationError
from engine.metrics import escapes, false_rejects
from engine.threshold import Threshold

MIN_GOOD = 5


def checked(scores: ArrayLike, least: int = MIN_GOOD, kind: str = "good") -> NDArray[np.float64]:
    """Return the scores as float64 (N,).

    Raises:
        CalibrationError: fewer than `least`, or one that is no finite number.
    """
    values = np.asarray(scores, np.float64).ravel()
    if len(values) < least:
        raise CalibrationError(
            f"{len(values)} {kind} picture(s) are too few to set a threshold. "
            f"Give at least {least}."
        )
    if not np.isfinite(values).all():
        raise CalibrationError(f"A {kind} picture has no finite score. Teach again.")
    return values


def with_evidence(
    value: float,
    method: str,
    parameters: dict[str, float],
    good: NDArray[np.float64],
    bad: ArrayLike,
) -> Threshold:
    """Attach the evidence. Colour ends as far above the threshold as the median good is below."""
    lost = checked(bad, least=0, kind="bad")
    median = float(np.median(good))
    high = value + max(value - median, 0.1 * abs(value))
    return Threshold(
        value, method, parameters, false_rejects(good, value), escapes(lost, value), median, high
    )
