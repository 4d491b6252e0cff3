"""Finds the project's own tests that reach a finding, and runs them as pytest does, fixtures included."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

from .callgraph import dotted, file_of, is_top
from .outcome import InconclusiveError
from .program import Program
from .project_files import importers
from .targets import order_of, targets

if TYPE_CHECKING:
    from .bench import Bench

_MAXIMAL_TESTS = 3


def named(bench: Bench) -> list[Program]:
    """Return the tests that the settings name."""
    return [_program(bench, test) for test in bench.experiment.get("tests") or ()]


def reaching(bench: Bench) -> list[Program]:
    """Return those of the project's tests that reach all of the finding, the closest first."""
    if importlib.util.find_spec("pytest") is None:
        return []
    e, found = bench.experiment, []
    places = targets(e)
    own = tuple(dict.fromkeys(path for path, _ in places))
    roots = tuple(dict.fromkeys([*e["roots"], *map(_tests_of, own)]))
    files = (file for path in [*own, *importers(roots, own)] for file in _test_files(path))
    for path in dict.fromkeys(files):
        try:
            definitions = file_of(path, e["roots"]).definitions
        except InconclusiveError:
            continue
        for name in filter(lambda name: _is_test(definitions[name]), definitions):
            order = order_of(e, path, name, places)
            if order is not None and order[0] == 0:
                found.append((order, path, name))
    found.sort(key=lambda each: each[0])
    return [
        _program(bench, "{}::{}".format(path, name))._replace(path=path)
        for _, path, name in found[:_MAXIMAL_TESTS]
    ]


def _program(bench: Bench, test: str) -> Program:
    path, _, rest = test.partition("::")
    shown = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
    return Program("{}::{}".format(shown, rest) if rest else shown, functools.partial(_run, bench, test))


def _tests_of(path: str) -> str:
    """Return the folder of the tests of a file's project, the file's own where it has none."""
    folder = os.path.dirname(path)
    while not is_top(folder):
        folder = os.path.dirname(folder)
    if folder == os.path.dirname(folder):
        return os.path.dirname(path)
    tests = [os.path.join(folder, name) for name in ("tests", "test")]
    return next(filter(os.path.isdir, tests), folder)


def _test_files(path: str) -> list[str]:
    """Return a file of tests itself, and for a `conftest.py` those beside it that may use its fixtures."""
    folder, name = os.path.split(path)
    if name == "conftest.py":
        files = sorted(os.path.join(folder, each) for each in os.listdir(folder))
        return [each for each in files if each.endswith(".py") and each != path and _test_files(each)]
    is_of_tests = name.startswith("test_") or name.endswith("_test.py")
    return [path] if is_of_tests else []


def _is_test(node: Any) -> bool:
    """Tell whether pytest takes a definition of a test file for tests."""
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or any(dotted(base).endswith("TestCase") for base in node.bases)
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")


def _run(bench: Bench, test: str) -> None:
    try:
        pytest: Any = importlib.import_module("pytest")  # the project's own, where it has one
    except ImportError as error:
        raise InconclusiveError("{} needs pytest in the interpreter that is asked".format(test)) from error
    path = test.partition("::")[0]
    for root in reversed(bench.experiment["roots"]):
        if root not in sys.path:
            sys.path.insert(0, root)
    errors: list[BaseException] = []

    class Keep:
        def pytest_exception_interact(self, call: Any) -> None:
            errors.append(call.excinfo.value)

    options = ["-q", "-x", "-p", "no:cacheprovider", "--rootdir", os.path.dirname(path), "-s"]
    status = pytest.main([*options, test], plugins=[Keep()])
    if errors:
        raise errors[0]
    if status not in (0, 1):
        raise InconclusiveError("pytest could not run {} (exit status {})".format(test, int(status)))
