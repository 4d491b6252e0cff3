"""Class tests that a script module fails, though the module that it was made from passes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from hookproof.facts.entries import SCRIPT_CLASS_NAMES
from hookproof.interpreter.choices import named_parts
from hookproof.interpreter.conditions import truth
from hookproof.interpreter.domain import Access, Frame, Values, only
from hookproof.interpreter.exits import forget_exits, met_exits
from hookproof.interpreter.instances.live_hooks import is_copied
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import Loop
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.bindings import names_in
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of

_CLASS_TESTS = frozenset({"isinstance", "type", "__class__"})
_MADE = frozenset({"script", "trace"})  # what else there is was made in another process, or is a copy


class _PassedOver(Struct, frozen=True):
    """A script module that a test leaves out, and the local names where the eager module stands for it."""

    script: ScriptValue
    locals: dict[str, Values]


def _passed_over(run: Running, test: ir.Expr, frame: Frame) -> _PassedOver | None:
    """Return which script module fails a test for a class, where the module that it was made from passes.

    Who speaks of script modules around the test, or expects errors of them, means to leave them out.
    """
    asked = names_in(test)
    if run.progress.guards or _CLASS_TESTS.isdisjoint(asked):
        return None
    for name in asked & frame.locals.keys():
        script = only(frame.locals[name])
        if not isinstance(script, ScriptValue) or script.how not in _MADE or is_copied(script):
            continue
        if _knows_scripts(test, frame):
            return None
        for module in _made_from(run, script, Access(test, frame)):
            eager = _as_before(frame, script.root)
            there = {**eager.locals, name: (module,)}
            if truth(run, test, replace(eager, locals=there)):
                return _PassedOver(script, there)
    return None


def _as_before(frame: Frame, script: ScriptValue) -> Frame:
    """Return a frame in which names that stand for a script module stand for what it was made from."""
    source = script.source
    parent = None if frame.parent is None else _as_before(frame.parent, script)
    if source is None or (parent is frame.parent and (script,) not in frame.locals.values()):
        return frame
    there = {name: (source,) if held == (script,) else held for name, held in frame.locals.items()}
    return replace(frame, locals=there, parent=parent)


def hear_of_passed_over(run: Running, test: ir.Expr, frame: Frame, act: Callable[[], object]) -> None:
    """Have the worlds hear of the hooks that are put on where a test holds that a script module fails."""
    passed = _passed_over(run, test, frame) if run.progress.misnamed is None else None
    if passed is not None:
        run.progress.is_passing_over = True
        for live in hooks_of(run, act, frame, passed.locals):
            run.listener.passed_over(live, Location(frame.file, test.at), passed.script)
        run.progress.is_passing_over = False


def hooks_of(
    run: Running, act: Callable[[], object], frame: Frame, there: dict[str, Values]
) -> list[LiveHook]:
    """Do what is skipped, with what it means in its names, and forget it; return the hooks that it leaves."""
    progress, before, names = run.progress, run.progress.state, frame.locals
    progress.state, frame.locals = before.fork(), there
    outer, hooks, since = progress.misnamed, list[LiveHook](), met_exits(run, frame)
    progress.misnamed = hooks
    run.calls.loops.append(Loop(progress.choices))  # `continue` and `break` lead nowhere
    act()
    run.calls.loops.pop()
    forget_exits(run, frame, since)
    progress.misnamed = outer
    left = [live for live in hooks if live not in progress.state.removed]
    progress.state, frame.locals = before, names
    return left


def _knows_scripts(test: ir.Expr, frame: Frame) -> bool:
    """Return whether the function, or the statement of the file, that has a test speaks of script modules."""
    function = frame.function
    around = function.body if function is not None else frame.file.block(block_of(test.at))
    return not SCRIPT_CLASS_NAMES.isdisjoint(names_in((test, around)))


def _made_from(run: Running, script: ScriptValue, access: Access) -> Iterator[ObjectValue]:
    """Yield the eager modules that a loop would come upon in the place of a script module."""
    source, is_children = script.root.source, script.name == CHILDREN
    if source is None:
        return
    if script.parent is None:
        yield source
        is_any = run.progress.reached.get(script) == ALL_MODULES
    else:
        is_any = script.parent is script.root and (is_children or script.name == ALL_MODULES)
    for path, part in named_parts(run, source, access) if is_any else ():
        if not is_children or (path and "." not in path):
            yield part if part.is_created else replace(part, is_created=True)  # its class is known
