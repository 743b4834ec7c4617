"""The text of station.toml to `Settings` and back: every value is checked, comments are kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import fields
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from station.errors import SettingsError
from station.settings import LaneSettings, LineSettings, Settings, ShiftSettings, StorageSettings
from station.settings_rules import (
    BLOCK,
    LANE_RULES,
    LINE_RULES,
    SHIFT_RULES,
    STORAGE_RULES,
    Rule,
)

_Table = LineSettings | StorageSettings | ShiftSettings
_LANE, _LINE, _STORAGE, _SHIFTS = "lane", "line", "storage", "shifts"


def parsed(text: str, where: str) -> Settings:
    """Read TOML. `where` is the file's name for people.

    Raises:
        SettingsError: no TOML, an unknown key, or a value that is not allowed.
    """
    settings = _settings(_document(text, where).unwrap(), where)
    _check_together(settings, where)
    return settings


def merged(text: str | None, settings: Settings, where: str) -> str:
    """Return `text` (None: no file yet) with the settings put in; comments and order stay.

    Raises:
        SettingsError: as `parsed`, for the old text or for the settings themselves.
    """
    document = tomlkit.document() if text is None else _document(text, where)
    if text is not None:
        parsed(text, where)
    for name in (_LINE, _STORAGE, _SHIFTS):
        _put_table(document, name, getattr(settings, name))
    _put_lanes(document, settings.lanes)
    made = tomlkit.dumps(document)
    if parsed(made or "\n# ", where) != settings:
        raise SettingsError(f"The settings cannot be kept in '{where}'. Nothing was changed.")
    return made or "# All settings are as usual.\n"


def _document(text: str, where: str) -> tomlkit.TOMLDocument:
    if not text.strip("\0 \t\r\n"):
        raise SettingsError(
            f"'{where}' is empty, so its settings were lost. Restore it from a copy, or remove it "
            "to begin with the usual settings."
        )
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise SettingsError(
            f"'{where}' is damaged: {str(error).rstrip('.')}. Mend that line, restore the file "
            "from a copy, or remove it to begin with the usual settings."
        ) from error


def _settings(data: Mapping[str, Any], where: str) -> Settings:
    _refuse_unknown(data, (_LANE, _LINE, _STORAGE, _SHIFTS), where, "the file")
    lanes = data.get(_LANE, [{}])
    if not isinstance(lanes, list) or not lanes:
        raise SettingsError(f"'{where}' has no lane. Write each lane under [[{_LANE}]].")
    return Settings(
        lanes=tuple(LaneSettings(**_checked(lane, LANE_RULES, where, _of(lane))) for lane in lanes),
        line=LineSettings(**_checked(data.get(_LINE, {}), LINE_RULES, where, f"[{_LINE}]")),
        storage=StorageSettings(
            **_checked(data.get(_STORAGE, {}), STORAGE_RULES, where, f"[{_STORAGE}]")
        ),
        shifts=ShiftSettings(**_checked(data.get(_SHIFTS, {}), SHIFT_RULES, where, f"[{_SHIFTS}]")),
    )


def _of(lane: Any) -> str:
    name = lane.get("name") if isinstance(lane, Mapping) else None
    return f"lane '{name}'" if name else f"[[{_LANE}]]"


def _checked(data: Any, rules: Mapping[str, Rule], where: str, of: str) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise SettingsError(f"'{where}': {of} is no table. Write its keys on lines below it.")
    _refuse_unknown(data, rules, where, of)
    for key, value in data.items():
        if not rules[key].fits(value):
            raise SettingsError(
                f"'{where}': '{key}' of {of} is {value!r}. It must be {rules[key].words}."
            )
    return dict(data)


def _refuse_unknown(data: Iterable[str], known: Iterable[str], where: str, of: str) -> None:
    for key in data:
        if key not in known:
            names = ", ".join(known)
            raise SettingsError(f"'{where}': {of} has no setting '{key}'. It knows {names}.")


def _check_together(settings: Settings, where: str) -> None:
    _check_names(settings.lanes, where)
    on_line = [lane for lane in settings.lanes if lane.block is not None]
    if on_line and settings.line.protocol == "none":
        raise SettingsError(
            f"'{where}': {_of({'name': on_line[0].name})} is on the line, but there is none. Set "
            f'protocol and host under [{_LINE}], or remove its trigger "line" and its registers.'
        )
    if settings.line.protocol != "none" and not settings.line.host:
        raise SettingsError(f"'{where}': [{_LINE}] needs 'host', the PLC's name or address.")
    _check_blocks(sorted((lane.block or 0, lane.name) for lane in on_line), where)


def _check_names(lanes: tuple[LaneSettings, ...], where: str) -> None:
    for name, count in Counter(lane.name for lane in lanes).items():
        if count > 1:
            raise SettingsError(
                f"'{where}': {count} lanes are called '{name}'. Give each lane a name of its own."
            )


def _check_blocks(blocks: list[tuple[int, str]], where: str) -> None:
    for (first, name), (second, other) in pairwise(blocks):
        if second - first < BLOCK:
            raise SettingsError(
                f"'{where}': lanes '{name}' and '{other}' share registers on the PLC. Each takes "
                f"{BLOCK}: set 'registers' of '{other}' to {first + BLOCK} or more."
            )


def _put_lanes(document: tomlkit.TOMLDocument, lanes: tuple[LaneSettings, ...]) -> None:
    if lanes == Settings().lanes and _LANE not in document:
        return
    there = document.get(_LANE)
    tables = {str(each.get("name", "")): each for each in there} if isinstance(there, AoT) else {}
    wanted = [(tables.get(lane.name, tomlkit.table()), lane) for lane in lanes]
    for table, lane in wanted:
        _put(table, lane)
    if list(tables) != [lane.name for lane in lanes]:
        made = tomlkit.aot()
        for table, _ in wanted:
            made.append(table)
        document[_LANE] = made


def _put_table(document: tomlkit.TOMLDocument, name: str, values: _Table) -> None:
    if name in document:
        _put(document[name], values)
    elif values != type(values)():
        table = tomlkit.table()
        _put(table, values)
        document[name] = table


def _put(table: MutableMapping[str, Any], values: LaneSettings | _Table) -> None:
    """Touch only what changes; what is as usual and not named there stays unnamed."""
    usual = type(values)()
    for each in fields(values):
        value = getattr(values, each.name)
        if each.name not in table:
            if value != getattr(usual, each.name):
                table[each.name] = _plain(value)
        elif value is None:
            del table[each.name]
        elif isinstance(value, Mapping) and isinstance(table[each.name], MutableMapping):
            _put_camera(table[each.name], value)
        elif table[each.name] != value:
            table[each.name] = _plain(value)


def _put_camera(table: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if key not in table or table[key] != value:
            table[key] = value


def _plain(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline
