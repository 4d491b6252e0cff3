"""Runs what makes a hook, to see the values that the hook captures."""

from __future__ import annotations

import ast
import functools
import sys
from typing import Any, Callable

from .callgraph import RUN, file_of, takes_no_arguments
from .outcome import InconclusiveError, one_line
from .running import made_arguments, run_script
from .sources import source_of
from .targets import order_of, targets


def capture(e: dict[str, Any], module: Callable[[], Any], function: str) -> dict[str, Any]:
    """Run what reaches the function named so; return its local names when it ended (raising included)."""
    source = source_of(e["path"])
    node = next(
        (n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef) and n.name == function), None
    )
    if node is None:
        raise InconclusiveError("{} is not in {}".format(function, source.path))
    captured: dict[str, Any] = {}

    def watch(frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "return" and code.co_name == function and code.co_filename == source.path:
            captured.update(frame.f_locals)

    problem = "it takes arguments that could not be made"
    for call in _calls_of(e, module, node):
        sys.setprofile(watch)
        try:
            call()
        except BaseException as error:
            problem = one_line(error)
        finally:
            sys.setprofile(None)
        if captured:
            return captured
    raise InconclusiveError("{}, which makes the hook, could not be run: {}".format(function, problem))


def _calls_of(e: dict[str, Any], module: Callable[[], Any], node: ast.FunctionDef) -> list[Callable[[], Any]]:
    wanted = dict(e, line=node.lineno, entry_path=None, registration_path=None)
    places = targets(wanted)
    file = file_of(e["path"], e["roots"])
    found = []
    for name, definition in file.definitions.items():
        if isinstance(definition, ast.FunctionDef) and takes_no_arguments(definition):
            order = order_of(wanted, e["path"], name, places)
            if order is not None:
                found.append((order, functools.partial(_call_named, module, name)))
    calls: list[Callable[[], Any]] = [call for _, call in sorted(found, key=lambda pair: pair[0])]
    direct = file.definitions.get(node.name)
    if direct is node and not takes_no_arguments(node):
        calls.append(lambda: _call_made(getattr(module(), node.name)))
    if order_of(wanted, e["path"], RUN, places) is not None:
        calls.append(lambda: run_script(e["path"], e["roots"]))
    return calls


def _call_named(module: Callable[[], Any], name: str) -> Any:
    return getattr(module(), name)()


def _call_made(function: Callable[..., Any]) -> Any:
    arguments, options = made_arguments(function)
    return function(*arguments, **options)
