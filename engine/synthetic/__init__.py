"""Synthetic defects of known size and contrast, drawn into pictures of good parts.

Size is the longest extent of a defect's mask, in pixels of the picture. Contrast is the number of
grey levels (of 255) by which it differs from what it covers where it is strongest. Synthetic
defects are not real ones: they say how a recipe's finding depends on size, not what will escape.
"""
