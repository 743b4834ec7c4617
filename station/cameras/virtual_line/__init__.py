"""The virtual PCB line: rendered boards with honest variation, and defects with ground truth."""

from station.cameras.virtual_line.conveyor import Board
from station.cameras.virtual_line.defects import DefectKind
from station.cameras.virtual_line.line import VirtualLine
from station.cameras.virtual_line.panel import VirtualPanel

__all__ = ["Board", "DefectKind", "VirtualLine", "VirtualPanel"]
