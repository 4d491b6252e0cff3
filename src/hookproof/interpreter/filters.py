"""Which scripted parts of a model the conditions within a loop keep out, asked for each of them."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.interpreter.choices import outcome
from hookproof.interpreter.domain import Value, Values
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_element, loop_root
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ConstantValue, NameValue
from hookproof.interpreter.progress import Step
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue

_MAX_PARTS = 64


def parts_kept_out(run: Running, receiver: Value | None) -> tuple[ScriptValue, ...]:
    """Return the script modules of a model that no turn of a loop over its modules gets to this point."""
    progress = run.progress
    if not progress.path or not isinstance(receiver, ObjectValue) or not is_loop_element(receiver):
        return ()
    root, element = loop_root(receiver), loop_element(receiver)
    paths = _paths(run, root)
    return tuple(
        child
        for child in progress.state.scripts_within(root)
        if any(_fails(run, step, element, child, paths.get(child)) for step in progress.path)
    )


def _fails(run: Running, step: Step, element: ObjectValue, child: ScriptValue, path: str | None) -> bool:
    test, is_so, frame = step.test, step.is_so, step.frame
    held: dict[str, Values] = {}
    for name, values in frame.locals.items():
        if len(values) == 1 and _is_same(values[0], element):
            held[name] = (child,)
        elif len(values) == 1 and isinstance(values[0], NameValue) and path is not None:
            held[name] = (ConstantValue(path),)
    if not held:
        return False
    there = replace(frame, locals={**frame.locals, **held}, counted=frame.counted | held.keys())
    state, run.progress.state = run.progress.state, run.progress.state.fork()
    found = outcome(run, test, there)
    run.progress.state = state
    return found is not None and found != is_so


def _is_same(value: Value, element: ObjectValue) -> bool:
    while isinstance(value, ObjectValue) and value is not element and (value.narrowed or value.is_guarded):
        if value.parent is None:
            return False
        value = value.parent
    return value is element


def _paths(run: Running, root: ObjectValue) -> dict[Value, str]:
    """Return the dotted path of each part of a model that is known to stand under one."""
    found: dict[Value, str] = {root: ""}
    pending: list[tuple[str, Value]] = [("", root)]
    for path, part in pending:
        for name, values in run.held(part).items() if len(pending) < _MAX_PARTS else ():
            for value in values if len(values) == 1 else ():
                if value not in found and isinstance(value, (ObjectValue, ScriptValue)):
                    found[value] = f"{path}.{name}" if path else name
                    pending.append((found[value], value))
    return found
