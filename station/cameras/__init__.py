"""Where pictures come from; OpenCV's BGR ends here."""
