"""The manual's register map says what the code does."""

import re
from pathlib import Path

import pytest

from station.line import registers
from station.line.registers import REASONS, Answer, Control, Status

MANUAL = (Path(__file__).resolve().parents[2] / "resources/manual/plc.md").read_text("utf-8")


def table(heading: str) -> dict[str, str]:
    """First column to second of the table under this heading."""
    lines = MANUAL.split(f"| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1] for row in cells}


@pytest.mark.parametrize("kind", [Control, Status])
def test_every_bit_stands_at_its_place(kind):
    named = {
        1 << int(bit): name.upper().replace(" ", "_")
        for bit, name in table(f"bit of {kind.__name__}").items()
    }
    assert named == {bit.value: bit.name for bit in kind}


def test_every_reason_has_its_code():
    rows = re.findall(r"\| ([a-z ]+?) \| (\d+) (?=\|)", MANUAL)
    named = {name: int(code) for name, code in rows}
    assert named.pop("any other") == registers.OTHER_REASON
    assert named == {
        reason.removeprefix("picture ").replace("unfit", "picture unfit"): code
        for reason, code in REASONS.items()
    }


def test_the_registers_stand_at_their_places():
    tables = [part.split("| bit of")[0] for part in MANUAL.split("| register |")[1:]]
    places = dict(re.findall(r"^\| (\d+)[^|]*\| ([^|]+?) \|", "".join(tables), re.MULTILINE))
    names = {
        registers.FROM_PLC: "Control",
        registers.FROM_PLC + 1: "PLC heartbeat",
        registers.FROM_PLC + 2: "Part number",
        registers.FROM_PLC + 4: "Part id",
        registers.DATA: "Result: part number",
        registers.DATA + 2: "Result: verdict",
        registers.DATA + 3: "Result: reason",
        registers.DATA + 4: "Result: ledger number",
        registers.DATA + 6: "Accepted",
        registers.DATA + 8: "Missed",
        registers.STATUS: "Status",
        registers.STATUS + 1: "Station heartbeat",
    }
    assert {int(place): name for place, name in places.items()} == names
    for answer in Answer:
        assert f"{answer.value} {answer.name.replace('NONE', 'none')}" in MANUAL
