"""PatchCore taught in exact mode and turned into a fast one, as a method of its own."""

from collections.abc import Sequence

from engine.model import Model
from engine.patchcore import PatchCore
from engine.progress import IsCancelled, Progress
from engine.runtimes.opening import open_first, open_model
from engine.teach import ReadImage, TeachSettings
from engine.teach import teach as teach_exact

SAMPLED = 8
"""Good pictures that set the range of the 8-bit numbers."""


def teach_projected(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    progress: Progress,
    cancelled: IsCancelled,
) -> PatchCore:
    """Teach PatchCore and project its patch vectors. Raises as `engine.teach.teach`."""
    from engine import fast

    exact = teach_exact(images, settings, progress, cancelled)
    return _opened(fast.projected(exact.model), settings)


def teach_in_int8(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    progress: Progress,
    cancelled: IsCancelled,
) -> PatchCore:
    """As `teach_projected`, with 8-bit convolutions besides."""
    from engine import fast

    exact = teach_exact(images, settings, progress, cancelled)
    pictures = [read() for read in images[:: max(1, len(images) // SAMPLED)]]
    form = fast.in_int8(fast.projected(exact.model), pictures, progress, cancelled)
    return _opened(form, settings)


def _opened(form: Model, settings: TeachSettings) -> PatchCore:
    """Judge on the runtime asked for, else on the first that runs fast mode."""
    name = open_first(form.network)[0] if settings.runtime == "auto" else settings.runtime
    return open_model(form, name)
