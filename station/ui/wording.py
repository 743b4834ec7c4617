"""How numbers are written for people, the same everywhere in the window."""


def part_number(sequence: int) -> str:
    """Six digits at least: 000123."""
    return f"{sequence:06d}"


def score_text(value: float) -> str:
    """Four significant digits with their zeros, so that two scores can be compared by eye."""
    size = abs(value)
    decimals = 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    return f"{value:.{decimals}f}"
