"""The anomaly engine: images in, scores and anomaly maps out.

It imports neither Qt nor SQLite nor `station`, reads no clock and keeps no global state.
"""

import sys

# `import openvino` alone tells its maker about the import and leaves an id in the person's home.
# Without the package that does it OpenVINO is silent; this stands before every import of OpenVINO.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
