"""Runs the project's own functions: to see what they make, and to see what torch says to them."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import TYPE_CHECKING, Any

from .outcome import InconclusiveError, one_line
from .sources import Source, parameters, source_of
from .values import make_value

if TYPE_CHECKING:
    from .bench import Bench


def programs(source: Source, lines: list[int]) -> list[str]:
    """Return the module-level functions that reach all `lines` by name, the closest first.

    Only functions that can be called without arguments.
    """
    top = {n.name: n for n in source.tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    found = []
    for name, node in top.items():
        if not isinstance(node, ast.FunctionDef) or not is_callable_without_arguments(node):
            continue
        reached, waiting = {name: 0}, [name]
        while waiting:
            current = waiting.pop(0)
            for other in source.uses[current]:
                if other not in reached:
                    reached[other] = reached[current] + 1
                    waiting.append(other)
        covered = [
            min((d for r, d in reached.items() if _covers(top[r], line)), default=None) for line in lines
        ]
        if all(c is not None for c in covered):
            found.append((max((c for c in covered if c is not None), default=0), node.lineno, name))
    return [name for _, _, name in sorted(found)]


def reaching(bench: Bench) -> list[list[str]]:
    """Return the file and name of each function without arguments that reaches the finding."""
    e = bench.experiment
    places = [(e["path"], e["line"])]
    places += [(e[kind + "_path"], e[kind + "_line"]) for kind in ("entry", "registration")]
    found: dict[tuple[str, str], None] = {}
    for path, line in places:
        if path and path.endswith(".py"):
            found.update({(path, name): None for name in programs(source_of(path), [line])})
    return [list(program) for program in found]


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def is_callable_without_arguments(node: ast.FunctionDef) -> bool:
    """Tell whether every parameter of a function has a default."""
    required = len(parameters(node)) - len(node.args.defaults)
    return required <= 0 and all(d is not None for d in node.args.kw_defaults)


def capture(bench: Bench, function: str) -> dict[str, Any]:
    """Call what reaches the function named so and return its local names when it ended (raising included)."""
    source = bench.source
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
    for call in _calls(bench, node):
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


def _calls(bench: Bench, node: ast.FunctionDef) -> list[Any]:
    calls: list[Any] = [
        getattr(bench.module, name)
        for name in programs(bench.source, [node.lineno])
        if hasattr(bench.module, name)
    ]
    direct = getattr(bench.module, node.name, None)
    if direct is not None and direct not in calls and inspect.isfunction(direct):
        calls.append(lambda: direct(*stub_arguments(bench, direct)))
    return calls


def stub_arguments(bench: Bench, function: Any) -> list[Any]:
    """Return values for the required parameters: a module for what is called so, else by annotation."""
    import typing

    try:
        hints = typing.get_type_hints(function)
    except Exception:
        hints = {}
    values = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            continue
        values.append(make_value(hints.get(parameter.name), parameter.name))
    return values
