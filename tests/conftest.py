"""Marks the tests that run neither torch nor processes: `pytest -m fast` does not even read the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent
_SLOW = frozenset({"torch", "runpy", "subprocess", "multiprocessing"})  # whoever imports these takes its time


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "fast: runs neither torch nor other processes, as its imports tell")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave modules unread that have no fast tests, where only those are asked for."""
    is_test = collection_path.parent == _TESTS and collection_path.name.startswith("test_")
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


def _needed(module: str) -> set[str]:
    found, pending = set[str](), [module]
    while pending:
        path = _TESTS / f"{pending.pop()}.py"
        for name in _imported(path) if path.exists() else ():
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
