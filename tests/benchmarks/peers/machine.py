"""One line that says what a figure was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

SETS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
LIBRARIES = ("numpy", "torch", "openvino", "onnxruntime", "faiss-cpu")


def line() -> str:
    """CPU, cores, instruction sets that matter to inference, library versions, thread policy."""
    found = _cpu()
    sets = [name for name in SETS if name in found.get("flags", "").split()]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{found.get('model name', platform.processor())}, {cores} core(s), "
        f"{' '.join(sets) or 'no AVX2'}; Python {platform.python_version()}, "
        f"{', '.join(f'{name} {version(name)}' for name in LIBRARIES)}; "
        f"a thread per core on both sides, OMP_WAIT_POLICY PASSIVE on ours; load {load:.1f}"
    )


def _cpu() -> dict[str, str]:
    """/proc/cpuinfo of the first core; empty on other systems."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    first = path.read_text().split("\n\n")[0]
    pairs = (entry.partition(":") for entry in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
