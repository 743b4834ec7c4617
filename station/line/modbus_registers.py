"""Reading and writing a PLC's holding registers; what goes wrong is one of two errors."""

import logging
from collections.abc import Sequence

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from station.errors import StationError
from station.line.registers import FROM_PLC
from station.settings import LineSettings

LOOK_S = 0.3
"""How long a PLC that was gone may take to answer a look whether it is back."""

# It reports every failed try; the station says once what is wrong.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class PlcSilent(StationError):
    """The PLC cannot be reached or does not answer; it may come back by itself."""


class PlcRefused(StationError):
    """The PLC answers that it will not: its registers or the settings must be changed."""


class PlcRegisters:
    """One connection to one lane's block."""

    def __init__(self, settings: LineSettings, first: int, timeout_s: float | None = None) -> None:
        """Connect. Raises PlcSilent.

        first: register at which the block begins. timeout_s: instead of the settings' own.
        """
        timeout_s = settings.answer_ms / 1000 if timeout_s is None else timeout_s
        self._settings = settings
        self._first = first
        self._client = ModbusTcpClient(
            settings.host, port=settings.port, timeout=timeout_s, retries=0
        )
        if not self._client.connect():  # type: ignore[no-untyped-call]
            raise self._silent("cannot be reached")

    def read(self, offset: int, count: int) -> list[int]:
        """Return `count` registers. Raises PlcSilent or PlcRefused."""
        try:
            response = self._client.read_holding_registers(
                self._first + offset, count=count, device_id=self._settings.device_id
            )
        except (ModbusException, OSError) as error:
            raise self._silent("does not answer") from error
        self._check(response, "read", offset, count)
        if len(response.registers) != count:
            raise self._silent("gives incomplete answers")
        return list(response.registers)

    def write(self, offset: int, words: Sequence[int]) -> None:
        """Write registers in one request. Raises PlcSilent or PlcRefused."""
        try:
            response = self._client.write_registers(
                self._first + offset, list(words), device_id=self._settings.device_id
            )
        except (ModbusException, OSError) as error:
            raise self._silent("does not answer") from error
        self._check(response, "written", offset, len(words))

    def close(self) -> None:
        """Disconnect. Safe to call twice."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _check(self, response: ModbusPDU, done: str, offset: int, count: int) -> None:
        if response.isError():
            first = self._first + offset
            raise PlcRefused(
                f"{self._name} does not let registers {first} to {first + count - 1} be {done} "
                f"(Modbus exception {response.exception_code}). Compare its register map and "
                "'device_id' and 'registers' in the settings."
            )

    def _silent(self, what: str) -> PlcSilent:
        return PlcSilent(
            f"{self._name} {what}. Nothing is triggered and every part must be rejected. Check "
            "its power and the network cable; the station connects again by itself."
        )

    @property
    def _name(self) -> str:
        return f"the PLC at {self._settings.host}:{self._settings.port}"


def is_answering(settings: LineSettings, first: int) -> bool:
    """Whether a PLC that was gone can be reached and answers, found out within 0.6 s."""
    try:
        registers = PlcRegisters(settings, first, LOOK_S)
    except PlcSilent:
        return False
    try:
        registers.read(FROM_PLC, 1)
    except PlcSilent:
        return False
    except PlcRefused:
        return True
    finally:
        registers.close()
    return True
