"""What can be reached from values: what is inside of them, what functions close over, and modules there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from hookproof.evaluator.domain import Evaluator, Frame, Tracked, Value
from hookproof.evaluator.submodules import Submodules, SubmoduleTable
from hookproof.evaluator.values import FunctionValue
from hookproof.semantic.bindings import body_names


def reached_from(run: Evaluator, values: Iterable[Value | None]) -> tuple[set[Hashable], bool]:
    """Return the keys of what whoever has these values can change, and if functions are among them."""
    found: set[Hashable] = set()
    calls_back = False
    # What holds a dict has no hash: values are told apart by identity, and kept while they are.
    pending, seen = [value for value in values if value is not None], dict[int, Value]()
    while pending:
        value = pending.pop()
        if id(value) in seen or isinstance(value, Tracked):
            continue
        seen[id(value)] = value
        if value.key is not None and value.key in run.state.heap:
            found.add(value.key)
        pending += [part for part in value.parts(run) if part is not None]
        if isinstance(value, FunctionValue):
            calls_back = True
            pending += _captured(run, value)
    return found, calls_back


def _captured(run: Evaluator, function: FunctionValue) -> list[Value]:
    """Return what a function closes over."""
    if function.frame is None:
        return []
    names, found = run.state.names, list[Value]()
    used = sorted(body_names(function.definition.function))
    frame: Frame | None = function.frame
    while frame is not None:
        found += [value for name in used if (value := names.get((frame, name))) is not None]
        frame = frame.parent
    return found


def holds_module(run: Evaluator, value: Value | None) -> bool:
    """Return whether a value is a module, a method of one, or has one inside."""
    pending, seen = [value], dict[int, Value]()
    while pending:
        found = pending.pop()
        if isinstance(found, (Tracked, Submodules, SubmoduleTable)):
            return True
        if found is None or id(found) in seen:
            continue
        seen[id(found)] = found
        pending += found.parts(run)
        if isinstance(found, FunctionValue):
            pending += _captured(run, found)
    return False
