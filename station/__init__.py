"""The inspection station: cameras, inspection, recipes, ledger, reports, windows."""

import os

# OpenMP workers that spin while they wait starve the camera, the screen and one another on a small
# line PC: beside one busy process the network took 1,931 ms spinning and 220 ms waiting (2 cores).
# Read once when the first OpenMP library loads, so it stands before every import of the engine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
