"""Marks the tests that run neither torch nor processes: `pytest -m fast` does not even read the others."""

from __future__ import annotations

import ast
import compileall
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from places import ROOT

_TESTS = Path(__file__).parent
_SLOW = frozenset({"torch", "runpy", "subprocess", "multiprocessing"})  # whoever imports these takes its time


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and compile what is tested: many hundred processes start with it."""
    config.addinivalue_line("markers", "fast: runs neither torch nor other processes, as its imports tell")
    if not hasattr(config, "workerinput"):  # once, whatever the number of workers
        compileall.compile_dir(ROOT / "src", quiet=2)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave modules unread that have no fast tests, where only those are asked for."""
    is_test = collection_path.stem.startswith("test_") and collection_path.stem in _modules()
    return (config.option.markexpr == "fast" and is_test and not _is_fast(collection_path.stem)) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is fast."""
    for item in items:
        if _is_fast(item.path.stem):
            item.add_marker("fast")


@cache
def _is_fast(module: str) -> bool:
    """Tell whether a module of tests, with the helpers it imports, runs neither torch nor other processes."""
    return _SLOW.isdisjoint(_needed(module))


@cache
def _modules() -> dict[str, Path]:
    """Return the modules of the tests by name; `forms` and `data` hold programs, not tests."""
    folders = (each for each in _TESTS.iterdir() if each.is_dir() and each.name not in {"forms", "data"})
    return {path.stem: path for folder in folders for path in folder.rglob("*.py")}


def _needed(module: str) -> set[str]:
    found, pending = set[str](), [module]
    while pending:
        path = _modules().get(pending.pop())
        for name in _imported(path) if path is not None else ():
            if name not in found:
                found.add(name)
                pending.append(name)
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
