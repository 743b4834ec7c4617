"""Telling a graphics card without free memory from other faults, and giving it what can be given.

Each runtime says it in its own words; nothing of theirs is imported to hear them.
"""

import gc
import sys
from contextlib import suppress

ON_GPU = frozenset({"tensorrt", "cuda"})
"""Names of runtimes whose memory is a graphics card's."""

_TYPES = frozenset({"OutOfMemoryError"})
_WORDS = (
    "out of memory",
    "out of device memory",
    "outofmemory",
    "cudaerrormemoryallocation",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "cl_out_of_resources",
    "cl_mem_object_allocation_failure",
)
"""What CUDA, torch, TensorRT, cuBLAS, cuDNN and OpenCL say, in small letters."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a runtime says that its graphics card has no memory left.

    The station's own memory (`MemoryError`) is another matter: another device does not mend it.
    """
    if type(error).__name__ in _TYPES:
        return True
    text = str(error).casefold()
    return any(words in text for words in _WORDS)


def free_gpu_memory() -> None:
    """Give back what this process holds without using it. Never raises."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None:
        with suppress(Exception):
            torch.cuda.empty_cache()
