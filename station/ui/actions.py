"""Everything a person can ask of the window, as one table; menus, keys, buttons, help follow it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to ask for. `keys[0]` is shown on buttons; `icon` is a file name without ending."""

    name: str
    text: str
    keys: tuple[str, ...]
    menu: str
    help: str
    icon: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("run", "Start", ("F5",), "Station", "Start judging, and stop", "start"),
    Command("pause", "Pause", ("Space",), "Station", "Pause, and resume", "pause"),
    Command(
        "trigger", "Trigger", ("Return", "Enter", "T"), "Station", "Judge one part now", "trigger"
    ),
    Command("recipe", "Recipe", ("Ctrl+R",), "Station", "What is inspected, and why so", "recipe"),
    Command(
        "camera", "Camera", ("Ctrl+K",), "Station", "Choose the camera and the trigger", "camera"
    ),
    Command("teach", "Teach", ("Ctrl+T",), "Station", "Show good parts and teach", "teach"),
    Command("export", "Export", ("Ctrl+E",), "Station", "Save a shift as PDF or CSV", "export"),
    Command("quit", "Quit", ("Ctrl+Q",), "Station", "Stop and close"),
    Command("mode", "Heatmap", ("H",), "View", "Heatmap, contour or off", "heatmap"),
    Command("more", "Stronger heatmap", ("+", "="), "View", "Heatmap more opaque"),
    Command("less", "Weaker heatmap", ("-",), "View", "Heatmap more transparent"),
    Command("previous", "Previous", ("Left",), "View", "Look at the reject before", "previous"),
    Command("next", "Next", ("Right",), "View", "Look at the reject after", "next"),
    Command("live", "Back to live", ("Esc",), "View", "Leave the part looked at", "live"),
    Command("full", "Full screen", ("F11",), "View", "Full screen, and back"),
    Command("help", "Keys", ("F1",), "Help", "This list", "help"),
    Command("manual", "Manual", ("Shift+F1",), "Help", "The manual: teaching, PLC, settings"),
)


def build_actions(window: QMainWindow, ask: Callable[[str], None]) -> dict[str, QAction]:
    """Make an action and a menu entry of every command; each calls `ask` with its name."""
    actions = {}
    for command in COMMANDS:
        action = QAction(command.text, window)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setProperty("key_text", key_text(command.keys[0]))
        action.setToolTip(f"{command.help} ({key_text(command.keys[0])})")
        if command.icon:
            action.setIcon(icon(command.icon))
        action.triggered.connect(lambda _checked=False, name=command.name: ask(name))
        window.addAction(action)
        actions[command.name] = action
    _fill_menus(window, actions)
    return actions


def key_text(key: str) -> str:
    """How a key is printed on a button."""
    for name, printed in (("Left", "←"), ("Right", "→"), ("Return", "Enter")):
        key = key.replace(name, printed)
    return key


def key_action(
    owner: QWidget,
    text: str,
    key: str,
    do: Callable[[], object],
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
) -> QAction:
    """Make an action of `owner`, at its key within `context`; a button of it shows the key."""
    action = QAction(text, owner)
    action.setShortcut(QKeySequence(key))
    action.setShortcutContext(context)
    action.setProperty("key_text", key_text(key))
    action.triggered.connect(do)
    owner.addAction(action)
    return action


def icon(name: str) -> QIcon:
    """One of the program's own icons."""
    with as_file(files("patchlight_resources") / "icons" / f"{name}.svg") as path:
        return QIcon(str(path))


def _fill_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> None:
    for title in dict.fromkeys(command.menu for command in COMMANDS):
        menu = window.menuBar().addMenu(f"&{title}")
        menu.addActions([actions[command.name] for command in COMMANDS if command.menu == title])
