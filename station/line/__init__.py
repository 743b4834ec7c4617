"""Signals to and from the machine that moves the parts: triggers in, verdicts out.

The line is answered only after a part's row is committed, and rejects whatever is not answered.
"""

from station.line.line import Line, NoLine, open_line
from station.line.trigger import LineTrigger

__all__ = ["Line", "LineTrigger", "NoLine", "open_line"]
