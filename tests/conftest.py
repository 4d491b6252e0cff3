"""Marks the tests that run neither torch nor processes: `pytest -m fast` does not read files of others alone.

Which they are is read from the tests: what a test reaches by name, in its file and in those under `support`,
fixtures included. What that overlooks fails in the fast tier, where torch and processes are out of reach.
"""

from __future__ import annotations

import ast
import compileall
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from places import ROOT

collect_ignore = ["data", "forms"]  # programs, some of which are named as tests are

# Files that take longest come first, so that no worker is left alone with one at the end.
_LONGEST = (
    "test_verify_fixtures",
    "test_watched_programs",
    "test_verify_silent",
    "test_verify_guards",
    "test_differential",
    "test_verify_adversarial",
    "test_fixtures_multiplied",
    "test_verify_planted",
    "test_options",
    "test_worker_pool",
    "test_verify_command",
    "test_cli",
    "test_flake8_plugin",
    "test_broken_files",
)
_TESTS = Path(__file__).parent
_SLOW = ("torch", "runpy", "subprocess", "multiprocessing", "distributed", "hookproof.verify.run")
_NEED_TORCH = ("torch", "distributed", "hookproof.verify.target")  # to be imported at all


# How long an example takes says how busy the machine is, nothing of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and compile what is tested: many hundred processes start with it."""
    config.addinivalue_line("markers", "fast: runs neither torch nor other processes, as its names tell")
    config.addinivalue_line(
        "markers", "slow: is not fast, though no name in it tells: it takes long, or reads torch"
    )
    if not hasattr(config, "workerinput"):  # once, whatever the number of workers
        config.option.loadscopereorder = False  # xdist would begin with the files of most tests
        compileall.compile_dir(ROOT / "src", quiet=2)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave modules unread that have no fast tests, where only those are asked for."""
    name = collection_path.stem
    is_test = name.startswith("test_") and name in _modules()
    return (config.option.markexpr == "fast" and is_test and not _has_fast(name)) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is fast, and begin with what takes long."""
    locations = {name: location for location, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: locations.get(item.path.stem, len(locations)))
    for item in items:
        if isinstance(item, pytest.Function):
            file, name = item.path.stem, item.cls.__name__ if item.cls else item.originalname
            is_marked = item.get_closest_marker("slow") is not None
            if not (is_marked or _needs_torch(file) or _reaches_slow(file, name)):
                item.add_marker("fast")


@pytest.fixture(scope="session", autouse=True)
def _out_of_reach(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep torch and processes out of the reach of the tests, where only fast ones run."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a test that is marked as fast starts a process")

    with pytest.MonkeyPatch.context() as patch:
        if request.config.option.markexpr == "fast":
            patch.setitem(sys.modules, "torch", None)
            for where, name in ((subprocess.Popen, "__init__"), (os, "fork"), (os, "posix_spawn")):
                patch.setattr(where, name, refuse)
        yield


# --- what a test reaches -------------------------------------------------------------------------------


@dataclass
class _File:
    """The names that a file binds at its top level, with the names that each speaks of.

    `imports` has where an imported name is from, and `whole` what is imported when the file itself is.
    """

    uses: dict[str, set[str]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    fixtures_of_all: set[str] = field(default_factory=set)


@cache
def _has_fast(module: str) -> bool:
    """Return whether a file of tests can be imported without torch, and has tests that take neither."""
    if _needs_torch(module):
        return False
    file = _file(module)
    return any(name.startswith("test_") and not _reaches_slow(module, name) for name in file.uses)


@cache
def _needs_torch(module: str) -> bool:
    pending, seen = [module], {module}
    while pending:
        for name in _file(pending.pop()).whole:
            if _is_of(name, _NEED_TORCH):
                return True
            if name in _modules() and name not in seen:
                seen.add(name)
                pending.append(name)
    return False


@cache
def _reaches_slow(module: str, test: str) -> bool:
    """Return whether a test reaches torch or processes: by the names in it, and in what they stand for."""
    pending, seen = [(module, test), *((module, name) for name in _file(module).fixtures_of_all)], set()
    while pending:
        location = pending.pop()
        if location in seen:
            continue
        seen.add(location)
        file, name = _file(location[0]), location[1]
        if name in file.imports:
            source, original = file.imports[name]
            if _is_of(source, _SLOW) or _is_of(f"{source}.{original}", _SLOW):
                return True
            if source in _modules():
                pending.append((source, original))
        pending += [(location[0], used) for used in file.uses.get(name, ()) if used not in seen]
    return False


def _is_of(module: str, known: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in known)


@cache
def _modules() -> dict[str, Path]:
    """Return the modules of the tests by name; `forms` and `data` hold programs, not tests."""
    folders = (each for each in _TESTS.iterdir() if each.is_dir() and each.name not in {"forms", "data"})
    return {path.stem: path for folder in folders for path in folder.rglob("*.py")}


@cache
def _file(module: str) -> _File:
    file = _File()
    path = _modules().get(module)
    for node in ast.parse(path.read_text("utf-8")).body if path is not None else ():
        parts = list(ast.walk(node))
        names = {each.id for each in parts if isinstance(each, ast.Name)}
        names |= {each.arg for each in parts if isinstance(each, ast.arg)}  # a fixture, maybe
        imported = [each for part in parts for each in _imported(part)]
        for bound, source, original in imported:
            file.imports.setdefault(bound, (source, original))
            names.add(bound)
        bound_here = _bound(node, parts)
        for name in bound_here:
            file.uses.setdefault(name, set()).update(names)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_for_types(node):
            file.whole |= {source for _, source, _ in imported}
        if any("autouse=True" in ast.unparse(each) for each in getattr(node, "decorator_list", ())):
            file.fixtures_of_all |= bound_here
    return file


def _bound(node: ast.stmt, parts: Sequence[ast.AST]) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {each.id for each in parts if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def _imported(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield the names that an import binds, each with its module and its name there."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias.name, ""
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, node.module or "", alias.name


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
