"""station.ui -> station -> engine, never back; Qt and SQL only where they belong."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("station/**/*.py")])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may_not_import(path: Path) -> tuple[str, ...]:
    place = path.relative_to(ROOT).as_posix()
    if place.startswith("engine/"):
        return ("PySide6", "pyqtgraph", "sqlite3", "station", "time", "datetime")
    if place.startswith("station/ui/"):
        return ("sqlite3",)
    if place in ("station/app.py", "station/__main__.py"):
        return ("sqlite3",)
    if place.startswith("station/ledger/"):
        return ("PySide6", "pyqtgraph", "station.ui")
    return ("PySide6", "pyqtgraph", "sqlite3", "station.ui")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    forbidden = may_not_import(path)
    found = [name for name in imports(path) if name.split(".")[0] in forbidden or name in forbidden]
    found += [name for name in imports(path) if name.startswith(tuple(f"{f}." for f in forbidden))]
    assert not found


def test_the_engine_alone_loads_neither_qt_nor_sqlite() -> None:
    code = (
        "import sys, pkgutil, importlib, engine\n"
        "for module in pkgutil.walk_packages(engine.__path__, 'engine.'):\n"
        "    importlib.import_module(module.name)\n"
        "loaded = [m for m in ('PySide6', 'sqlite3', '_sqlite3', 'station') if m in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
