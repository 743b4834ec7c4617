"""What holds for every test."""

import station  # noqa: F401 - its OpenMP setting must come before torch is imported
