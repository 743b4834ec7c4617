"""Ways to set a threshold beyond `engine.calibration`, and all of them side by side."""
