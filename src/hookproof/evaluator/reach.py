"""What can be reached from values: what is inside of them, what functions close over, and modules there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from hookproof.evaluator.domain import Evaluator, Frame, Tracked, Value
from hookproof.evaluator.submodules import Submodules, SubmoduleTable
from hookproof.evaluator.values import FunctionValue
from hookproof.semantic.bindings import names_in


def reached_from(run: Evaluator, values: Iterable[Value | None]) -> tuple[set[Hashable], bool]:
    """Return the keys of what whoever has these values can change, and if functions are among them."""
    found: set[Hashable] = set()
    calls_back = False
    pending, seen = [value for value in values if value is not None], list[Value]()
    while pending:
        value = pending.pop()
        if value in seen or isinstance(value, Tracked):
            continue
        seen.append(value)
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
    used = names_in(function.definition.function.body)
    frames: list[Frame] = []
    frame: Frame | None = function.frame
    while frame is not None:
        frames.append(frame)
        frame = frame.parent
    return [
        value
        for (owner, name), value in run.state.names.items()
        if owner in frames and name in used and value is not None
    ]


def holds_module(run: Evaluator, value: Value | None) -> bool:
    """Return whether a value is a module, a method of one, or has one inside."""
    pending, seen = [value], list[Value]()
    while pending:
        found = pending.pop()
        if isinstance(found, (Tracked, Submodules, SubmoduleTable)):
            return True
        if found is None or found in seen:
            continue
        seen.append(found)
        pending += found.parts(run)
        if isinstance(found, FunctionValue):
            pending += _captured(run, found)
    return False
