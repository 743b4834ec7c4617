"""Lets torchvision's networks load beside a torch that its compiled part was not built for.

Its import stops at two operators that only its compiled part declares. Declaring them suffices for
building networks; nothing here calls them.
"""

import torch

OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def declare() -> "torch.library.Library | None":
    """Import torchvision, its operators declared where it cannot by itself. Keep the answer."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name, schema in OPERATORS.items():
            library.define(name + schema)
        return library
    return None
